import { RESERVED } from './inspect.js'

/** The most names of members that are kept, and the longest. */
const NAMES = 1_000
const NAME_LENGTH = 128
/** Far less than what the slow way can take before the stack ends. */
const DEEPEST = 500
/** From here on JSON writes a list of primitives faster than it is put together. */
const LONG = 16

/**
 * A writer of superjson's text for values that are plainly JSON: plain objects and arrays, each there once, of strings,
 * finite numbers, booleans and null. For any other it gives `undefined`, and whoever asked goes the slow way.
 *
 * It saves the walk of `inspect`, and superjson's with a path for each place, its copy of the value and `JSON.stringify`
 * of that. What is written is what was checked, since each member is written when it is read: a getter, a proxy or a
 * `toJSON` that is not enumerable cannot slip in anything else.
 */
export function createSafeWriter(): (value: unknown) => string | undefined {
  const openingOf = rememberingNames()
  return (value) => {
    if (isBuiltInExtended()) return undefined
    const page: Page = { text: '{"json":', met: undefined, openingOf }
    try {
      return write(value, page, DEEPEST) ? flat(`${page.text}}`) : undefined
    } catch {
      return undefined // a getter's error, or a proxy's: which of several is told first, the slow way says
    }
  }
}

interface Page {
  text: string
  /** Every object met: superjson notes those that it meets again. */
  met: Set<object> | undefined
  readonly openingOf: (name: string) => Opening | undefined
}

/** What a member's name begins, as the first of its object and as one of the next. */
interface Opening {
  readonly first: string
  readonly next: string
}

/** Whether all of it was written. */
function write(value: unknown, page: Page, deepest: number): boolean {
  if (typeof value === 'string') {
    page.text += quoted(value)
    return true
  }
  if (typeof value === 'object' && value !== null) {
    if (deepest === 0) return false
    return Array.isArray(value) ? writeArray(value, page, deepest - 1) : writeObject(value, page, deepest - 1)
  }
  if (!isSafe(value)) return false
  page.text += `${value}`
  return true
}

/** A string of ordinary characters is its own JSON text, which is found out several times faster than JSON writes it. */
function quoted(text: string): string {
  return EXTRAORDINARY.test(text) ? JSON.stringify(text) : `"${text}"`
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON escapes them
const EXTRAORDINARY = /["\\\u0000-\u001f\ud800-\udfff]/

function writeArray(array: readonly unknown[], page: Page, deepest: number): boolean {
  if (Object.getPrototypeOf(array) !== Array.prototype || isMetAgain(array, page)) return false
  const names = Object.keys(array) // positions come first, so that the last one tells of all
  if (names.length !== array.length || Object.getOwnPropertySymbols(array).length > 0) return false
  if (names.length > 0 && names.at(-1) !== String(array.length - 1)) return false
  if (array.length >= LONG) {
    const items = [...array]
    if (items.every(isSafe)) {
      page.text += JSON.stringify(items)
      return true
    }
  }
  page.text += '['
  for (let i = 0; i < array.length; i++) {
    if (i > 0) page.text += ','
    if (!write(array[i], page, deepest)) return false
  }
  page.text += ']'
  return true
}

/** Whether it is a primitive that JSON keeps. */
function isSafe(value: unknown): value is string | number | boolean | null {
  if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0)
  return typeof value === 'string' || typeof value === 'boolean' || value === null
}

function writeObject(object: object, page: Page, deepest: number): boolean {
  if (Object.getPrototypeOf(object) !== Object.prototype || ArrayBuffer.isView(object)) return false
  if (Object.getOwnPropertySymbols(object).length > 0 || isMetAgain(object, page)) return false
  let isEmpty = true
  // Nothing is inherited here that is enumerable.
  for (const name in object) {
    const opening = page.openingOf(name)
    if (opening === undefined) return false
    page.text += isEmpty ? opening.first : opening.next
    isEmpty = false
    if (!write((object as Record<string, unknown>)[name], page, deepest)) return false
  }
  page.text += isEmpty ? '{}' : '}'
  return true
}

function isMetAgain(object: object, page: Page): boolean {
  page.met ??= new Set()
  const { size } = page.met
  return page.met.add(object).size === size
}

/** Names are few, and come again. */
function rememberingNames(): (name: string) => Opening | undefined {
  let openings = new Map<string, Opening>()
  return (name) => {
    const known = openings.get(name)
    if (known !== undefined) return known
    if (RESERVED.has(name)) return undefined
    const quote = quoted(name)
    const opening = { first: `{${quote}:`, next: `,${quote}:` }
    if (name.length > NAME_LENGTH) return opening
    if (openings.size >= NAMES) openings = new Map()
    openings.set(name, opening)
    return opening
  }
}

/** Whether somebody has added to what all objects or arrays inherit: then members are not the only ones found, or are not what is written. */
function isBuiltInExtended(): boolean {
  for (const _ in Array.prototype) return true
  return 'toJSON' in Array.prototype
}

/** The same text in one piece: put together from pieces it takes several times the memory until it is read. */
function flat(text: string): string {
  text.charCodeAt(0)
  return text
}
