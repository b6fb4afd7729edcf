/** What cached functions have in common, asynchronous or not: controls, a name, and `bind`. */
import { kindOf } from './coders/kind.js'
import { ActionError } from './errors.js'
import { isReceiver } from './receiver.js'

type AnyCall = (...args: readonly unknown[]) => unknown

/** A cached function as its callers have it. */
export type Assembled<C extends AnyCall = AnyCall> = C & { bind(receiver: unknown): Assembled<C> }

/** What a cached function is made of. */
export interface Parts<C extends AnyCall> {
  readonly fn: AnyCall
  readonly name: string
  /** Whether calls have a receiver. */
  readonly takesReceiver: boolean
  /** What calling it does, for one receiver (`undefined`: none). */
  callOf(receiver: unknown): C
  /** Makes each control, by its name, for one receiver. */
  readonly controls: Readonly<Record<string, (receiver: unknown) => unknown>>
  /** Gives `fn.storage`. */
  storage(): unknown
}

/** Every cached function, with its receiver. */
const known = new WeakMap<object, { readonly receiver: unknown }>()

/** Whether it is a cached function of ours. */
export function isCallable(value: unknown): value is Assembled {
  return typeof value === 'function' && known.has(value)
}

/** The callable of a function, with every control. A function with a receiver takes it from each call, and binds by `bind`. */
export function assembled<C extends AnyCall>({ fn, name, takesReceiver, callOf, ...parts }: Parts<C>): Assembled<C> {
  const prototype = prototypeOf(parts)
  const assemble = (call: C, receiver: unknown): Assembled<C> => {
    known.set(call, { receiver })
    Object.defineProperty(call, 'name', { value: name, configurable: true })
    Object.defineProperty(call, 'length', { value: fn.length, configurable: true })
    return Object.setPrototypeOf(call, prototype)
  }
  if (!takesReceiver) return assemble(callOf(undefined), undefined)

  const boundTo = new WeakMap<object, Assembled<C>>()
  const bind = (receiver: unknown, ...rest: unknown[]): Assembled<C> => {
    if (!isReceiver(receiver) || rest.length > 0) {
      const got = rest.length > 0 ? `${rest.length} more arguments` : kindOf(receiver)
      throw new ActionError(`bind takes the object that the function is to run with, and nothing else; got ${got}`)
    }
    const present = boundTo.get(receiver)
    if (present !== undefined) return present
    const bound = assemble(callOf(receiver), receiver)
    boundTo.set(receiver, bound)
    return bound
  }
  const unbound = function (this: unknown, ...args: readonly unknown[]): unknown {
    return isReceiver(this) ? bind(this)(...args) : callOf(this)(...args)
  } as C // it answers as they do
  return Object.defineProperty(assemble(unbound, undefined), 'bind', { value: bind, configurable: true })
}

/** The controls, each made when it is first asked for: a class makes a callable for every instance. */
function prototypeOf({ controls, storage }: Pick<Parts<AnyCall>, 'controls' | 'storage'>): object {
  const prototype = Object.create(Function.prototype, {
    storage: { get: storage, configurable: true },
  })
  for (const [name, make] of Object.entries(controls)) {
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

/** @throws ActionError, which lists the names, for one that is none of them */
export function checkAction(names: readonly string[], name: unknown): void {
  if (names.some((action) => action === name)) return
  throw new ActionError(`unknown action '${String(name)}'; the actions are ${names.join(', ')}`)
}

/** What a call is where `defaultAction` is `null`. */
export function noDefaultAction(): ActionError {
  return new ActionError('this function has defaultAction: null: use one of its controls, such as getOrUpdate(...)')
}
