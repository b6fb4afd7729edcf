import type { Result } from './compare.js'

const HEAD = ['scenario', 'limit', 'ours ops/s', 'limit ops/s', 'ratio', 'spread', 'aim']
const TEXT_COLUMNS = 2

/** The results as aligned columns: text to the left, numbers to the right. */
export function table(results: readonly Result[]): string {
  const rows = [HEAD, ...results.map(cells)]
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const line = (row: readonly string[]): string =>
    row.map((cell, i) => (i < TEXT_COLUMNS ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join(' | ')
  const rule = widths.map((width) => '-'.repeat(width)).join('-|-')
  const [head = '', ...lines] = rows.map(line)
  return [head, rule, ...lines].join('\n')
}

function cells({ scenario, ours, limit, ratio: [lower, median, upper] }: Result): string[] {
  const { name, against, aim } = scenario
  const spread = `${lower.toFixed(2)}-${upper.toFixed(2)}`
  return [name, against, whole(ours), whole(limit), median.toFixed(2), spread, aim?.toFixed(2) ?? '']
}

const whole = (perSecond: number): string => Math.round(perSecond).toLocaleString('en-US')
