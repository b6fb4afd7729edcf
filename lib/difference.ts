/** How two values that should be equal differ, in words that show no content. */
import { isDeepStrictEqual } from 'node:util'
import { kindOf } from './coders/kind.js'

/** The path of the first difference, and what is there: `$.born, an object (Date), came back as a string of 24 characters`. */
export function difference(before: unknown, after: unknown): string | undefined {
  if (isDeepStrictEqual(before, after)) return undefined
  let path = '$'
  let pair: Pair = { before: [before], after: [after] }
  const seen = new Set<unknown>()
  for (let inner: Step | undefined; ; path += inner.text, pair = inner.pair) {
    seen.add(pair.before[0])
    inner = stepInto(pair, seen)
    if (inner === undefined) return told(path, pair)
  }
}

/** What is in one place before and after; an empty list where nothing is. */
interface Pair {
  readonly before: readonly unknown[]
  readonly after: readonly unknown[]
}

interface Step {
  readonly text: string
  readonly pair: Pair
}

/** The first member that differs, where members are what these two differ in. */
function stepInto({ before: [before], after: [after] }: Pair, seen: ReadonlySet<unknown>): Step | undefined {
  if (!isOpen(before) || !isOpen(after) || Object.getPrototypeOf(before) !== Object.getPrototypeOf(after)) {
    return undefined
  }
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const pair = { before: member(before, name), after: member(after, name) }
    if (isDeepStrictEqual(pair.before, pair.after) || seen.has(pair.before[0])) continue
    return { text: Array.isArray(before) ? `[${name}]` : memberText(name), pair }
  }
  return undefined
}

/** Bytes have as many members as they are long, and the content of a Date, Map or Set is no member at all. */
function isOpen(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  return !ArrayBuffer.isView(value)
}

function member(value: object, name: string): unknown[] {
  return Object.hasOwn(value, name) ? [Reflect.get(value, name)] : []
}

function memberText(name: string): string {
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`
}

function told(path: string, { before, after }: Pair): string {
  if (before.length === 0) return `${path} was not there, and came back as ${kindOf(after[0])}`
  const was = kindOf(before[0])
  if (after.length === 0) return `${path}, ${was}, did not come back`
  const is = kindOf(after[0])
  return was === is ? `${path}, ${was}, came back changed` : `${path}, ${was}, came back as ${is}`
}
