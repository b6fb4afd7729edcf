import { types } from 'node:util'

/** What `value` is, in the words of an error message. It never shows the content, runs no code of `value`, and never throws. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (typeof value === 'string') return `a string of ${value.length} characters`
  if (typeof value !== 'object') return `a ${typeof value}`
  if (types.isProxy(value)) return 'a proxy'
  if (ArrayBuffer.isView(value)) return `${classOf(value)} of ${value.byteLength} bytes`
  return Array.isArray(value) ? `an array of ${value.length}` : `an object (${classOf(value)})`
}

function classOf(value: object): string {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (typeof prototype !== 'object' || prototype === null || types.isProxy(prototype)) return 'no prototype'
  const made: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value
  return (typeof made === 'function' && made.name) || 'Object'
}
