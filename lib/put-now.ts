/** A write to a store that answers at once: it is over when it returns, so it takes no turn and nobody gives it up. */
import type { Common } from './call.js'
import { markTaken } from './failed-writes.js'
import { dueOf, FENCED, failed, type Outcome, STORED, type Write } from './outcome.js'
import type { AtOnce, Item } from './storage/storage.js'
import type { Subject } from './trace.js'

/** Stores one value, or does what else is due. Never throws. */
export function putNow(
  { storage, failedWrites }: Pick<Common, 'storage' | 'failedWrites'>,
  store: AtOnce,
  write: Write<Subject>,
  item: Item,
): Outcome {
  const due = dueOf(write)
  if (due === undefined) return FENCED
  try {
    const failure = due === 'put' ? store.set(item) : undefined
    if (failure !== undefined) return failed(storage, write, failure)
    // The Map-like may have run other code before it stored: what that did came later.
    const isLate = due === 'put' && dueOf(write) !== 'put'
    if (due === 'remove' || isLate) store.delete(item.key)
    markTaken(failedWrites, write.turn)
    return due === 'put' && !isLate ? STORED : FENCED
  } catch (error) {
    return failed(storage, write, { error })
  }
}
