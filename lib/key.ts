/** From the arguments of a call to its key: `<function>[:<receiver>][::<token>:<token>...]`. */
import { kindOf } from './coders/kind.js'
import { KeyError, OptionError } from './errors.js'
import { escaped, isIllFormed, percentEncoded, stringToken } from './escape.js'
import type { Ignored } from './ignored.js'
import { silence } from './maybe.js'
import { createMemo, type Memo } from './memo.js'
import { nodeCrypto } from './on-demand.js'
import { receiverPart } from './receiver.js'
import { type Place, rootPlace, token } from './token.js'

/** How the keys of one function are made; the options have been checked. */
export interface KeyerOptions {
  /** What every key begins with, as `functionPart` gives it. */
  functionPart: string
  /** Whether the receiver comes next. */
  receiver?: boolean | undefined
  /** Gives the parts to compose, or the whole key verbatim, in place of the arguments. */
  key?: ((...args: never[]) => string | readonly unknown[]) | undefined
  /** What of the arguments is no part of the key. */
  ignored?: Ignored | undefined
  /** Rewrites the composed key, in place of `fit`. May read its surroundings: called for every call. */
  keyRefactor?: ((key: string) => string) | undefined
  /** Makes a key meet the store's limits. Pure. */
  fit?: ((key: string, functionPart: string) => string) | undefined
  /** Throws if the store cannot take the finished key. Pure. */
  check?: ((key: string) => void) | undefined
}

/** The key of a call from its arguments, and from its receiver where it has one. */
export interface Keyer {
  (args: readonly unknown[], receiver?: unknown): string
  /** What it remembers of keys; absent where it remembers none. */
  readonly memo?: Memo
}

const ARGUMENTS = /* @__PURE__ */ rootPlace('$')
const PARTS = /* @__PURE__ */ rootPlace('key(...)')

/** The way from a call to its key as stored. What it gives throws `KeyError`. */
export function createKeyer(options: KeyerOptions): Keyer {
  const { functionPart, receiver: takesReceiver, key, ignored, keyRefactor, fit: madeToFit, check } = options
  const startOf = (receiver: unknown) => (takesReceiver ? `${functionPart}:${receiverPart(receiver)}` : functionPart)
  const root = ignored === undefined ? ARGUMENTS : rootPlace('$', ignored)
  const compose: Keyer = key
    ? (args, receiver) => givenKey(Reflect.apply(key, receiver, args), () => startOf(receiver))
    : (args, receiver) => joined(startOf(receiver), tokensOf(args, root))
  const finish = (composed: string) => {
    const finished = keyRefactor
      ? wholeKey(keyRefactor(composed), 'keyRefactor')
      : (madeToFit?.(composed, functionPart) ?? composed)
    check?.(finished)
    return finished
  }
  if (key || ignored !== undefined) return (args, receiver) => finish(compose(args, receiver))
  const composeFast = fastCompose(startOf, compose)
  const keyOf: Keyer = (args, receiver) => finish(composeFast(args, receiver))
  if (keyRefactor || takesReceiver) return keyOf
  const memo = createMemo(keyOf)
  return Object.assign((args: readonly unknown[]) => memo.find(args) ?? memo.compose(args), { memo })
}

/** Saves the walk over any value and its place, and the list of tokens, where one or two arguments are simple. */
function fastCompose(startOf: (receiver: unknown) => string, compose: Keyer): Keyer {
  return (args, receiver) => {
    const { length, 0: first, 1: second } = args
    if (length === 1 && isSimple(first)) return `${startOf(receiver)}::${simpleToken(first)}`
    if (length === 2 && isSimple(first) && isSimple(second)) {
      return `${startOf(receiver)}::${simpleToken(first)}:${simpleToken(second)}`
    }
    return compose(args, receiver)
  }
}

const isSimple = (value: unknown): value is string | number => typeof value === 'string' || typeof value === 'number'

const simpleToken = (value: string | number) => (typeof value === 'string' ? stringToken(value) : String(value))

/** The key of a call, composed the complete way. @throws KeyError with the path of what cannot be part of a key */
export function composeKey(functionPart: string, args: readonly unknown[], receiver?: string): string {
  return joined(receiver === undefined ? functionPart : `${functionPart}:${receiver}`, tokensOf(args, ARGUMENTS))
}

const joined = (start: string, tokens: readonly string[]) =>
  tokens.length === 0 ? start : `${start}::${tokens.join(':')}`

function tokensOf(values: readonly unknown[], root: Place): string[] {
  const tokens: string[] = []
  for (let i = 0; i < values.length; i++) {
    if (root.ignored?.get(i) !== true) tokens.push(token(values[i], i, root))
  }
  while (tokens.at(-1) === 'undefined') tokens.pop()
  return tokens
}

function givenKey(given: unknown, start: () => string): string {
  return Array.isArray(given) ? joined(start(), tokensOf(given, PARTS)) : wholeKey(given, 'key')
}

function wholeKey(given: unknown, option: 'key' | 'keyRefactor'): string {
  if (typeof given === 'string' && given !== '' && !isIllFormed(given)) {
    if (!/::=[\w-]+$/.test(given)) return given
    throw new KeyError(
      `the ${option} option gave ${shown(given)}: a key that ends in '::=' and a name is that of an entry beside another`,
    )
  }
  silence(given)
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

/** Whether memcached takes a key as it is: printable ASCII without a space, at most `maxBytes` long. */
export const fitsMemcached = (key: string, maxBytes: number) => key.length <= maxBytes && /^[!-~]+$/.test(key)

/** `<function>::sha256=<hex of the whole key>`, printable ASCII; the function is shortened to fit `maxBytes` (80 or more). */
export function hashedKey(key: string, functionPart: string, maxBytes: number): string {
  const hash = `::sha256=${nodeCrypto().createHash('sha256').update(key).digest('hex')}`
  const printable = functionPart.replace(/[^!-~]/gu, percentEncoded)
  const shortened = printable.slice(0, Math.max(0, maxBytes - hash.length))
  return `${shortened === printable ? printable : shortened.replace(/(?:%.?|:+)$/, '')}${hash}`
}
