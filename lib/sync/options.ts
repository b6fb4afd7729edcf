import type { ActionName } from '../action-call.js'
import { checkOptions, OPTION_NAMES } from '../check-options.js'
import type { CoderOption } from '../coder.js'
import { kindOf } from '../coders/kind.js'
import { OptionError } from '../errors.js'
import type { AnyFunction } from '../function.js'
import type { AnyOptions, CachedOptions } from '../options.js'
import { isMapLike, type MapLike, privateStore } from '../storage/memory.js'

/** The options of `cachedSync`: those of `cached` that a synchronous function has a use for. An option that is `undefined` counts as not given. */
export interface CachedSyncOptions<
  F extends AnyFunction = AnyFunction,
  C = CoderOption | undefined,
  M = unknown,
  P = undefined,
  D = 'getOrUpdate',
  R = boolean,
> extends Omit<CachedOptions<F, C, M, P, unknown, D, R>, 'store' | 'defaultAction' | AsynchronousOption> {
  /**
   * Where entries are kept: a Map-like (`Map`, `lru-cache`, `quick-lru`, `lru({ max })`). `undefined`: an LRU of 1,000
   * entries of this function's own.
   */
  store?: MapLike | undefined
  /** What a call does: the name of an action, or `null`: a call is an `ActionError`. `undefined`: `'getOrUpdate'`. */
  defaultAction?: (D & (ActionName | null)) | undefined
}

/** What only `cached` has. */
type AsynchronousOption =
  | 'userInterface'
  | 'storageInterface'
  | 'storeTimeout'
  | 'lease'
  | 'staleWhileRevalidate'
  | 'earlyRefresh'
  | 'softTimeout'
  | 'hardTimeout'
  | 'waitUntil'
  | 'loadMany'
  | 'batch'

const INSTEAD: Record<AsynchronousOption, string> = {
  storeTimeout: 'a Map-like answers at once, leave it out',
  lease: 'a Map-like is that of one process, leave it out',
  staleWhileRevalidate: 'nothing goes on behind a synchronous call; staleIfError is there',
  earlyRefresh: 'nothing goes on behind a synchronous call, leave it out',
  softTimeout: 'a synchronous function cannot be left behind, leave it out',
  hardTimeout: 'a synchronous function cannot be left behind, leave it out',
  waitUntil: 'nothing goes on behind a synchronous call, leave it out',
  loadMany: 'call the function for each, or use cached',
  batch: 'call the function for each, or use cached',
  userInterface: 'wrap the controls in functions of your own, or use cached',
  storageInterface: 'pass a Map-like that does what you want as the store, or use cached',
}

const ASYNCHRONOUS = /* @__PURE__ */ Object.keys(INSTEAD) as AsynchronousOption[] // Object.keys forgets the names

/** @throws OptionError for an option that is unknown, out of range, or one of `cached` alone */
export function checkSyncOptions(options: AnyOptions): void {
  const given: AnyOptions = { ...options } // also what is no object, which checkOptions refuses
  for (const name of ASYNCHRONOUS) {
    if (given[name] === undefined) continue
    throw new OptionError(`${name} is an option of cached, and none of cachedSync: ${INSTEAD[name]}`)
  }
  const isKnown = (name: string) => Object.hasOwn(given, name) || !Object.hasOwn(INSTEAD, name)
  checkOptions(options, OPTION_NAMES.filter(isKnown))
}

/** The Map-like that was passed; a private LRU if none was. @throws OptionError for any other store */
export function mapLikeOf(store: unknown): MapLike {
  if (store === undefined) return privateStore()
  if (typeof store === 'object' && store !== null && isMapLike(store)) return store
  throw new OptionError(
    `the store of cachedSync must be a Map-like, which answers at once (Map, lru-cache, quick-lru, lru({ max })), got ${kindOf(store)}; for a Keyv, an adapter, a client, or a store that is resolved at each call use cached`,
  )
}
