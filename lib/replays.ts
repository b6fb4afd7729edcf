/** Makes good what failed: such keys are deleted before they are read again, and when the store works again. */
import { breakerOf } from './breaker.js'
import { newBudget, spend } from './budget.js'
import { StoreError } from './errors.js'
import { addFailed, type FailedWrite, type FailedWrites, markTaken, stopTimer } from './failed-writes.js'
import { inTurn, type Turn } from './fence.js'
import { removeKeys } from './lease.js'
import { allReady, type MaybePromise, whenReady } from './maybe.js'
import type { Leasing } from './resolve.js'
import type { Attempt, Driver } from './storage/storage.js'
import type { Trace } from './trace.js'

/** The function whose write it was, on its store. */
interface Place {
  readonly storage: Driver
  readonly leasing?: Leasing | undefined
  readonly trace: Trace
  readonly failedWrites: FailedWrites
  readonly policy: { readonly storeTimeout: number }
}

/** Remembers a `set`, `delete`, `expire` or `update` that the store failed, unless something that began later is stored. */
export function remember(place: Place, turn: Turn, operation: string, error: unknown): void {
  if (!(error instanceof StoreError)) return
  const { storage, leasing, trace, failedWrites, policy } = place
  const { failure } = error
  const { storeTimeout } = policy
  if (!addFailed(failedWrites, { turn, operation, failure, storage, leasing, trace, storeTimeout })) return
  breakerOf(storage.identity).onRecovery ??= () => void drain(failedWrites)
  schedule(failedWrites, storage)
}

/** Reads, or whatever else trusts what is stored, when what failed before on these keys has been made good. */
export function trusting<T>(
  failed: FailedWrites,
  keys: readonly string[],
  attempt: Attempt,
  run: () => MaybePromise<T>,
): MaybePromise<T> {
  if (failed.byKey.size === 0) return run()
  const writes = [...new Set(keys)].flatMap((key) => failed.byKey.get(key) ?? [])
  if (writes.length === 0) return run()
  return whenReady(replay(failed, writes, attempt), () => {
    if (attempt.givenUp) throw new Error('given up before it could be sent')
    return run()
  })
}

/** Deletes in the place of what failed: after a write that was given up in the air, before what began later. */
function replay(failed: FailedWrites, writes: readonly FailedWrite[], attempt: Attempt): MaybePromise<void> {
  const turns = writes.map(({ turn }) => turn)
  return inTurn(turns, attempt, () => {
    // One that began later may have failed meanwhile: what is there is older than that as well.
    const due = writes.flatMap((write) => failed.byKey.get(write.turn.key) ?? [])
    const removing = due.map((write) =>
      whenReady(removeKeys(write, [write.turn.key], attempt), () => markTaken(failed, write.turn)),
    )
    return whenReady(allReady(removing), () => {})
  })
}

/** When they are tried again without anything else being asked of the store, in milliseconds: at first, and at most. */
const FIRST_DELAY = 1_000
const LONGEST_DELAY = 30_000

/** One timer for each store. It holds nothing alive: with its users a store goes, and what failed on it. */
function schedule(failed: FailedWrites, { identity }: Driver): void {
  if (failed.timer !== undefined || failed.draining) return
  const { until = 0 } = breakerOf(identity).status
  const { delay = FIRST_DELAY } = failed
  const ref = new WeakRef(failed)
  const again = (): void => {
    const found = ref.deref()
    if (found !== undefined) void drain(found)
  }
  failed.timer = setTimeout(again, Math.max(delay * (0.5 + Math.random() / 2), until - Date.now())).unref()
}

/** How many are sent at once in the background. */
const BATCH = 100

/** Replays all that is pending, in the background: the first alone, as it may be what tries the store. Never rejects. */
async function drain(failed: FailedWrites): Promise<void> {
  if (failed.draining || failed.byKey.size === 0) return
  failed.draining = true
  stopTimer(failed)
  const all = [...failed.byKey.values()]
  for (let at = 0; at < all.length; ) {
    const batch = all.slice(at, at === 0 ? 1 : at + BATCH)
    if (!(await replayBatch(failed, batch))) {
      for (const write of batch) putLast(failed, write)
      break
    }
    at += batch.length
  }
  failed.draining = false
  const { size } = failed.byKey
  const { delay = FIRST_DELAY } = failed
  failed.delay = size < all.length ? undefined : Math.min(delay * 2, LONGEST_DELAY)
  const [next] = failed.byKey.values()
  if (next !== undefined) schedule(failed, next.storage)
}

/** The next time begins with others: on a cluster it may be one server alone that fails. */
function putLast({ byKey }: FailedWrites, write: FailedWrite): void {
  const { key } = write.turn
  if (byKey.get(key) !== write) return
  byKey.delete(key)
  byKey.set(key, write)
}

/** Each in a turn of its own, so that none waits for another. Whether the store answered. */
async function replayBatch(failed: FailedWrites, batch: readonly FailedWrite[]): Promise<boolean> {
  const budget = newBudget(Math.max(...batch.map(({ storeTimeout }) => storeTimeout)))
  const answered = await Promise.all(
    batch.map(async (write) => {
      const { storage, operation, turn } = write
      if (failed.byKey.get(turn.key) !== write) return true
      try {
        await spend(budget, storage, operation, turn.key, (attempt) => replay(failed, [write], attempt))
        return true
      } catch (error) {
        return error instanceof StoreError && error.failure === 'reply'
      }
    }),
  )
  return answered.every(Boolean)
}
