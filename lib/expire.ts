/** Ends the `ttl` of entries now: what windows they have begin, and calls refresh them. */
import { amend, type Change } from './amend.js'
import type { Call, Common, Context } from './call.js'
import { markTaken } from './failed-writes.js'
import { markExpired } from './fence.js'
import { freshnessOf, keptFor, longestWindow, outdated } from './freshness.js'
import { removeKeys } from './lease.js'
import { whenReady } from './maybe.js'
import { discard, keysOf, remove } from './write.js'

/** For each call, whether it had an entry of use. It fences like `remove`, which it is where there are no windows. */
export function expire(context: Context, calls: readonly Call[]): Promise<readonly boolean[]> {
  if (longestWindow(context.policy) === 0) return remove(context, calls)
  return discard(context, calls, 'expire', (turns, attempt) =>
    whenReady(amend(context, calls, attempt, outdate(context), context.leasing !== undefined), (amended) => {
      turns.forEach((turn, i) => {
        if (amended[i] === true) markExpired(turn)
      })
      // What was run before is not to be stored where there is no entry, either.
      const rest = turns.filter((_, i) => amended[i] !== true)
      const done = (): readonly boolean[] => {
        for (const turn of rest) markTaken(context.failedWrites, turn)
        return amended.map((changed) => changed !== false)
      }
      return rest.length === 0 ? done() : whenReady(removeKeys(context, keysOf(rest), attempt), done)
    }),
  )
}

/** What becomes of an entry whose `ttl` is ended, if it is of use at all. */
export function outdate({ policy }: Pick<Common, 'policy'>): Change {
  return ({ meta }) => {
    const now = Date.now()
    if (freshnessOf(meta, now, policy) === 'expired') return undefined
    const after = outdated(meta, now)
    return { meta: after, ttl: keptFor(after.expires, now, policy) }
  }
}
