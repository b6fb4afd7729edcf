/** What a value is: its kind in words, and whether it is more than its kind says. */
import { isDeepStrictEqual, types } from 'node:util'

/** What `value` is, in the words of an error message. It never shows the content, runs no code of `value`, and never throws. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (typeof value === 'string') return `a string of ${value.length} characters`
  if (typeof value !== 'object') return `a ${typeof value}`
  if (types.isProxy(value)) return 'a proxy'
  if (ArrayBuffer.isView(value)) return `${classOf(value)} of ${value.byteLength} bytes`
  return Array.isArray(value) ? `an array of ${value.length}` : `an object (${classOf(value)})`
}

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

function classOf(value: object): string {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (typeof prototype !== 'object' || prototype === null || types.isProxy(prototype)) return 'no prototype'
  const made: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value
  return (typeof made === 'function' && made.name) || 'Object'
}
