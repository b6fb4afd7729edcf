import { getOrUpdate } from './actions.js'
import { type Assembled, actionIn, assembled, bindable, noDefaultAction } from './assembly.js'
import { type Context, callAt, newCall, newCalls } from './call.js'
import type { Host } from './host.js'
import type { Many, One } from './interface.js'
import { checkedLists, listOfArguments } from './items.js'
import { decodeStored, peek } from './read.js'
import type { EventName, Listener } from './trace.js'
import { viewOf } from './view.js'

type Action = (...args: readonly unknown[]) => Promise<unknown>

/** A cached function as its callers have it. */
export type Callable = Assembled<Action>

/** The callable of a function, with every control. A function with a receiver takes it from each call, and binds by `bind`. */
export function createCallable(host: Host): Callable {
  const call = (receiver: unknown): Action => callOf(host, receiver)
  if (!host.options.receiver) return assemble(host, undefined, call(undefined))
  return bindable(call, (receiver, callable) => assemble(host, receiver, callable))
}

/** A callable with its controls, all for one receiver. */
function assemble(host: Host, receiver: unknown, callable: Action): Callable {
  const { contextNow, trace, options } = host
  const table = actionsFor(host, receiver)
  return assembled(callable, host.fn, host.name, {
    ...table,
    key: (...args: unknown[]) => contextNow().keyOf(args, receiver),
    keyMany: (...items: unknown[]) => {
      const { keyOf } = contextNow()
      return listOfArguments(items, options.parameters).map((args) => keyOf(args, receiver))
    },
    run: async (name: string, ...args: unknown[]) => actionIn(table, name)(...args),
    encode: async (value: unknown) => contextNow().codec.encode(value),
    decode: async (stored: unknown) => decodeStored(contextNow(), stored),
    get storage() {
      return viewOf(contextNow())
    },
    on: (event: EventName, listener: Listener) => trace.on(event, listener, receiver),
    off: (event: EventName, listener: Listener) => trace.off(event, listener, receiver),
  })
}

/** What calling the function does. */
function callOf(host: Host, receiver: unknown): Action {
  const { contextNow, actions, options } = host
  if (actions.isPlain) return plainCall(contextNow, receiver)
  const { defaultAction = 'getOrUpdate' } = options
  if (defaultAction !== null) return (...args) => actionNamed(host, receiver, defaultAction)(...args)
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
    const hit = flights.size > 0 && flights.join(key) !== undefined ? undefined : peek(context, key)
    if (hit === undefined) return getOrUpdate(context, callAt(context, key, args, receiver))
    if (trace.wants('hit')) trace.emit('hit', { key, args, receiver }, { value: hit.value })
    return Promise.resolve(hit.value)
  }
}

function actionsFor(host: Host, receiver: unknown): Readonly<Record<string, Action>> {
  const names = [...Object.keys(host.actions.one), ...Object.keys(host.actions.many)]
  return Object.fromEntries(names.map((name) => [name, actionNamed(host, receiver, name)]))
}

function actionNamed({ contextNow, actions, options }: Host, receiver: unknown, name: string): Action {
  const one = actions.one[name]
  if (one !== undefined) {
    if (name !== 'set') return async (...args) => oneCall(one, contextNow(), args, receiver)
    return async (value, ...args) => oneCall(one, contextNow(), args, receiver, value)
  }
  const many = actions.many[name] as Many // it is one or the other
  const manyCalls = (items: readonly unknown[], values: readonly unknown[]) => {
    const context = contextNow()
    return many(context, newCalls(context, listOfArguments(items, options.parameters), receiver), values)
  }
  if (name !== 'setMany') return async (...items) => manyCalls(items, [])
  return async (items, values) => manyCalls(...checkedLists(items, values))
}

function oneCall(act: One, context: Context, args: readonly unknown[], receiver: unknown, value?: unknown) {
  return act(context, newCall(context, args, receiver), value)
}
