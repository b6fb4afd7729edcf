import { giveOld } from './aged.js'
import { type Assembled, assembled, noDefaultAction } from './assembly.js'
import { type Context, callAt } from './call.js'
import { type Action, actionNamed, controlMakers } from './control.js'
import type { Host } from './host.js'
import { glimpse, peek } from './peek.js'
import { promiseIn, promiseWith } from './promised.js'
import { joined, start, startMissed } from './read-through.js'
import type { Stored } from './storage/storage.js'
import { viewOf } from './view.js'

/** A cached function as its callers have it. */
export type Callable = Assembled<Action>

/** The callable of a function. */
export function createCallable(host: Host): Callable {
  return assembled({
    fn: host.fn,
    name: host.name,
    takesReceiver: host.options.receiver === true,
    callOf: (receiver) => callOf(host, receiver),
    controls: controlMakers(host),
    storage: () => viewOf(host.contextNow()),
  })
}

/** What calling the function does. */
function callOf(host: Host, receiver: unknown): Action {
  const { contextNow, actions, options } = host
  if (actions.isPlain) return plainCall(contextNow, receiver)
  const { defaultAction = 'getOrUpdate' } = options
  if (defaultAction !== null) {
    const act = actionNamed(host, receiver, defaultAction)
    return (...args) => act(...args)
  }
  return async () => {
    throw noDefaultAction()
  }
}

/** `getOrUpdate`; a hit in memory returns from here. */
function plainCall(contextNow: () => Context, receiver: unknown): Action {
  return (...args) => {
    let context: Context
    let known: string | undefined
    let key: string
    try {
      context = contextNow()
      known = context.keyOf.memo?.find(args)
      key = known ?? keyFor(context, args, receiver)
    } catch (error) {
      return Promise.reject(error)
    }
    const running = context.flights.running.size > 0 ? joined(context, key, args, receiver) : undefined
    if (running !== undefined) return running
    const stored = glimpse(context, key)
    if (stored === undefined) return start(context, callAt(context, key, args, receiver))
    if (stored === null) return startMissed(context, callAt(context, key, args, receiver))
    if (known === undefined) context.keyOf.memo?.comeAgain()
    // Where only few entries are used again and again, these have a promise made: it saves the next, and a look at the value.
    const keeps = known !== undefined && context.keepsPromises
    const promise = keeps ? promiseIn(stored) : undefined
    if (promise === undefined) return giveFound(context, key, args, receiver, stored, keeps)
    const { trace } = context
    if (trace.wantsHit()) trace.emit('hit', { key, args, receiver }, { value: stored.value })
    return promise
  }
}

/** The key of a call that is not known. Only where memory tells at once of every hit, a memo is told that keys come again. */
function keyFor({ keyOf, storage }: Context, args: readonly unknown[], receiver: unknown): string {
  return storage.atOnce === undefined || keyOf.memo === undefined
    ? keyOf(args, receiver)
    : keyOf.memo.composeUnlessVain(args)
}

function giveFound(
  context: Context,
  key: string,
  args: readonly unknown[],
  receiver: unknown,
  stored: Stored,
  keeps: boolean,
): Promise<unknown> {
  const hit = peek(context, stored)
  if (hit === undefined) return start(context, callAt(context, key, args, receiver))
  const { value, usable } = hit
  if (usable !== undefined) return Promise.resolve(giveOld(context, callAt(context, key, args, receiver), usable))
  const { trace } = context
  if (trace.wantsHit()) trace.emit('hit', { key, args, receiver }, { value })
  return keeps ? promiseWith(stored, value) : Promise.resolve(value)
}
