/** From the arguments of a call to its key: `<function>[:<receiver>][::<token>:<token>...]`. */
import { createHash } from 'node:crypto'
import { kindOf } from './coders/kind.js'
import { KeyError, OptionError } from './errors.js'
import { escaped, isIllFormed, percentEncoded, stringToken } from './escape.js'
import { type Place, rootPlace, token } from './token.js'

export { ringKey } from './token.js'

/** How the keys of one function are made; the options have been checked. */
export interface KeyerOptions {
  /** What every key begins with, as `functionPart` gives it. */
  functionPart: string
  /** Gives the parts to compose, or the whole key verbatim, in place of the arguments. */
  key?: ((...args: never[]) => string | readonly unknown[]) | undefined
  /** Positions of arguments that are no part of the key. */
  ignorableKeys?: readonly number[] | undefined
  /** Rewrites the composed key, in place of `fit`. May read its surroundings: called for every call. */
  keyRefactor?: ((key: string) => string) | undefined
  /** Makes a key meet the store's limits. Pure. */
  fit?: ((key: string, functionPart: string) => string) | undefined
  /** Throws if the store cannot take the finished key. Pure. */
  check?: ((key: string) => void) | undefined
}

type Keyer = (args: readonly unknown[]) => string

const ARGUMENTS = rootPlace('$')
const PARTS = rootPlace('key(...)')

/** The way from arguments to the key as stored. What it gives throws `KeyError`. */
export function createKeyer(options: KeyerOptions): Keyer {
  const { functionPart, key, ignorableKeys = [], keyRefactor, fit: madeToFit, check } = options
  const ignored = new Set(ignorableKeys)
  const compose: Keyer = key
    ? (args) => givenKey(functionPart, key(...(args as never[]))) // the arguments are the wrapped function's own
    : (args) => joined(functionPart, tokensOf(args, ARGUMENTS, ignored))
  const finish = (composed: string) => {
    const finished = keyRefactor
      ? wholeKey(keyRefactor(composed), 'keyRefactor')
      : (madeToFit?.(composed, functionPart) ?? composed)
    check?.(finished)
    return finished
  }
  if (key || ignored.size > 0) return (args) => finish(compose(args))
  const composeFast = fastCompose(functionPart, compose)
  return keyRefactor ? (args) => finish(composeFast(args)) : remembering((args) => finish(composeFast(args)))
}

/** Saves the walk over any value and its place, and the list of tokens, where one or two arguments are simple. */
function fastCompose(functionPart: string, compose: Keyer): Keyer {
  return (args) => {
    const { length, 0: first, 1: second } = args
    if (length === 1 && isSimple(first)) return `${functionPart}::${simpleToken(first)}`
    if (length === 2 && isSimple(first) && isSimple(second)) {
      return `${functionPart}::${simpleToken(first)}:${simpleToken(second)}`
    }
    return compose(args)
  }
}

const isSimple = (value: unknown): value is string | number => typeof value === 'string' || typeof value === 'number'

const simpleToken = (value: string | number) => (typeof value === 'string' ? stringToken(value) : String(value))

const MEMO_ENTRIES = 1_000
const MEMO_LENGTH = 256

/**
 * Saves scanning, joining and fitting for a single argument that came before. A Map tells 1 from '1' and takes -0 for 0,
 * as the grammar does. It starts anew when full, and long arguments pass it by, so its memory is bounded.
 */
function remembering(keyOf: Keyer): Keyer {
  let keys = new Map<string | number, string>()
  return (args) => {
    const only = args[0]
    if (args.length !== 1 || !isSimple(only)) return keyOf(args)
    const known = keys.get(only)
    if (known !== undefined) return known
    const key = keyOf(args)
    if (typeof only === 'string' && only.length > MEMO_LENGTH) return key
    if (keys.size >= MEMO_ENTRIES) keys = new Map()
    keys.set(only, key)
    return key
  }
}

/** The key of a call, composed the complete way. @throws KeyError with the path of what cannot be part of a key */
export function composeKey(functionPart: string, args: readonly unknown[], receiver?: string): string {
  return joined(receiver === undefined ? functionPart : `${functionPart}:${receiver}`, tokensOf(args, ARGUMENTS))
}

const joined = (start: string, tokens: readonly string[]) =>
  tokens.length === 0 ? start : `${start}::${tokens.join(':')}`

function tokensOf(values: readonly unknown[], root: Place, ignored?: ReadonlySet<number>): string[] {
  const tokens: string[] = []
  for (let i = 0; i < values.length; i++) {
    if (!ignored?.has(i)) tokens.push(token(values[i], i, root))
  }
  while (tokens.at(-1) === 'undefined') tokens.pop()
  return tokens
}

function givenKey(functionPart: string, given: unknown): string {
  return Array.isArray(given) ? joined(functionPart, tokensOf(given, PARTS)) : wholeKey(given, 'key')
}

function wholeKey(given: unknown, option: 'key' | 'keyRefactor'): string {
  if (typeof given === 'string' && given !== '' && !isIllFormed(given)) return given
  const asked = option === 'key' ? 'a non-empty string or an array of parts' : 'a non-empty string'
  throw new KeyError(`the ${option} option must give ${asked}, in well-formed Unicode; it gave ${shown(given)}`)
}

const shown = (given: unknown) => (typeof given === 'string' ? JSON.stringify(given) : kindOf(given))

/**
 * What every key of a function begins with: `keyPrefix` verbatim, else the name, escaped (an empty one stays empty).
 * @throws OptionError if the prefix could be taken for something longer or shorter
 */
export function functionPart(name: string, keyPrefix: string | undefined): string {
  if (keyPrefix === undefined) return escaped(name)
  const fits = typeof keyPrefix === 'string' && /^(?!.*::).*[^:]$/s.test(keyPrefix) && !isIllFormed(keyPrefix)
  if (fits) return keyPrefix
  const contract = "a non-empty string in well-formed Unicode, without '::' and not ending in ':'"
  throw new OptionError(`keyPrefix must be ${contract}; got ${shown(keyPrefix)}`)
}

/**
 * The receiver's part of a key, from what its `[ringKey]()` gave: verbatim but for what could end it or break a line.
 * @throws KeyError unless it is a non-empty string, a number or a bigint
 */
export function receiverText(identity: unknown): string {
  const fits =
    (typeof identity === 'string' && identity !== '') || typeof identity === 'number' || typeof identity === 'bigint'
  if (fits) return String(identity).replace(/[%\s\p{Cc}\p{Cs}]|(?<=^|:):|:$/gu, percentEncoded)
  const asked = 'a non-empty string, a number or a bigint'
  throw new KeyError(`the [ringKey]() of a receiver must give ${asked}; it gave ${shown(identity)}`)
}

/** Whether memcached takes a key as it is: printable ASCII without a space, at most `maxBytes` long. */
export const fitsMemcached = (key: string, maxBytes: number) => key.length <= maxBytes && /^[!-~]+$/.test(key)

/** `<function>::sha256=<hex of the whole key>`, printable ASCII; the function is shortened to fit `maxBytes` (80 or more). */
export function hashedKey(key: string, functionPart: string, maxBytes: number): string {
  const hash = `::sha256=${createHash('sha256').update(key).digest('hex')}`
  const printable = functionPart.replace(/[^!-~]/gu, percentEncoded)
  const shortened = printable.slice(0, Math.max(0, maxBytes - hash.length))
  return `${shortened === printable ? printable : shortened.replace(/(?:%.?|:+)$/, '')}${hash}`
}
