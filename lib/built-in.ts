/** What is built in, of any realm: its names, its prototypes, its methods, and what was added to it. */
import { Buffer } from 'node:buffer'
import { isDeepStrictEqual, types } from 'node:util'

/** Names that mean a built-in wherever they stand in a key, and so can mean no class of the user's. */
export const RESERVED = new Set([
  ...['Object', 'Array', 'Date', 'RegExp', 'Set', 'Map', 'URL', 'AbortSignal', 'Buffer', 'DataView', 'ArrayBuffer'],
  ...['SharedArrayBuffer', 'String', 'Number', 'Boolean', 'BigInt', 'Symbol', 'Int8Array', 'Uint8Array', 'Int16Array'],
  ...['Uint8ClampedArray', 'Uint16Array', 'Int32Array', 'Uint32Array', 'Float16Array', 'Float32Array', 'Float64Array'],
  ...['BigInt64Array', 'BigUint64Array'],
])

/** Whether it is the prototype of plain objects. */
export const isObjectPrototype = (prototype: object) =>
  prototype === Object.prototype ||
  (Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf'))

/** Whether a class of any realm stands where the built-in ones do: right below `Object`, typed arrays one lower. */
export function isBaseClass(type: { prototype?: unknown }): boolean {
  if (type === Buffer) return true
  const above: object | null = Object.getPrototypeOf(type.prototype)
  return above !== null && (isObjectPrototype(above) || above.constructor.name === 'TypedArray')
}

/** The name of the built-in class that lends `value` its method: the method then tells nothing of what a derived class adds. */
export function builtInWith(method: 'toJSON' | 'toString', value: object): string | undefined {
  let owner: object | null = value
  while (owner !== null && !Object.hasOwn(owner, method)) owner = Object.getPrototypeOf(owner)
  if (owner === null || owner === value) return undefined
  const name = String(owner.constructor?.name)
  const isOfItsClass = owner === Object.getPrototypeOf(value) && name !== 'Error' // an error's text leaves its cause out
  return !isOfItsClass && (BUILT_IN.has(name) || isNative(Reflect.get(owner, method, value))) ? name : undefined
}

/** The name of the first built-in class among those that `prototype` and the prototypes above it belong to. */
export function builtInAbove(prototype: object): string | undefined {
  for (let owner: object | null = prototype; owner !== null; owner = Object.getPrototypeOf(owner)) {
    if (owner !== prototype && isObjectPrototype(owner)) return undefined
    const type: unknown = Object.getOwnPropertyDescriptor(owner, 'constructor')?.value
    if (typeof type !== 'function') continue
    if (isNative(type) || (BUILT_IN.has(type.name) && Reflect.get(globalThis, type.name) === type)) return type.name
  }
  return undefined
}

/** Classes whose methods are built in, those included that Node.js writes in JavaScript. */
const BUILT_IN = new Set([...RESERVED, 'TypedArray', 'Error', 'URLSearchParams'])

const isNative = (method: unknown) =>
  typeof method === 'function' && /\{\s*\[native code\]\s*\}$/.test(Function.prototype.toString.call(method))

/** Whether an object of a built-in class has enumerable members of its own, besides the positions of its content. */
export function hasFurtherMembers(value: object): boolean {
  // A list of names has one for every position, so a long one is compared with itself, over the same memory.
  if (types.isTypedArray(value) && value.length > 64) return !isDeepStrictEqual(value, value.subarray())
  const positions = types.isTypedArray(value) || types.isStringObject(value) ? value.length : 0
  return Object.keys(value).length > positions || memberSymbol(value) !== undefined
}

/** The first symbol that names an enumerable member of `value`'s own. */
export function memberSymbol(value: object): symbol | undefined {
  return Object.getOwnPropertySymbols(value).find((symbol) => Object.prototype.propertyIsEnumerable.call(value, symbol))
}
