import { types } from 'node:util'
import { hasFurtherMembers, isObjectPrototype, memberSymbol } from '../built-in.js'
import { CoderError } from '../errors.js'
import { kindOf } from './kind.js'
import { faultOf, type KnownClass, type KnownClasses } from './known-class.js'

/** What superjson has to be helped with in a value that it can represent. */
export interface Inspection {
  /** Something is of another realm, or without prototype: superjson knows neither. */
  foreign: boolean
  /** Something contains itself. */
  cyclic: boolean
  /** A Set has a member, or a Map a key, that superjson may take for a shared reference. */
  keyed: boolean
  /** There is a plain object. */
  plain: boolean
  /** There is an instance of one of the classes. */
  instances: boolean
}

/** Which coder it is for. */
export interface Inspector {
  /** What messages call the coder. */
  readonly name: string
  /** The classes whose instances may be in a value. */
  readonly classes: KnownClasses
  /** What to do about a value that is refused. */
  readonly wayOut: string
}

interface Walk extends Inspection {
  readonly inspector: Inspector
  /** Every object met; true while its members are being looked at. */
  open: Map<object, boolean>
  trail: (string | number)[]
}

/** Looks for what superjson would lose without a word, and throws a `CoderError` that names the place. */
export function inspect(value: unknown, inspector: Inspector): Inspection {
  const found = { foreign: false, cyclic: false, keyed: false, plain: false, instances: false }
  const walk: Walk = { ...found, inspector, open: new Map(), trail: [] }
  visit(value, walk)
  return walk
}

function visit(value: unknown, walk: Walk): void {
  if (typeof value === 'function' || typeof value === 'symbol') refuse(kindOf(value), walk)
  if (typeof value !== 'object' || value === null) return

  const open = walk.open.get(value)
  if (open) walk.cyclic = true
  if (open !== undefined) return

  walk.open.set(value, true)
  if (Array.isArray(value)) visitArray(value, walk)
  else if (isPlain(value, walk)) visitPlain(value, walk)
  else visitInstance(value, walk)
  walk.open.set(value, false)
}

function visitAt(place: string | number, value: unknown, walk: Walk): void {
  walk.trail.push(place)
  visit(value, walk)
  walk.trail.pop()
}

function visitArray(array: readonly unknown[], walk: Walk): void {
  const names = Object.keys(array) // positions come first
  const isWhole = names.length === array.length && (names.length === 0 || names.at(-1) === String(array.length - 1))
  if (!isWhole || memberSymbol(array) !== undefined) refuse('an array with holes or named members', walk)
  for (const [index, item] of array.entries()) visitAt(index, item, walk)
}

function isPlain(value: object, walk: Walk): boolean {
  const prototype: object | null = Object.getPrototypeOf(value)
  if (prototype === Object.prototype) return true
  const plain = prototype === null || isObjectPrototype(prototype)
  if (plain) walk.foreign = true
  return plain
}

function visitPlain(object: object, walk: Walk): void {
  walk.plain = true
  visitMembers(object, walk)
}

function visitMembers(object: object, walk: Walk): void {
  for (const [name, member] of Object.entries(object)) {
    if (RESERVED.has(name)) refuse(`a member named '${name}'`, walk)
    visitAt(name, member, walk)
  }
  if (memberSymbol(object) !== undefined) refuse('a member named by a symbol', walk)
}

function visitInstance(value: object, walk: Walk): void {
  const known = walk.inspector.classes.get(Object.getPrototypeOf(value))
  if (known === undefined) visitBuiltIn(value, walk)
  else visitKnown(value, known, walk)
}

function visitKnown(instance: object, known: KnownClass, walk: Walk): void {
  walk.instances = true
  const fault = faultOf(instance, known)
  if (fault !== undefined) refuse(fault, walk)
  visitMembers(instance, walk)
}

function visitBuiltIn(value: object, walk: Walk): void {
  if (types.isNativeError(value)) {
    visitError(value, walk)
  } else if (hasFurtherMembers(value)) {
    refuse(`${kindOf(value)} with members of its own`, walk)
  } else if (ArrayBuffer.isView(value)) {
    visitView(value, walk)
  } else if (value instanceof URL && Object.getPrototypeOf(value) === URL.prototype) {
    // superjson's own text for it
  } else if (!isDirectInstance(value)) {
    refuse(kindOf(value), walk)
  } else if (types.isDate(value)) {
    if (Number.isNaN(Number(value))) refuse('an invalid Date', walk)
    walk.foreign ||= !(value instanceof Date)
  } else if (types.isRegExp(value)) {
    walk.foreign ||= !(value instanceof RegExp)
  } else if (types.isSet(value)) {
    walk.foreign ||= !(value instanceof Set)
    for (const [index, member] of [...value].entries()) visitKey(index, member, walk)
  } else if (types.isMap(value)) {
    walk.foreign ||= !(value instanceof Map)
    for (const [index, [key, member]] of [...value].entries()) {
      visitKey(index, key, walk)
      visitAt(index, member, walk)
    }
  } else {
    refuse(kindOf(value), walk)
  }
}

function visitKey(index: number, key: unknown, walk: Walk): void {
  walk.keyed ||= (typeof key === 'object' && key !== null) || Number.isNaN(key)
  visitAt(index, key, walk)
}

function visitError(error: Error, walk: Walk): void {
  walk.foreign ||= !(error instanceof Error)
  const lost = Object.hasOwn(error, 'errors') ? 'errors' : Object.keys(error).find((name) => !ERROR_MEMBERS.has(name))
  if (lost !== undefined) refuse(`an error with a member '${lost}'`, walk)
  if (memberSymbol(error) !== undefined) refuse('an error with a member named by a symbol', walk)
  for (const name of ['name', 'message', 'cause'] as const) visitAt(name, error[name], walk)
}

function visitView(view: ArrayBufferView, walk: Walk): void {
  if (Buffer.isBuffer(view)) return
  if (!ARRAYS.has(view.constructor.name)) refuse(kindOf(view), walk)
  if ((types.isFloat32Array(view) || types.isFloat64Array(view)) && !view.every(Number.isFinite)) {
    refuse(`a ${view.constructor.name} with NaN or Infinity in it`, walk)
  }
}

function refuse(what: string, { trail, inspector: { name, wayOut } }: Walk): never {
  const path = trail.map((place) => (typeof place === 'number' ? `[${place}]` : `.${place}`)).join('')
  throw new CoderError(`coder '${name}' cannot represent ${what} at $${path}; ${wayOut}`)
}

/** An instance of a built-in class itself, of any realm, and not of a class derived from it. */
function isDirectInstance(value: object): boolean {
  const above: object | null = Object.getPrototypeOf(Object.getPrototypeOf(value))
  return above !== null && isObjectPrototype(above)
}

/** Names that superjson refuses, since its paths must not lead to a prototype. */
export const RESERVED = new Set(['__proto__', 'constructor', 'prototype'])
const ERROR_MEMBERS = new Set(['name', 'message', 'cause', 'stack'])
/** The typed arrays that superjson reads back. */
const ARRAYS = new Set([
  'Int8Array',
  'Uint8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'Float32Array',
  'Float64Array',
])
