/** What came out of a torture, for a person: the figures, and each violation with what else happened around it. */
import { partOf, type Violation } from './check.js'
import type { Outcome } from './driver.js'
import type { Operation, Value } from './history.js'

const MOST_LINES = 40
/** What happened up to so long before is shown as well, in nanoseconds. */
const BEFORE = 5e6

/** The figures in one line. */
export function figuresOf({
  history,
  kills,
  freezes,
  checked,
  violations,
  storeFailures,
  met,
  slowest,
  took,
}: Outcome): string {
  const inOne = violations.filter(({ inOneProcess }) => inOneProcess).length
  const slow = slowest === undefined ? 'none' : `${slowest.kind} ${((slowest.end - slowest.begin) / 1e6).toFixed(0)} ms`
  return [
    `${history.length} operations in ${(took / 1000).toFixed(1)} s`,
    `${kills} kills`,
    `${freezes} freezes`,
    `${checked} values checked`,
    `${violations.length} violations (${inOne} in one process)`,
    `${storeFailures.length} failures of the store`,
    `met: ${Object.entries(met)
      .map(([state, count]) => `${state} ${count}`)
      .join(', ')}`,
    `slowest: ${slow}`,
  ].join(', ')
}

const MOST_REPORTS = 3

/** What is wrong in text, the first few of each kind; nothing if nothing is. */
export function complaintsOf(outcome: Outcome, violations: readonly Violation[] = outcome.violations): string {
  const described = violations.slice(0, MOST_REPORTS).map((one) => describeViolation(outcome.history, one))
  return [...described, ...outcome.unexpected.slice(0, MOST_REPORTS)].join('\n\n')
}

export function describeViolation(history: readonly Operation[], { key, read, seen, write }: Violation): string {
  const from = Math.min(write?.begin ?? read.begin, seen.born)
  const near = history
    .filter((one) => partOf(one, key) !== undefined && one.end >= from - BEFORE && one.begin <= read.end)
    .sort((a, b) => a.begin - b.begin)
  const lines = near.map((one) => {
    const mark = (one === read && 'READ ') || (one === write && 'WRITE') || '     '
    return `${mark} ${lineOf(one, key, from)}`
  })
  const half = MOST_LINES / 2
  const shown =
    lines.length <= MOST_LINES
      ? lines
      : [...lines.slice(0, half), `      ... ${lines.length - MOST_LINES} more ...`, ...lines.slice(-half)]
  const bound = write === undefined ? 'a value of this key' : `version ${partOf(write, key)?.bound} or later`
  return [
    `${read.id} ${read.kind} of '${key}' should have seen ${bound}, and saw ${textOf(seen, from)}.`,
    ...(write === undefined
      ? []
      : [`${write.id} ${write.kind} had ended ${ms(read.begin - write.end)} ms before it began.`]),
    'Begin and end in milliseconds since the older of that value and that write:',
    ...shown,
  ].join('\n')
}

function lineOf(one: Operation, key: string, from: number): string {
  const part = partOf(one, key)
  const bound = part?.bound === undefined ? '' : `, from version ${part.bound} on`
  const seen = part?.seen === undefined ? '' : `: ${textOf(part.seen, from)}`
  const error = one.error === undefined ? '' : `, failed: ${one.error}`
  return `${ms(one.begin - from)} to ${ms(one.end - from)} ${one.id} ${one.kind}${bound}${seen}${error}`
}

function textOf({ key, version, process, born, set }: Value, from: number): string {
  return `version ${version} of '${key}', ${set === undefined ? `run by ${process}` : `set by ${set}`} at ${ms(born - from)}`
}

function ms(nanoseconds: number): string {
  return (nanoseconds / 1e6).toFixed(3)
}
