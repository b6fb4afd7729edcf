import { giveOld } from './aged.js'
import { type Assembled, assembled, noDefaultAction } from './assembly.js'
import { type Context, callAt } from './call.js'
import { type Action, actionNamed, controlMakers } from './control.js'
import type { Host } from './host.js'
import { peek } from './read.js'
import { getOrUpdate, joined } from './read-through.js'
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
    let key: string
    try {
      context = contextNow()
      key = context.keyOf(args, receiver)
    } catch (error) {
      return Promise.reject(error)
    }
    const { flights, trace } = context
    const running =
      flights.size > 0 ? joined(context, key, args, () => callAt(context, key, args, receiver)) : undefined
    if (running !== undefined) return running
    const hit = peek(context, key)
    if (hit === undefined) return getOrUpdate(context, callAt(context, key, args, receiver))
    const { value, usable } = hit
    if (usable !== undefined) return Promise.resolve(giveOld(context, callAt(context, key, args, receiver), usable))
    if (trace.wants('hit')) trace.emit('hit', { key, args, receiver }, { value })
    return Promise.resolve(value)
  }
}
