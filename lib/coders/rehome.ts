import { types } from 'node:util'
import { isObjectPrototype } from '../built-in.js'

/**
 * A copy made of this realm's own objects, arrays, Maps, Sets, Dates, errors, with the same sharing and the same cycles;
 * an instance of any other class stays one, with its enumerable properties.
 * superjson goes by `instanceof`, which fails for what comes out of a `vm` context, a worker's clone, or Jest.
 */
export function rehome(value: unknown, copies: Map<object, unknown> = new Map()): unknown {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || value instanceof URL) return value
  if (copies.has(value)) return copies.get(value)

  const copy = emptyLike(value)
  copies.set(value, copy)
  if (Array.isArray(copy)) {
    for (const item of value as readonly unknown[]) copy.push(rehome(item, copies)) // an array's copy is an array
  } else if (types.isSet(value)) {
    for (const member of value) (copy as Set<unknown>).add(rehome(member, copies)) // as `emptyLike` made it
  } else if (types.isMap(value)) {
    for (const [key, member] of value) (copy as Map<unknown, unknown>).set(rehome(key, copies), rehome(member, copies)) // likewise
  } else if (types.isNativeError(value)) {
    Object.assign(copy, { name: value.name, ...('cause' in value && { cause: rehome(value.cause, copies) }) })
  } else {
    for (const [name, member] of Object.entries(value)) {
      const property = { value: rehome(member, copies), enumerable: true, writable: true, configurable: true }
      Object.defineProperty(copy, name, property) // an assignment would heed what the prototype has by that name
    }
  }
  return copy
}

function emptyLike(value: object): object {
  if (Array.isArray(value)) return []
  if (types.isSet(value)) return new Set()
  if (types.isMap(value)) return new Map()
  if (types.isDate(value)) return new Date(value.getTime())
  if (types.isRegExp(value)) return new RegExp(value.source, value.flags)
  if (types.isNativeError(value)) return new Error(value.message)
  const prototype: object | null = Object.getPrototypeOf(value)
  return prototype === null || isObjectPrototype(prototype) ? {} : Object.create(prototype)
}
