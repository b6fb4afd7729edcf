import { getOrUpdate } from './actions.js'
import { type Context, callAt } from './call.js'
import { kindOf } from './coders/kind.js'
import { type Action, actionNamed, controlMakers } from './control.js'
import { ActionError } from './errors.js'
import type { Host } from './host.js'
import { peek } from './read.js'
import { isReceiver } from './receiver.js'
import { viewOf } from './view.js'

/** A cached function as its callers have it. */
export type Callable = Action & { bind(receiver: unknown): Callable }

/** What is known of each cached function of ours. */
const known = new WeakMap<object, { readonly receiver: unknown }>()

/** Whether it is a cached function of ours. */
export function isCallable(value: unknown): value is Callable {
  return typeof value === 'function' && known.has(value)
}

/** The callable of a function, with every control. A function with a receiver takes it from each call, and binds by `bind`. */
export function createCallable(host: Host): Callable {
  const prototype = prototypeOf(host)
  const assemble = (call: Action, receiver: unknown): Callable => {
    known.set(call, { receiver })
    const { name, fn } = host
    Object.defineProperty(call, 'name', { value: name, configurable: true })
    Object.defineProperty(call, 'length', { value: fn.length, configurable: true })
    return Object.setPrototypeOf(call, prototype)
  }
  if (!host.options.receiver) return assemble(callOf(host, undefined), undefined)

  const boundTo = new WeakMap<object, Callable>()
  const bind = (receiver: unknown, ...rest: unknown[]): Callable => {
    if (!isReceiver(receiver) || rest.length > 0) {
      const got = rest.length > 0 ? `${rest.length} more arguments` : kindOf(receiver)
      throw new ActionError(`bind takes the object that the function is to run with, and nothing else; got ${got}`)
    }
    const present = boundTo.get(receiver)
    if (present !== undefined) return present
    const bound = assemble(callOf(host, receiver), receiver)
    boundTo.set(receiver, bound)
    return bound
  }
  const unbound = function (this: unknown, ...args: readonly unknown[]): Promise<unknown> {
    return isReceiver(this) ? bind(this)(...args) : callOf(host, this)(...args)
  }
  return Object.defineProperty(assemble(unbound, undefined), 'bind', { value: bind, configurable: true })
}

/** The controls, each made when it is first asked for: a class makes a callable for every instance. */
function prototypeOf(host: Host): object {
  const prototype = Object.create(Function.prototype, {
    storage: { get: () => viewOf(host.contextNow()), enumerable: true, configurable: true },
  })
  for (const [name, make] of Object.entries(controlMakers(host))) {
    const keep = (callable: object, value: unknown): void => {
      Object.defineProperty(callable, name, { value, writable: true, configurable: true })
    }
    Object.defineProperty(prototype, name, {
      get(this: object) {
        const control = make(known.get(this)?.receiver)
        if (known.has(this)) keep(this, control)
        return control
      },
      set(this: object, value: unknown) {
        keep(this, value)
      },
      enumerable: true,
      configurable: true,
    })
  }
  return prototype
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
