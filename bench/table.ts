/** Results for the console. */
import type { Comparison } from './compare.js'
import type { Results } from './results.js'
import type { Figure, Growth } from './scenario.js'
import { inclined } from './statistics.js'
import { type Verdict, verdictOf } from './verdicts.js'

/** Everything that was measured, scenario by scenario, and the targets at the end. */
export function report(results: Results): string {
  const { node, cpu, cores, comparisons, figures, growths } = results
  return [
    `Node ${node}, ${cores} x ${cpu}. Ratio: ringcache / other in the same round, the median; spread: its quartiles.`,
    ...comparisons.map(compared),
    ...figures.map(figured),
    ...growths.map(grown),
    targets(results),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
}

function compared({ name, contestants }: Comparison): string {
  const rows = contestants.map(({ name, perSecond, ratio: [lower, median, upper], role }) =>
    role === 'ours'
      ? [name, whole(perSecond), '', '']
      : [name, whole(perSecond), short(median), `${short(lower)}-${short(upper)}`],
  )
  return columns([[name, 'per second', 'ratio', 'spread'], ...rows])
}

function figured({ name, unit, values }: Figure): string {
  const rows = values.map(({ name, value, spread }) => [name, short(value), spread ? spread.map(short).join('-') : ''])
  return columns([[name, unit, 'spread'], ...rows])
}

function grown({ name, unit, points, slope }: Growth): string {
  const rows = points.map(({ size, cost }) => [whole(size), short(cost)])
  return columns([[`${name} (slope ${inclined(slope)})`, unit], ...rows])
}

/** Each target, what was measured, and whether it is met. */
function targets({ comparisons, figures }: Results): string {
  const rows = [
    ...comparisons.flatMap(({ name, verdicts }) => verdicts.map((verdict) => judged(name, verdict))),
    ...figures.flatMap((figure) => {
      const verdict = verdictOf(figure)
      // A long unit is in the name already.
      const unit = figure.target?.relativeTo || figure.unit.length > 5 ? '' : ` ${figure.unit}`
      return verdict ? [judged(figure.name, verdict, unit)] : []
    }),
  ]
  return rows.length === 0 ? '' : columns([['target of', 'against', 'figure', 'target', ''], ...rows])
}

function judged(name: string, { against, figure, atLeast, atMost, met }: Verdict, unit = ''): string[] {
  return [name, against, `${short(figure)}${unit}`, `${bounds(atLeast, atMost)}${unit}`, met ? 'met' : 'NOT MET']
}

function bounds(atLeast: number | undefined, atMost: number | undefined): string {
  if (atLeast === atMost) return `= ${atLeast}`
  return [atLeast === undefined ? '' : `>= ${atLeast}`, atMost === undefined ? '' : `<= ${atMost}`]
    .filter((bound) => bound !== '')
    .join(', ')
}

/** Text to the left, numbers to the right, a line below the head. */
function columns(rows: readonly (readonly string[])[]): string {
  const [head = [], ...body] = rows
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const isNumber = (column: number) => body.every((row) => /^[\d<>=.,\s-]*( \w+)?$/.test(row[column] ?? ''))
  const right = widths.map((_, column) => column > 0 && isNumber(column))
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => (right[i] ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
      .join('  ')
      .trimEnd()
  return [line(head), widths.map((width) => '-'.repeat(width)).join('  '), ...body.map(line)].join('\n')
}

const whole = (n: number): string => Math.round(n).toLocaleString('en-US')

/** Three digits that count, no more than two behind the point. */
const short = (n: number): string => (Math.abs(n) >= 100 ? whole(n) : n.toFixed(Math.abs(n) >= 10 ? 1 : 2))
