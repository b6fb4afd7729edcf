/** Receivers: classes whose methods, getters and static methods are cached, and the controls of one object. */
import { type Assembled, isCallable } from './assembly.js'
import { createCallable } from './callable.js'
import { kindOf } from './coders/kind.js'
import { ActionError, OptionError } from './errors.js'
import { createHost, type Host } from './host.js'
import type { AnyClass, CachedClass, ControlsOf, MemberOptions, Strict } from './members.js'
import type { AnyOptions } from './options.js'
import { isReceiver } from './receiver.js'

/** The cached functions behind the getters that we define. */
const behind = new WeakMap<object, Assembled>()

/**
 * Makes methods, getters and static methods of a class cached, in place, and gives the class with their types. Each is
 * used as before and has every control, for its own instance: `user.data()`, `user.data.update()`. A getter gives a
 * promise; `controlsOf(page, 'summary')` has its controls. No decorators: Ring's method, property, classmethod and
 * staticmethod, in one call.
 *
 * Keys begin with `Class.member:<receiver>`, or the member's `keyPrefix`. The receiver of a method is what
 * `[ringKey]()` of its instance gives, that of a static method its class's name; `{ receiver: false }` leaves it out.
 * Subclasses inherit the members, and share the keys.
 *
 * @throws OptionError for what the class itself does not define, and for wrong options; nothing is changed then
 * @example
 * const User = cachedClass(class User {
 *   constructor(readonly id: number) {}
 *   [ringKey]() { return this.id }
 *   async data() { return load(this.id) }
 * }, { data: { ttl: 60_000 } })
 * await new User(42).data.update() // stored at User.data:42
 */
export function cachedClass<
  T extends AnyClass,
  const I extends MemberOptions<InstanceType<T>>,
  const S extends MemberOptions<T> = Record<never, never>,
>(type: T, instance: I & Strict<I>, statics?: S & Strict<S>): CachedClass<T, I, S> {
  if (typeof type !== 'function' || typeof type.prototype !== 'object' || type.prototype === null) {
    throw new OptionError(`cachedClass takes a class, got ${kindOf(type)}`)
  }
  const wrapped = [
    ...entriesOf('methods', instance).map(([name, options]) => {
      if (options.receiver !== false) return wrap(type, type.prototype, name, options)
      throw new OptionError(`receiver: false of '${name}': a method always has its instance as receiver`)
    }),
    ...entriesOf('static methods', statics ?? {}).map(([name, options]) => wrap(type, type, name, options)),
  ]
  for (const { owner, name, descriptor } of wrapped) Object.defineProperty(owner, name, descriptor)
  return type as never // changed in place, as its new type says
}

/**
 * The controls of a cached member for one object: the only way to those of a getter, and one for methods and for
 * functions with a receiver on plain objects.
 *
 * @throws ActionError for what is not cached
 * @example
 * await controlsOf(page, 'summary').update()
 */
export function controlsOf<T extends object, K extends keyof T>(receiver: T, name: K): ControlsOf<T, K> {
  if (!isReceiver(receiver)) throw new ActionError(`controlsOf takes an object, got ${kindOf(receiver)}`)
  let owner: object | null = receiver
  while (owner !== null && !Object.hasOwn(owner, name)) owner = Object.getPrototypeOf(owner)
  const { get, value } = (owner && Object.getOwnPropertyDescriptor(owner, name)) ?? {}
  const callable: unknown = get === undefined ? value : behind.get(get)
  if (isCallable(callable)) return bindTo(callable, receiver) as never // its type is that of the member
  throw new ActionError(`'${String(name)}' of ${kindOf(receiver)} is not cached: name what cached or cachedClass made`)
}

interface Wrapped {
  readonly owner: object
  readonly name: string
  readonly descriptor: PropertyDescriptor
}

/** A member made ready, while the class is still as it was. */
function wrap(type: AnyClass, owner: object, name: string, options: AnyOptions): Wrapped {
  const present = Object.getOwnPropertyDescriptor(owner, name)
  const fn: unknown = present?.get ?? present?.value
  if (present === undefined || typeof fn !== 'function' || name === 'constructor') {
    const isStaticOne = owner !== type && Object.hasOwn(type, name)
    const absent = isStaticOne ? 'static ones go to the third argument' : 'there is no such one (a field is none)'
    const why = name in owner ? 'it is inherited, or no method' : absent
    throw new OptionError(
      `cachedClass wraps methods and getters that the class itself defines: '${name}' of ${type.name} cannot be, ${why}`,
    )
  }
  if (!present.configurable)
    throw new OptionError(`'${name}' of ${type.name} cannot be changed: it is not configurable`)
  if (isCallable(fn) || behind.has(fn)) throw new OptionError(`'${name}' of ${type.name} is cached already`)
  const isStatic = owner === type
  const member = type.name === '' ? '' : `${type.name}.${name}`
  const callable = createCallable(
    createHost(fn as Host['fn'], member, { ...options, receiver: options.receiver ?? true }), // its own type asks for its arguments
  )
  if (isStatic && options.receiver === false && present.get === undefined) {
    return { owner, name, descriptor: { ...present, value: callable } }
  }
  const isGetter = present.get !== undefined
  const get = function (this: object) {
    if (!isStatic && isPrototype(this)) return callable
    const bound = bindTo(callable, this)
    return isGetter ? bound() : bound
  }
  behind.set(get, callable)
  const set = isGetter ? present.set : replace(name)
  const accessor = { configurable: true, enumerable: present.enumerable === true, get }
  return { owner, name, descriptor: set === undefined ? accessor : { ...accessor, set } }
}

/** A prototype is no instance: what looks at one, as debuggers do, must not run a getter for it. */
function isPrototype(self: object): boolean {
  const type: unknown = Object.hasOwn(self, 'constructor') && self.constructor
  return typeof type === 'function' && type.prototype === self
}

/** As with any method, an instance may be given one of its own. */
function replace(name: string): (this: object, value: unknown) => void {
  return function (value) {
    Object.defineProperty(this, name, { value, writable: true, configurable: true, enumerable: true })
  }
}

/** Without a receiver in its key it is the same for all. */
function bindTo(callable: Assembled, receiver: object): Assembled {
  return Object.hasOwn(callable, 'bind') ? callable.bind(receiver) : callable
}

function entriesOf(what: string, given: unknown): [string, AnyOptions][] {
  if (typeof given !== 'object' || given === null) {
    throw new OptionError(`cachedClass takes the options of ${what} by their names, got ${kindOf(given)}`)
  }
  return Reflect.ownKeys(given).map((name) => {
    if (typeof name === 'string') return [name, (given as Record<string, AnyOptions>)[name] ?? {}] // checked when it is wrapped
    throw new OptionError(`cachedClass takes members with names, which keys are made of, got ${String(name)}`)
  })
}
