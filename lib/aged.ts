/** What calls are given that have found a value which is fresh no more, or soon. */
import type { Call, Context } from './call.js'
import type { Turn } from './fence.js'
import { freshnessOf } from './freshness.js'
import { FREE, permitsFor } from './permit.js'
import type { Found, Usable } from './read.js'
import { type Aged, goOnBehind, keepingProcess, type Refreshed, refreshAll, takeFrom, tellFailure } from './refresh.js'
import { makeAndKeep } from './run.js'

/** A call that looked in a turn of its own, which it holds until it is given something. */
interface Looked extends Aged {
  readonly since: Turn
}

/**
 * Does what the plans of these say: for each, what its call is given. Whoever waits for nothing has it at once. All
 * refreshes are begun in one round trip.
 */
export function settleAged(context: Context, all: readonly Looked[]): Promise<unknown>[] {
  const due = all.filter(({ found }) => found.plan !== 'serve')
  const refreshing = new Map(refreshAll(context, due).map((refreshed, i) => [due[i], refreshed]))
  return all.map((aged) => {
    const refreshed = refreshing.get(aged)
    const isWaiting = aged.found.plan === 'refresh or serve' && refreshed !== undefined
    return isWaiting ? refreshedOrOld(context, aged, refreshed) : Promise.resolve(aged.found.value)
  })
}

/** What a call is given at once that has found it at once; it is refreshed behind the call, if it is due. */
export function giveOld(context: Context, call: Call, found: Usable): unknown {
  const isDue = found.plan === 'serve and refresh' && context.refreshes.join(call.key, []) === undefined
  if (isDue) refreshAll(context, [{ call, found }])
  const { trace } = context
  const event = found.isFresh ? 'hit' : 'stale'
  if (trace.wants(event)) trace.emit(event, call, { value: found.value })
  return found.value
}

/** What a call waits for that has an old value to fall back on. */
async function refreshedOrOld(context: Context, aged: Looked, refreshed: Promise<Refreshed>): Promise<unknown> {
  const { call, found } = aged
  const isOfUse = (): boolean => freshnessOf(found.entry.meta, Date.now(), context.policy) !== 'expired'
  let result: Refreshed | typeof SOFT
  try {
    result = await waitSoftly(context.policy, refreshed)
  } catch (error) {
    if (call.crowd?.signal.aborted || !isOfUse()) throw error
    tellFailure(context, call, error)
    return serve(context, aged, error)
  }
  if (result !== undefined && result !== SOFT) return takeFrom(result).value
  if (!isOfUse()) {
    const made = result === SOFT ? await refreshed : undefined
    return (made === undefined ? await anew(context, aged) : takeFrom(made)).value
  }
  // From now on nobody leaves it.
  if (result === SOFT)
    goOnBehind(context, call, (context.refreshes.join(call.key, []) as typeof refreshed) ?? refreshed)
  return serve(context, aged)
}

/** As if nothing had been found: what was has come to its end in the meantime, and another process makes it anew. */
async function anew(context: Context, { call, since: turn }: Looked): Promise<Found> {
  const permit = (await permitsFor(context, [{ call, turn }])[0]) ?? FREE
  if ('value' in permit) return permit
  const making = { ...permit, kind: 'result', call, turn } as const
  return { value: await makeAndKeep(context, making) }
}

const SOFT = Symbol('softTimeout')

function waitSoftly<T>(policy: Context['policy'], running: Promise<T>): Promise<T | typeof SOFT> {
  const { softTimeout } = policy
  if (softTimeout === undefined) return keepingProcess(policy, running)
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(SOFT), softTimeout) // a call waits for it, so it keeps the process
    running.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

function serve({ trace }: Context, { call, found: { value } }: Aged, ...errors: readonly unknown[]): unknown {
  if (trace.wants('stale')) trace.emit('stale', call, errors.length === 0 ? { value } : { value, error: errors[0] })
  return value
}
