/** How two values that should be equal differ, in words that show no content. */
import { isDeepStrictEqual } from 'node:util'
import { isBaseClass, isObjectPrototype, RESERVED } from './built-in.js'
import { kindOf } from './coders/kind.js'

/** The path of the first difference, and what is there: `$.born, an object (Date), came back as a string of 24 characters`. */
export function difference(before: unknown, after: unknown): string | undefined {
  if (isDeepStrictEqual(before, after)) return undefined
  // What comes of another realm, as whatever a test of Jest makes, is copied to ours: that alone is no difference.
  if (areOfTwoRealms(before, after)) return firstDifference(structuredClone(before), structuredClone(after))
  return firstDifference(before, after)
}

function areOfTwoRealms(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  const [ofA, ofB] = [Object.getPrototypeOf(a), Object.getPrototypeOf(b)]
  return ofA !== ofB && nameOfBuiltIn(ofA) !== undefined && nameOfBuiltIn(ofA) === nameOfBuiltIn(ofB)
}

function nameOfBuiltIn(prototype: object | null): string | undefined {
  if (prototype === null) return undefined
  if (isObjectPrototype(prototype)) return 'Object'
  const { constructor: type } = prototype
  return typeof type === 'function' && RESERVED.has(type.name) && isBaseClass(type) ? type.name : undefined
}

/** What is in one place before and after; an empty list where nothing is. */
interface Pair {
  readonly before: readonly unknown[]
  readonly after: readonly unknown[]
}

function firstDifference(before: unknown, after: unknown): string | undefined {
  if (isDeepStrictEqual(before, after)) return undefined
  let path = '$'
  let pair: Pair = { before: [before], after: [after] }
  const seen = new Set<unknown>()
  for (;;) {
    seen.add(pair.before[0])
    const inner = stepInto(pair, seen)
    if (inner === undefined) return told(path, pair)
    path += inner.text
    pair = inner
  }
}

/** The first member that differs, where these two may differ in their members. */
function stepInto({ before: [before], after: [after] }: Pair, seen: ReadonlySet<unknown>) {
  if (!isOpen(before) || !isOpen(after) || Object.getPrototypeOf(before) !== Object.getPrototypeOf(after)) {
    return undefined
  }
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const pair = { before: member(before, name), after: member(after, name) }
    if (isDeepStrictEqual(pair.before, pair.after) || seen.has(pair.before[0])) continue
    return { ...pair, text: stepText(name, Array.isArray(before)) }
  }
  return undefined
}

/** Bytes have as many members as they are long. */
function isOpen(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)
}

function member(value: object, name: string): unknown[] {
  return Object.hasOwn(value, name) ? [Reflect.get(value, name)] : []
}

function stepText(name: string, inArray: boolean): string {
  if (inArray) return `[${name}]`
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`
}

function told(path: string, { before, after }: Pair): string {
  const [was, is] = [before, after].map((there) => (there.length === 0 ? undefined : kindOf(there[0])))
  if (was === undefined) return `${path} was not there, and came back as ${is}`
  if (is === undefined) return `${path}, ${was}, did not come back`
  return was === is ? `${path}, ${was}, came back changed` : `${path}, ${was}, came back as ${is}`
}
