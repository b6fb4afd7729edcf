/** What cached functions have in common, asynchronous or not: controls of their own, a name, and `bind`. */
import { kindOf } from './coders/kind.js'
import { ActionError } from './errors.js'
import { isReceiver } from './receiver.js'

type AnyCall = (...args: readonly unknown[]) => unknown

/** A cached function as its callers have it. */
export type Assembled<C extends AnyCall = AnyCall> = C & { bind(receiver: unknown): Assembled<C> }

const callables = new WeakSet<object>()

/** Whether it is a cached function of ours. */
export function isCallable(value: unknown): value is Assembled {
  return typeof value === 'function' && callables.has(value)
}

/** Makes `call` the cached form of `fn`, with its controls as own properties. */
export function assembled<C extends AnyCall>(call: C, fn: AnyCall, name: string, controls: object): Assembled<C> {
  callables.add(call)
  return Object.defineProperties(call, {
    ...Object.getOwnPropertyDescriptors(controls),
    name: { value: name, configurable: true },
    length: { value: fn.length, configurable: true },
  }) as Assembled<C> // every function has a `bind`
}

/**
 * The callable of a function with a receiver, which it takes from each call, and binds by `bind`. `callOf` gives what a
 * call with this receiver does, `assemble` a callable for it.
 */
export function bindable<C extends AnyCall>(
  callOf: (receiver: unknown) => C,
  assemble: (receiver: unknown, call: C) => Assembled<C>,
): Assembled<C> {
  const boundTo = new WeakMap<object, Assembled<C>>()
  const bind = (receiver: unknown, ...rest: unknown[]): Assembled<C> => {
    if (!isReceiver(receiver) || rest.length > 0) {
      const got = rest.length > 0 ? `${rest.length} more arguments` : kindOf(receiver)
      throw new ActionError(`bind takes the object that the function is to run with, and nothing else; got ${got}`)
    }
    const known = boundTo.get(receiver)
    if (known !== undefined) return known
    const bound = assemble(receiver, callOf(receiver))
    boundTo.set(receiver, bound)
    return bound
  }
  const withoutReceiver = callOf(undefined)
  const unbound = function (this: unknown, ...args: readonly unknown[]): unknown {
    return isReceiver(this) ? bind(this)(...args) : withoutReceiver(...args)
  } as C // it answers as they do
  return Object.defineProperty(assemble(undefined, unbound), 'bind', { value: bind, configurable: true })
}

/** The action of this name. @throws ActionError that lists the names for an unknown one */
export function actionIn<A>(table: Readonly<Record<string, A>>, name: string): A {
  const action = Object.hasOwn(table, name) ? table[name] : undefined
  if (action !== undefined) return action
  throw new ActionError(`unknown action '${String(name)}'; the actions are ${Object.keys(table).join(', ')}`)
}

/** What a call is where `defaultAction` is `null`. */
export function noDefaultAction(): ActionError {
  return new ActionError('this function has defaultAction: null: use one of its controls, such as getOrUpdate(...)')
}
