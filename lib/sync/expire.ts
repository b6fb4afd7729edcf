/** Changes what entries carry beside their values, at once: the end of their `ttl`, and that a refresh has failed. */
import { amendmentsOf, type Change, postpone, rewritten } from '../amend.js'
import { survive } from '../call.js'
import { outdate } from '../expire.js'
import { markTaken } from '../failed-writes.js'
import { markExpired, type Turn } from '../fence.js'
import { longestWindow } from '../freshness.js'
import type { Usable } from '../read.js'
import { ask, type SyncCall, type SyncContext } from './call.js'
import { discard, remove } from './write.js'

/** For each call, whether it had an entry of use. It fences like `remove`, which it is where there is no window. @throws StoreError */
export function expire(context: SyncContext, calls: readonly SyncCall[]): readonly boolean[] {
  if (longestWindow(context.policy) === 0) return remove(context, calls)
  return discard(context, calls, 'expire', (turns) => {
    const amended = amend(context, calls, outdate(context))
    const rest = turns.filter((_, i) => !amended[i])
    context.storage.deleteMany(rest.map(({ key }) => key)) // what is of no use
    for (const [i, turn] of turns.entries()) {
      if (amended[i]) markExpired(turn)
      else markTaken(context.failedWrites, turn)
    }
    return amended
  })
}

/** Has calls be given the old value for a while before it is tried again. Never throws. */
export function noteFailure(context: SyncContext, call: SyncCall, turn: Turn, found: Usable): void {
  try {
    ask(context, 'set', call.key, () => amend(context, [call], postpone(context, turn, found)))
  } catch (error) {
    survive(context, call, error)
  }
}

function amend(context: SyncContext, calls: readonly SyncCall[], change: Change): readonly boolean[] {
  const { storage } = context
  const due = amendmentsOf(context, calls, storage.getMany(calls.map(({ key }) => key)), change)
  const failure = storage.setMany(due.map((one) => rewritten(context, one))).find((failed) => failed !== undefined)
  if (failure !== undefined) throw failure.error
  return calls.map((_, at) => due.some((one) => one.at === at))
}
