/**
 * Finds what must not be in a history: a read that began after a `delete`, `set` or `update` had ended, and saw something
 * older.
 *
 * What is older? Every write has a **bound**: a version that the origin had before the write began (the version that was
 * just written there, or one that was read). A function that runs after the write began reads at least that. So:
 *
 * - A value that a **run** gave is too old for a write if its version is below the bound: the origin was asked before
 *   the write began. It does not matter who ran it, for whom, or when that operation began or ended.
 * - The bound of an `update` is the origin's version when it began as well, and not the version that its own run read:
 *   that run may have been late and read something newer, and a run that began after the update (and was stored by right)
 *   may have read the origin before it. What begins later stands; what a run happened to read decides nothing.
 * - A value that a **set** brought has a version that was current before the set began, and so may be below the bound
 *   of a write that began between the two, though the set is the later one. So for values of sets the order of the two
 *   operations decides: in one process the one that began first is the older (the process knows that order); between
 *   processes only what had *ended* before the write began is. Two that overlap there may take effect either way.
 *
 * An operation that failed bounds nothing, and one that has no record (its process was killed) neither. A value of a set
 * that has no record, or failed, may take effect at any time, and is judged only by what its own process did.
 */
import type { Operation, Part, Value } from './history.js'

export interface Violation {
  readonly key: string
  readonly read: Operation
  readonly seen: Value
  /** What should have kept it from being seen; absent where the value is that of another key. */
  readonly write?: Operation
  /** Whether one process read, wrote, and made the value: no other could have interfered. */
  readonly inOneProcess: boolean
}

export interface Verdict {
  readonly violations: readonly Violation[]
  /** How many values were seen of which something was known: a history without any proves nothing. */
  readonly checked: number
}

interface Bound {
  readonly write: Operation
  readonly version: number
}

/** Judges the merged history of all processes, in any order. */
export function check(history: readonly Operation[]): Verdict {
  const sets = new Map(history.filter(({ kind }) => kind.startsWith('set')).map((one) => [one.id, one]))
  const bounds = boundsByKey(history)
  const violations: Violation[] = []
  let checked = 0
  for (const read of history) {
    if (read.error !== undefined) continue
    for (const { key, seen } of read.parts) {
      if (seen === undefined) continue
      if (seen.key !== key) violations.push({ key, read, seen, inOneProcess: seen.process === read.process })
      const { count, highest } = endedBefore(bounds.get(key), read.begin)
      if (count > 0) checked += 1
      if (seen.version >= highest) continue
      const broken = (bounds.get(key)?.list ?? [])
        .slice(0, count)
        .filter(({ version, write }) => seen.version < version && isOlder(seen, write, sets))
        .map(({ write }) => write)
      const ofOneProcess = broken.findLast(({ process }) => process === read.process && process === seen.process)
      const write = ofOneProcess ?? broken.at(-1)
      if (write !== undefined) violations.push({ key, read, seen, write, inOneProcess: ofOneProcess !== undefined })
    }
  }
  return { violations: violations.sort((a, b) => a.read.begin - b.read.begin), checked }
}

/** Whether a value whose version is below the bound of a write is older than that write. */
function isOlder(seen: Value, write: Operation, sets: ReadonlyMap<string, Operation>): boolean {
  if (seen.set === undefined) return true
  const set = sets.get(seen.set)
  if (set === undefined) return false
  if (set.process === write.process) return set.begin < write.begin
  return set.error === undefined && set.end < write.begin
}

/** The bounds of one key in the order in which their writes ended, and the highest of the first 0, 1, 2, ... of them. */
interface Bounds {
  readonly list: Bound[]
  readonly highest: number[]
}

function boundsByKey(history: readonly Operation[]): Map<string, Bounds> {
  const byKey = new Map<string, Bounds>()
  const ended = history.filter(({ error }) => error === undefined).sort((a, b) => a.end - b.end)
  for (const write of ended) {
    for (const { key, bound } of write.parts) {
      if (bound === undefined) continue
      const { list, highest } = byKey.get(key) ?? { list: [], highest: [Number.NEGATIVE_INFINITY] }
      byKey.set(key, { list, highest })
      list.push({ write, version: bound })
      highest.push(Math.max(bound, highest.at(-1) ?? bound))
    }
  }
  return byKey
}

/** How many writes had ended before that time, and the highest of their bounds. */
function endedBefore(bounds: Bounds | undefined, time: number): { count: number; highest: number } {
  let count = 0
  let above = bounds?.list.length ?? 0
  while (count < above) {
    const middle = (count + above) >> 1
    if ((bounds?.list[middle]?.write.end ?? time) < time) count = middle + 1
    else above = middle
  }
  return { count, highest: bounds?.highest[count] ?? Number.NEGATIVE_INFINITY }
}

/** What an operation had to do with a key. */
export function partOf(operation: Operation, key: string): Part | undefined {
  return operation.parts.find((part) => part.key === key)
}
