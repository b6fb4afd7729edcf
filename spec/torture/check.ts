/**
 * Finds what must not be in a history: a read that began after a `delete`, `set` or `update` had ended, and saw something
 * older; or after an `expire` had ended, and saw what it may not.
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
 * An `expire` has a bound as well, but leaves the value that it finds to calls that want an old one rather than none. So of
 * what is older than it, by the same rules, calls that begin after its end may be given **one value**, the one that was
 * stored when it took effect, and `get` none. A second one was stored after it, or came from a run that began before it.
 * And that one value is none that had been replaced before. What a `get` has shown was stored, and what runs store, they
 * store in the order of the versions that they read, as only one at a time holds the lease of its key: so what was run
 * from an older version than a `get` has shown is seen no more by whoever begins after that, with an `expire` or without.
 *
 * An operation that failed bounds nothing, and one that has no record (its process was killed) neither. A value of a set
 * that has no record, or failed, may take effect at any time, and is judged only by what its own process did.
 */
import { ENDS, type Operation, type Part, type Value } from './history.js'

export interface Violation {
  readonly key: string
  readonly read: Operation
  readonly seen: Value
  /** What should have kept it from being seen: a `get` is what showed a newer one. Absent where the value is that of another key. */
  readonly write?: Operation
  /** Whether one process read, wrote, and made the value: no other has a part in it, as long as none stores what it has read. */
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
  const bounds = boundsByKey(history, isReplacing)
  const ends = boundsByKey(history, isEnd)
  const shown = boundsByKey(history, isGet, ({ seen }) => (seen?.set === undefined ? seen?.version : undefined))
  const leftBy = new Map<Operation, Map<string, Value>>()
  const violations: Violation[] = []
  let checked = 0
  for (const read of [...history].sort((a, b) => a.begin - b.begin)) {
    if (read.error !== undefined) continue
    for (const { key, seen } of read.parts) {
      if (seen === undefined) continue
      if (seen.key !== key) violations.push({ key, read, seen, inOneProcess: seen.process === read.process })
      const { count, highest } = endedBefore(bounds.get(key), read.begin)
      if (count > 0) checked += 1
      const [why] = [
        brokenEnd(ends.get(key), read, key, seen, sets, leftBy),
        brokenOrder(shown.get(key), read, seen),
      ].filter((one) => one !== undefined)
      if (seen.version >= highest) {
        if (why !== undefined)
          violations.push({ key, read, seen, write: why, inOneProcess: isOfOne(read, seen, key, why) })
        continue
      }
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

const isEnd = ({ kind }: Operation): boolean => ENDS.some((end) => end === kind)
const isReplacing = (one: Operation): boolean => !isEnd(one)
const isGet = ({ kind }: Operation): boolean => kind === 'get' || kind === 'getMany'

/** The `expire` after which this should not have been seen. */
function brokenEnd(
  bounds: Bounds | undefined,
  read: Operation,
  key: string,
  seen: Value,
  sets: ReadonlyMap<string, Operation>,
  leftBy: Map<Operation, Map<string, Value>>,
): Operation | undefined {
  const { count, highest } = endedBefore(bounds, read.begin)
  if (seen.version >= highest) return undefined
  const older = (bounds?.list ?? [])
    .slice(0, count)
    .filter(({ version, write }) => seen.version < version && isOlder(seen, write, sets))
  if (isGet(read)) return older.at(-1)?.write
  return older.findLast(({ write }) => {
    const left = leftBy.get(write) ?? new Map<string, Value>()
    leftBy.set(write, left)
    const one = left.get(key) ?? seen
    left.set(key, one)
    return one.process !== seen.process || one.born !== seen.born || one.set !== seen.set
  })?.write
}

/** The `get` that had shown what was run from a newer version. */
function brokenOrder(bounds: Bounds | undefined, read: Operation, seen: Value): Operation | undefined {
  if (seen.set !== undefined) return undefined
  const { count, highest } = endedBefore(bounds, read.begin)
  if (seen.version >= highest) return undefined
  return bounds?.list.slice(0, count).findLast(({ version }) => version > seen.version)?.write
}

/** Whether all is of one process: who read, who made the value, and who did, or made, what forbids it. */
function isOfOne(read: Operation, seen: Value, key: string, why: Operation): boolean {
  const of = [read.process, seen.process, why.process, partOf(why, key)?.seen?.process ?? why.process]
  return new Set(of).size === 1
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

function boundsByKey(
  history: readonly Operation[],
  isOne: (operation: Operation) => boolean,
  boundOf: (part: Part) => number | undefined = ({ bound }) => bound,
): Map<string, Bounds> {
  const byKey = new Map<string, Bounds>()
  const ended = history.filter((one) => one.error === undefined && isOne(one)).sort((a, b) => a.end - b.end)
  for (const write of ended) {
    for (const part of write.parts) {
      const { key } = part
      const bound = boundOf(part)
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
