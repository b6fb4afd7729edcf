import { getOrUpdate } from './actions.js'
import { type Context, callAt, newCall, newCalls } from './call.js'
import { kindOf } from './coders/kind.js'
import { ActionError } from './errors.js'
import type { Host } from './host.js'
import type { Many, One } from './interface.js'
import { listOfArguments } from './items.js'
import { decodeStored, peek } from './read.js'
import { isReceiver } from './receiver.js'
import type { EventName, Listener } from './trace.js'
import { viewOf } from './view.js'

type Action = (...args: readonly unknown[]) => Promise<unknown>

/** A cached function as its callers have it. */
export type Callable = Action & { bind(receiver: unknown): Callable }

/** The callable of a function, with every control. A function with a receiver takes it from each call, and binds by `bind`. */
export function createCallable(host: Host): Callable {
  const { options } = host
  if (!options.receiver) return assemble(host, undefined)
  const boundTo = new WeakMap<object, Callable>()
  const bind = (receiver: unknown, ...rest: unknown[]): Callable => {
    if (!isReceiver(receiver) || rest.length > 0) {
      const got = rest.length > 0 ? `${rest.length} more arguments` : kindOf(receiver)
      throw new ActionError(`bind takes the object that the function is to run with, and nothing else; got ${got}`)
    }
    const known = boundTo.get(receiver)
    if (known !== undefined) return known
    const bound = assemble(host, receiver)
    boundTo.set(receiver, bound)
    return bound
  }
  const withoutReceiver = callOf(host, undefined)
  const unbound = function (this: unknown, ...args: readonly unknown[]): Promise<unknown> {
    return isReceiver(this) ? bind(this)(...args) : withoutReceiver(...args)
  }
  return Object.defineProperty(assemble(host, undefined, unbound), 'bind', { value: bind, configurable: true })
}

const callables = new WeakSet<object>()

/** Whether it is a cached function of ours. */
export function isCallable(value: unknown): value is Callable {
  return typeof value === 'function' && callables.has(value)
}

/** A callable with its controls, all for one receiver. */
function assemble(host: Host, receiver: unknown, callable: Action = callOf(host, receiver)): Callable {
  const { contextNow, trace, options } = host
  const table = actionsFor(host, receiver)
  const controls = {
    ...table,
    key: (...args: unknown[]) => contextNow().keyOf(args, receiver),
    keyMany: (...items: unknown[]) => {
      const { keyOf } = contextNow()
      return listOfArguments(items, options.parameters).map((args) => keyOf(args, receiver))
    },
    run: async (name: string, ...args: unknown[]) => {
      const action = Object.hasOwn(table, name) ? table[name] : undefined
      if (action !== undefined) return action(...args)
      throw new ActionError(`unknown action '${String(name)}'; the actions are ${Object.keys(table).join(', ')}`)
    },
    encode: async (value: unknown) => contextNow().codec.encode(value),
    decode: async (stored: unknown) => decodeStored(contextNow(), stored),
    get storage() {
      return viewOf(contextNow())
    },
    on: (event: EventName, listener: Listener) => trace.on(event, listener, receiver),
    off: (event: EventName, listener: Listener) => trace.off(event, listener, receiver),
  }
  callables.add(callable)
  return Object.defineProperties(callable, {
    ...Object.getOwnPropertyDescriptors(controls),
    name: { value: host.name, configurable: true },
    length: { value: host.fn.length, configurable: true },
  }) as Callable // with all of them
}

/** What calling the function does. */
function callOf(host: Host, receiver: unknown): Action {
  const { contextNow, actions, options } = host
  if (actions.isPlain) return plainCall(contextNow, receiver)
  const { defaultAction = 'getOrUpdate' } = options
  if (defaultAction !== null) return (...args) => actionNamed(host, receiver, defaultAction)(...args)
  return async () => {
    throw new ActionError('this function has defaultAction: null: use one of its controls, such as getOrUpdate(...)')
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
  return async (items, values) => {
    if (Array.isArray(items) && Array.isArray(values) && items.length === values.length) return manyCalls(items, values)
    const got = [items, values].map((list) => (Array.isArray(list) ? list.length : typeof list)).join(' and ')
    throw new ActionError(`setMany takes a list of arguments and a list of values of the same length, got ${got}`)
  }
}

function oneCall(act: One, context: Context, args: readonly unknown[], receiver: unknown, value?: unknown) {
  return act(context, newCall(context, args, receiver), value)
}
