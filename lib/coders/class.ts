import { builtInAbove } from '../built-in.js'
import type { FaithfulCoder } from '../coder.js'
import { OptionError } from '../errors.js'
import { kindOf } from './kind.js'
import { type KnownClass, methodsOf } from './known-class.js'
import { superjsonText } from './superjson-text.js'

/** Any class, also one that is abstract or has a private constructor: it is never called. */
export type AnyClass = { readonly name: string; readonly prototype: object }

export interface ClassOptions {
  /** The class. */
  class: AnyClass
  /** What the stored data calls it; not empty. `undefined`: the class's own name, which a minifier changes. */
  name?: string | undefined
  /** Exactly the names of the enumerable properties that an instance has of its own. `undefined`: whatever it has. */
  props?: readonly string[] | undefined
}

/**
 * superjson's text in which instances of `classes` come back as instances. Python Ring's dataclass coder.
 *
 * Instances may lie anywhere in the value, and be shared and contain each other. What a value may be is the same on both
 * ways: whatever `superjson` keeps, and where there are plain objects, an instance beside them. So data of another class,
 * of other properties, or from before the function gave instances does not decode (a miss), and an instance of another
 * class, a derived one included, does not encode. Plain superjson with the same classes registered by the same names reads
 * the text (what is shared inside an instance comes apart there, and a cycle through one is cut), and its text is read.
 *
 * What an instance has is its own enumerable properties: `#private` and non-enumerable ones are lost, no constructor and
 * no setter runs, and a frozen instance comes back unfrozen. Functions, accessors and symbols among them are refused.
 *
 * @throws OptionError for what is no class, is or extends a built-in one, is given twice, or has no name
 * @example
 * const user = cached(loadUser, { store, coder: classCoder({ class: User, name: 'User', props: ['id', 'email'] }) })
 * await user.get(1) // User | undefined
 */
export function classCoder(...classes: readonly (AnyClass | ClassOptions)[]): FaithfulCoder<string> {
  if (classes.length === 0) throw new OptionError('classCoder takes at least one class, got none')
  const known = new Map<object, KnownClass>()
  for (const given of classes) {
    const type = toKnown(given)
    const { name, prototype } = type
    if (known.has(prototype)) throw new OptionError(`classCoder takes a class once, got ${name} twice`)
    if ([...known.values()].some((other) => other.name === name)) {
      throw new OptionError(
        `classCoder needs a name of its own for each class, got two of '${name}'; use { class, name }`,
      )
    }
    known.set(prototype, type)
  }
  const name = `classCoder(${[...known.values()].map((each) => each.name).join(', ')})`
  const wayOut =
    'give classCoder the class of every instance, use a coder of your own ({ encode, decode }), ' +
    `or 'bypass' in memory`
  return { ...superjsonText({ name, classes: known, wayOut }), name, faithful: true }
}

function toKnown(given: unknown): KnownClass {
  const { class: type, name: stored, props } = optionsOf(given)
  if (!isClass(type)) {
    throw new OptionError(`classCoder takes classes, or { class, name?, props? } of a class, got ${kindOf(type)}`)
  }
  const { prototype } = type
  const name: unknown = stored ?? type.name
  if (typeof name !== 'string' || name === '') {
    throw new OptionError(`classCoder needs a non-empty name for each class, got ${kindOf(name)}; use { class, name }`)
  }
  const builtIn = builtInAbove(prototype)
  if (builtIn !== undefined) {
    throw new OptionError(
      `classCoder cannot make instances of ${name}: what makes one a ${builtIn}, which is built in, is no property of it`,
    )
  }
  if ('then' in prototype) {
    throw new OptionError(`classCoder cannot give instances of ${name}: they have a 'then', so each is awaited`)
  }
  const methods = methodsOf(prototype)
  return { name, prototype, props: props === undefined ? undefined : propsOf(name, props, methods), methods }
}

function optionsOf(given: unknown): Partial<Record<keyof ClassOptions, unknown>> {
  if (typeof given !== 'object' || given === null) return { class: given }
  const unknown = Object.keys(given).find((option) => !OPTIONS.has(option))
  if (unknown === undefined) return given
  throw new OptionError(
    `classCoder: unknown option '${unknown}'; the options of a class are ${[...OPTIONS].join(', ')}`,
  )
}

const OPTIONS: ReadonlySet<string> = new Set<keyof ClassOptions>(['class', 'name', 'props'])

/** Whether its prototype says that it is its own: superjson tells classes by that. */
function isClass(type: unknown): type is AnyClass {
  if (typeof type !== 'function') return false
  const prototype: unknown = Object.getOwnPropertyDescriptor(type, 'prototype')?.value
  if (typeof prototype !== 'object' || prototype === null) return false
  return Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value === type
}

function propsOf(name: string, props: unknown, methods: ReadonlySet<string>): Set<string> {
  if (!Array.isArray(props) || !props.every((prop) => typeof prop === 'string' && prop !== '')) {
    throw new OptionError(`props of ${name} are names, each a non-empty string, in an array`)
  }
  const method = props.find((prop) => methods.has(prop))
  if (method !== undefined) {
    throw new OptionError(
      `props of ${name}: '${method}' is a method or an accessor of the class, not a property of an instance`,
    )
  }
  const names = new Set<string>(props)
  if (names.size === props.length) return names
  throw new OptionError(`props of ${name} name each property once, got ${props.join(', ')}`)
}
