import { StoreError, type StoreFailure } from './errors.js'
import { isStored, keepTurn, letGo, markStored, type Turn } from './fence.js'
import type { Driver, Leases } from './storage/storage.js'
import { report, type Trace } from './trace.js'

/**
 * The keys of one store whose `set`, `delete`, `expire` or `update` failed: what the store has there may be older, and is not to
 * be trusted. See `replays.ts` for what becomes of them.
 */
export interface FailedWrites {
  /** In the order in which they failed. */
  readonly byKey: Map<string, FailedWrite>
  /** When they are replayed in the background. */
  timer: NodeJS.Timeout | undefined
  /** What the next timer takes, in milliseconds; `undefined`: what the first takes. */
  delay: number | undefined
  /** Whether they are being replayed in the background. */
  draining: boolean
}

/** A write that failed: all that its replay needs, and nothing of what was to be written. */
export interface FailedWrite {
  /** Its place in the order of the key, which it holds: the replay takes it, and what began later comes after. */
  readonly turn: Turn
  readonly operation: string
  readonly failure: StoreFailure
  readonly storage: Driver
  /** Of the function, where it knows of other processes: their runs are fenced as well. */
  readonly leasing: Leases | undefined
  readonly trace: Trace
  readonly storeTimeout: number
}

/** How many keys are remembered for each store. */
const MOST_KEYS = 1_000

const failedByStore = new WeakMap<object, FailedWrites>()

/** What failed on a store (its innermost object). */
export function failedWritesOf(identity: object): FailedWrites {
  let failed = failedByStore.get(identity)
  if (failed === undefined) {
    failed = { byKey: new Map(), timer: undefined, delay: undefined, draining: false }
    failedByStore.set(identity, failed)
  }
  return failed
}

/** Adds one, unless something that began later is stored, or failed as well. Whether it did. */
export function addFailed(failed: FailedWrites, write: FailedWrite): boolean {
  const { turn } = write
  const before = failed.byKey.get(turn.key)
  if (isStored(turn) || (before !== undefined && before.turn.number > turn.number)) return false
  keepTurn(turn)
  if (before !== undefined) drop(failed, before)
  failed.byKey.set(turn.key, write)
  if (failed.byKey.size > MOST_KEYS) dropOldest(failed)
  return true
}

/** The store has taken the write of a turn: what failed before on its key matters no more. */
export function markTaken(failed: FailedWrites, turn: Turn): void {
  markStored(turn)
  if (failed.byKey.size === 0) return
  const before = failed.byKey.get(turn.key)
  if (before !== undefined && isStored(before.turn)) drop(failed, before)
}

export function stopTimer(failed: FailedWrites): void {
  clearTimeout(failed.timer)
  failed.timer = undefined
}

function drop(failed: FailedWrites, { turn }: FailedWrite): void {
  failed.byKey.delete(turn.key)
  letGo(turn)
  if (failed.byKey.size === 0) stopTimer(failed)
}

/** Somebody should know what is trusted from now on. */
function dropOldest(failed: FailedWrites): void {
  const [oldest] = failed.byKey.values()
  if (oldest === undefined) return
  drop(failed, oldest)
  const { turn, operation, storage, trace, failure } = oldest
  const why = `it is remembered no more, since ${MOST_KEYS} others failed after it: what is stored there may be older than it, and will be taken for the truth`
  const error = new StoreError({ operation, key: turn.key, store: storage.name }, failure, why)
  report(trace, storage.identity, { key: turn.key, args: [] }, error)
}
