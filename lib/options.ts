import type { CoderOption, CoderRegistry } from './coder.js'
import { kindOf } from './coders/kind.js'
import { OptionError } from './errors.js'

/** Any function that can be wrapped. */
export type AnyFunction = (...args: never[]) => unknown

/** What the function gives, awaited. */
export type ResultOf<F extends AnyFunction> = Awaited<ReturnType<F>>

/** The options of `cached`. An option that is `undefined` counts as not given. */
export interface CachedOptions<F extends AnyFunction = AnyFunction, C = CoderOption | undefined, M = unknown> {
  /**
   * Where entries are kept: a `Keyv`, a Keyv adapter (`KeyvRedis`, `KeyvMemcache`, ...), the client of one of these two,
   * or a Map-like (`Map`, `lru-cache`, `quick-lru`, `lru({ max })`). `undefined`: an LRU of 1,000 entries of this
   * function's own.
   */
  store?: object | undefined
  /**
   * How values are coded: a name, a coder, an `[encode, decode]` pair, or a list applied left to right. `undefined`:
   * `'bypass'` where values stay objects (a Map-like, a `Keyv` without serializer), else `'superjson'`.
   */
  coder?: C | undefined
  /** Where coder names are looked up. `undefined`: the shared registry `coders`. Ring's `coder_registry`. */
  coderRegistry?: CoderRegistry | undefined
  /**
   * Makes the key of a call from its arguments: an array is the parts to compose, a string the whole key, verbatim.
   * `undefined`: the arguments are the parts.
   */
  key?: ((...args: Parameters<F>) => string | readonly unknown[]) | undefined
  /**
   * What every key begins with. No `::`, no `:` at its end. `undefined`: the function's name. Required for an anonymous
   * function on a store that was passed. Ring's `key_prefix`.
   */
  keyPrefix?: string | undefined
  /**
   * Rewrites the finished key, in place of what the store's limits would do to it. `undefined`: on memcached a key of
   * more than 250 bytes, or with bytes outside `!` to `~`, is hashed. Ring's `key_refactor`.
   */
  keyRefactor?: ((key: string) => string) | undefined
  /** Positions of arguments that are no part of the key, from 0. `undefined`: none. Ring's `ignorable_keys`. */
  ignorableKeys?: readonly number[] | undefined
  /**
   * How long an entry lives, in milliseconds: a finite number above 0, or a function of the value and the arguments.
   * `undefined`: until it is removed (with a `Keyv` of one's own: that Keyv's `ttl`). Ring's `expire`, in seconds there.
   */
  ttl?: number | ((value: ResultOf<F>, ...args: Parameters<F>) => number) | undefined
  /** What `get` gives for a miss. `undefined`: `undefined`. Ring's `miss_value`. */
  missValue?: M | undefined
  /**
   * How long one call, or one control, waits for the store in all, in milliseconds: above 0, at most 2^31 - 1. A command
   * that was sent may still take effect after it was given up on. `undefined`: 1,000.
   */
  storeTimeout?: number | undefined
  /**
   * What a plain call does when the store fails: `'execute'` carries on with the function, `'throw'` rejects with the
   * `StoreError`, also when the function has run and only its result could not be stored. `undefined`: `'execute'`.
   */
  onStoreError?: 'execute' | 'throw' | undefined
}

/** What a timer of Node can wait. */
const LONGEST_TIMEOUT = 2 ** 31 - 1

const NAMES: Record<keyof CachedOptions, true> = {
  store: true,
  coder: true,
  coderRegistry: true,
  key: true,
  keyPrefix: true,
  keyRefactor: true,
  ignorableKeys: true,
  ttl: true,
  missValue: true,
  storeTimeout: true,
  onStoreError: true,
}

/** The name of every option. */
export const OPTION_NAMES = Object.keys(NAMES) as (keyof CachedOptions)[] // Object.keys forgets the names

/** @throws OptionError for an option that is unknown or out of range */
export function checkOptions(options: CachedOptions): void {
  if (typeof options !== 'object' || options === null)
    throw new OptionError(`options must be an object, got ${kindOf(options)}`)
  for (const name of Object.keys(options)) {
    if (!Object.hasOwn(NAMES, name)) {
      throw new OptionError(`unknown option '${name}'; the options are ${Object.keys(NAMES).join(', ')}`)
    }
  }
  const { ttl, storeTimeout, onStoreError, key, keyRefactor, ignorableKeys, coderRegistry } = options
  if (ttl !== undefined && typeof ttl !== 'function') checkMilliseconds('ttl', ttl)
  if (storeTimeout !== undefined) checkMilliseconds('storeTimeout', storeTimeout, LONGEST_TIMEOUT)
  if (onStoreError !== undefined && onStoreError !== 'execute' && onStoreError !== 'throw') {
    throw new OptionError(`onStoreError must be 'execute' or 'throw', got ${String(onStoreError)}`)
  }
  if (key !== undefined && typeof key !== 'function') throw new OptionError(`key must be a function, got ${typeof key}`)
  if (keyRefactor !== undefined && typeof keyRefactor !== 'function') {
    throw new OptionError(`keyRefactor must be a function, got ${typeof keyRefactor}`)
  }
  if (ignorableKeys !== undefined) checkPositions(ignorableKeys)
  if (key !== undefined && ignorableKeys !== undefined) {
    throw new OptionError('key and ignorableKeys contradict each other: key alone decides which arguments count')
  }
  if (coderRegistry !== undefined && typeof coderRegistry?.get !== 'function') {
    throw new OptionError('coderRegistry must be what coderRegistry() gives')
  }
}

function checkPositions(positions: unknown): void {
  if (Array.isArray(positions) && positions.every((at) => Number.isSafeInteger(at) && at >= 0)) return
  throw new OptionError(
    `ignorableKeys must be an array of argument positions (0, 1, ...), got ${JSON.stringify(positions)}`,
  )
}

/** @throws OptionError unless it is a finite number above 0 */
export function checkMilliseconds(name: string, ms: unknown, most = Number.MAX_VALUE): asserts ms is number {
  if (typeof ms === 'number' && ms > 0 && ms <= most) return
  const bound = most === Number.MAX_VALUE ? '' : ` and at most ${most}`
  const got = typeof ms === 'string' ? JSON.stringify(ms) : String(ms)
  throw new OptionError(`${name} must be a finite number of milliseconds above 0${bound}, got ${got}`)
}
