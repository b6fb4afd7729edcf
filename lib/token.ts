/** The grammar of one token: how one value of a call is written in its key. Different values never give the same text. */
import { Buffer } from 'node:buffer'
import { types } from 'node:util'
import { KeyError } from './errors.js'
import { escaped, stringToken } from './escape.js'

/**
 * The method by which an instance says what identifies it in a key: a string, a number, or anything that has a token.
 * Ring calls it `__ring_key__`.
 */
export const ringKey: unique symbol = Symbol.for('ringcache.ringKey')

/** One step down to a value: a member's name, a position, or how else it was come by, as text. */
type Step = string | number | { readonly by: string }

/** An object on the way down to the value being written: what a `KeyError` names, and how a cycle is seen. */
export interface Place {
  readonly step: Step
  readonly value: object | undefined
  readonly up: Place | undefined
  readonly depth: number
}

/** Deeper values are refused, well before they could exhaust the stack. */
const MAX_DEPTH = 500

/** Names that mean a built-in wherever they stand in a key, and so can mean no class of the user's. */
const RESERVED = new Set([
  ...['Object', 'Array', 'Date', 'RegExp', 'Set', 'Map', 'URL', 'AbortSignal', 'Buffer', 'DataView', 'ArrayBuffer'],
  ...['SharedArrayBuffer', 'String', 'Number', 'Boolean', 'BigInt', 'Symbol', 'Int8Array', 'Uint8Array', 'Int16Array'],
  ...['Uint8ClampedArray', 'Uint16Array', 'Int32Array', 'Uint32Array', 'Float16Array', 'Float32Array', 'Float64Array'],
  ...['BigInt64Array', 'BigUint64Array'],
])

/** Classes whose `toString()` gives the same text for different content. */
const VAGUE = new Set<unknown>(['Object', 'Array', 'TypedArray', 'Error'])

const REMEDY = 'pass what identifies it instead, or say what counts with the `key` option'

/** Where a list of values begins; `text` is how the paths below it begin. */
export const rootPlace = (text: string): Place => ({ step: { by: text }, value: undefined, up: undefined, depth: 0 })

/**
 * The text of one value, which stands at `step` below `up`.
 * @throws KeyError if the value, or one inside it, cannot be part of a key
 */
export function token(value: unknown, step: Step, up: Place): string {
  switch (typeof value) {
    case 'string':
      return stringToken(value)
    case 'bigint':
      return `${value}n`
    case 'object':
      return value === null ? 'null' : objectToken(value, placeOf(value, step, up))
    case 'function':
    case 'symbol':
      throw refusal({ step, value: undefined, up, depth: 0 }, `is a ${typeof value}`)
    default:
      return String(value)
  }
}

function placeOf(value: object, step: Step, up: Place): Place {
  const place = { step, value, up, depth: up.depth + 1 }
  if (place.depth > MAX_DEPTH) throw refusal(place, `is more than ${MAX_DEPTH} levels deep`)
  for (let above: Place | undefined = up; above; above = above.up) {
    if (above.value === value) throw refusal(place, 'is a cycle: it contains itself')
  }
  return place
}

function objectToken(value: object, place: Place): string {
  try {
    const prototype: object | null = Object.getPrototypeOf(value)
    if (prototype === null || isObjectPrototype(prototype)) return plainToken(value, place)
    return builtInToken(value, place) ?? (isTagged(value, 'AbortSignal') ? 'undefined' : instanceToken(value, place))
  } catch (error) {
    if (error instanceof KeyError) throw error
    const why = types.isNativeError(error) ? `: ${error.message}` : ''
    throw new KeyError(`${pathOf(place)} cannot be part of a key: reading it threw${why}`, { cause: error })
  }
}

/** Of any realm. */
const isObjectPrototype = (prototype: object) =>
  prototype === Object.prototype ||
  (Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf'))

/** Of any realm: `node:util` has no tests for the classes of the web. */
const isTagged = (value: object, tag: string) => Object.prototype.toString.call(value) === `[object ${tag}]`

function plainToken(value: object, place: Place): string {
  const members: string[] = []
  for (const name of memberNames(value, place).sort()) {
    const text = token((value as Record<string, unknown>)[name], name, place) // the name is one of its own
    if (text !== 'undefined') members.push(`${escaped(name) || "''"}=${text}`)
  }
  return `(${members.join(',')})`
}

function memberNames(value: object, place: Place): string[] {
  for (const symbol of Object.getOwnPropertySymbols(value)) {
    const counts = Object.prototype.propertyIsEnumerable.call(value, symbol)
    if (counts) throw refusal(place, `has a member named by a symbol, ${String(symbol)}`)
  }
  return Object.keys(value)
}

/** `undefined` for a subclass too: what else identifies it is for its own methods to say. */
function builtInToken(value: object, place: Place): string | undefined {
  const type: unknown = value.constructor // not the prototype's: a fake Date of jest says Date here, and only here
  if (typeof type !== 'function' || !RESERVED.has(type.name) || !isBaseClass(type)) return undefined
  if (Array.isArray(value)) return `[${arrayTokens(value, place).join(',')}]`
  const content = contentOf(value, type.name, place)
  return content === undefined ? undefined : `${type.name}(${content})`
}

/** Whether a class of any realm stands where the built-in ones do: right below `Object`, typed arrays one lower. */
function isBaseClass(type: { prototype?: unknown }): boolean {
  if (type === Buffer) return true
  const above: object | null = Object.getPrototypeOf(type.prototype)
  return above !== null && (isObjectPrototype(above) || above.constructor.name === 'TypedArray')
}

function contentOf(value: object, typeName: string, place: Place): string | undefined {
  if (ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value)) return base64(value)
  if (types.isSymbolObject(value)) return undefined
  if (types.isBoxedPrimitive(value)) return stringToken(String(value))
  const isUrl = typeName === 'URL' && isTagged(value, 'URL') && 'href' in value
  if (!(isUrl || types.isDate(value) || types.isRegExp(value) || types.isSet(value) || types.isMap(value)))
    return undefined
  if (memberNames(value, place).length > 0) throw refusal(place, `is a ${typeName} with further members`)
  if (types.isDate(value)) return Number.isNaN(value.getTime()) ? 'NaN' : value.toISOString()
  if (types.isSet(value)) return inOrder(Array.from(value, (item, i) => token(item, i, place)))
  if (types.isMap(value)) return inOrder(Array.from(value, (entry) => entryText(entry, place)))
  return escaped(String(value))
}

const inOrder = (texts: string[]) => texts.sort().join(',')

function entryText([key, value]: [unknown, unknown], place: Place): string {
  const name = token(key, { by: '.keys()' }, place)
  return `${name}=${token(value, { by: `.get(${name})` }, place)}`
}

function arrayTokens(list: readonly unknown[], place: Place): string[] {
  const last = memberNames(list, place).at(-1) // positions come first
  const isPosition = last === undefined || (/^(?:0|[1-9]\d*)$/.test(last) && Number(last) < list.length)
  if (!isPosition) throw refusal(place, `is an array with the further member ${last}`)
  const texts: string[] = []
  for (let i = 0; i < list.length; i++) texts.push(token(list[i], i, place))
  return texts
}

function base64(bytes: ArrayBufferView | ArrayBufferLike): string {
  const { buffer, byteOffset, byteLength } = ArrayBuffer.isView(bytes) ? bytes : new Uint8Array(bytes)
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64')
}

function instanceToken(value: object, place: Place): string {
  const opaque = [types.isPromise, types.isWeakMap, types.isWeakSet, types.isGeneratorObject].some((is) => is(value))
  if (opaque) throw refusal(place, 'is a promise, a weak collection or a generator')
  const name: unknown = value.constructor?.name // absent where a prototype chain has none
  if (typeof name !== 'string' || name === '') throw refusal(place, 'is an instance of a class without a name')
  if (RESERVED.has(name)) throw refusal(place, `is not the built-in ${name}, though its class has that name`)
  const identity = identityToken(value, name, place)
  if (identity === 'undefined') throw refusal(place, `is an instance of ${name} that gives undefined as its identity`)
  return `${escaped(name)}(${identity})`
}

function identityToken(value: object, className: string, place: Place): string {
  const { [ringKey]: own, toJSON } = value as { [ringKey]?: unknown; toJSON?: unknown } // any object may have them
  if (typeof own === 'function') return token(own.call(value), { by: '[ringKey]()' }, place)
  if (typeof toJSON === 'function') return token(toJSON.call(value), { by: '.toJSON()' }, place)
  if (hasTellingText(value)) return token(value.toString(), { by: '.toString()' }, place)
  const remedy = `add a [ringKey]() or toJSON() method to ${className}, or ${REMEDY}`
  throw refusal(place, `is an instance of ${className}, which does not say what identifies it`, remedy)
}

function hasTellingText(value: object): boolean {
  let owner: object | null = value
  while (owner !== null && !Object.hasOwn(owner, 'toString')) owner = Object.getPrototypeOf(owner)
  return owner !== null && !VAGUE.has(owner.constructor?.name)
}

const refusal = (place: Place, problem: string, remedy = REMEDY) =>
  new KeyError(`${pathOf(place)} cannot be part of a key: it ${problem}; ${remedy}`)

function pathOf(place: Place): string {
  const steps: string[] = []
  for (let at: Place | undefined = place; at; at = at.up) steps.unshift(stepText(at.step))
  return steps.length > 20 ? `${steps.slice(0, 20).join('')}...` : steps.join('')
}

function stepText(step: Step): string {
  if (typeof step === 'number') return `[${step}]`
  if (typeof step === 'object') return step.by
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`
}
