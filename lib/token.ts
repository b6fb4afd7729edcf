/** The grammar of one token: how one value of a call is written in its key. Different values never give the same text. */
import { Buffer } from 'node:buffer'
import { types } from 'node:util'
import { builtInWith, hasFurtherMembers, isBaseClass, isObjectPrototype, memberSymbol, RESERVED } from './built-in.js'
import { KeyError } from './errors.js'
import { escaped, stringToken } from './escape.js'
import type { Ignored } from './ignored.js'

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
  /** How much text there is so far inside the argument that this is in; none above the arguments. */
  readonly tally: { length: number } | undefined
  /** What of its members is no part of the key. */
  readonly ignored?: Ignored | undefined
}

/** Deeper values are refused, well before they could exhaust the stack. */
const MAX_DEPTH = 500

/** More text inside one argument is refused: a small graph, whose objects stand in many places, can have a giant one. */
const MAX_LENGTH = 2 ** 22

const REMEDY = 'pass what identifies it instead, or say what counts with the `key` option'

/** Where a list of values begins; `text` is how the paths below it begin. */
export const rootPlace = (text: string, ignored?: Ignored): Place => ({ ...NOWHERE, step: { by: text }, ignored })

const NOWHERE = { value: undefined, up: undefined, depth: 0, tally: undefined }

/**
 * The text of one value, which stands at `step` below `up`. Strings and bytes that are arguments themselves may have any
 * length; what is inside one argument has at most 4,194,304 characters (UTF-16 code units).
 * @throws KeyError if the value, or one inside it, cannot be part of a key
 */
export function token(value: unknown, step: Step, up: Place): string {
  const { tally } = up
  if (!tally) return textOf(value, step, up)
  const before = tally.length
  const text = textOf(value, step, up)
  tally.length = before + text.length // in place of what was counted inside it
  if (tally.length > MAX_LENGTH) throw refusal(up, `makes a key longer than ${MAX_LENGTH} characters`)
  return text
}

function textOf(value: unknown, step: Step, up: Place): string {
  switch (typeof value) {
    case 'string':
      return stringToken(value)
    case 'bigint':
      return `${value}n`
    case 'object':
      return value === null ? 'null' : objectToken(value, placeOf(value, step, up))
    case 'function':
    case 'symbol':
      throw refusal({ ...NOWHERE, step, up }, `is a ${typeof value}`)
    default:
      return String(value)
  }
}

function placeOf(value: object, step: Step, up: Place): Place {
  const ignored = up.ignored && typeof step !== 'object' ? up.ignored.get(step) : undefined
  const tally = up.tally ?? { length: 0 }
  const place = { step, value, up, depth: up.depth + 1, tally, ignored: ignored === true ? undefined : ignored }
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

/** Of any realm: `node:util` has no tests for the classes of the web. */
const isTagged = (value: object, tag: string) => Object.prototype.toString.call(value) === `[object ${tag}]`

function plainToken(value: object, place: Place): string {
  if (!isTagged(value, 'Object')) {
    throw refusal(place, `is not a plain object: it is tagged ${Object.prototype.toString.call(value)}`)
  }
  const members: string[] = []
  for (const name of memberNames(value, place).sort()) {
    if (place.ignored?.get(name) === true) continue
    const text = token((value as Record<string, unknown>)[name], name, place) // the name is one of its own
    if (text !== 'undefined') members.push(`${escaped(name) || "''"}=${text}`)
  }
  return `(${members.join(',')})`
}

function memberNames(value: object, place: Place): string[] {
  const symbol = memberSymbol(value)
  if (symbol !== undefined) throw refusal(place, `has a member named by a symbol, ${String(symbol)}`)
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

const isOfBuiltIn = (value: object) =>
  ArrayBuffer.isView(value) ||
  types.isAnyArrayBuffer(value) ||
  types.isDate(value) ||
  types.isRegExp(value) ||
  types.isSet(value) ||
  types.isMap(value) ||
  (types.isBoxedPrimitive(value) && !types.isSymbolObject(value))

function contentOf(value: object, typeName: string, place: Place): string | undefined {
  const isUrl = typeName === 'URL' && isTagged(value, 'URL') && 'href' in value
  if (!isUrl && !isOfBuiltIn(value)) return undefined
  if (hasFurtherMembers(value)) throw refusal(place, `has members that no ${typeName} has`)
  if (ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value)) return base64(value)
  if (types.isBoxedPrimitive(value)) return stringToken(String(value))
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
  // Any object may have them, or lack them.
  const {
    [ringKey]: own,
    toJSON,
    toString: text,
  } = value as Partial<Record<typeof ringKey | 'toJSON' | 'toString', unknown>>
  if (typeof own === 'function') return token(own.call(value), { by: '[ringKey]()' }, place)
  const lender = builtInWith('toJSON', value)
  if (typeof toJSON === 'function' && !lender) return token(toJSON.call(value), { by: '.toJSON()' }, place)
  const textLender = builtInWith('toString', value)
  if (typeof text === 'function' && !textLender) return token(text.call(value), { by: '.toString()' }, place)
  const base = lender ?? textLender
  const why =
    base && base !== 'Object' && base !== className ? ` (what it has from ${base} says nothing of what it adds)` : ''
  const remedy = `add a [ringKey]() or toJSON() method to ${className}, or ${REMEDY}`
  throw refusal(place, `is an instance of ${className}, which does not say what identifies it${why}`, remedy)
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
