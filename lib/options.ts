import type { AsyncLocalStorage } from 'node:async_hooks'
import type { Keyv } from 'keyv'
import type { ActionName, CallActions, UserActions } from './action-call.js'
import type { CoderOption, CoderRegistry } from './coder.js'
import type { AnyFunction, ResultOf } from './function.js'
import type { StorageContract } from './storage/contract.js'
import type { Storage } from './storage/storage.js'

/**
 * The options of `cached`. An option that is `undefined` counts as not given. `C` is the type of `coder`, `M` that of
 * `missValue`, `P` that of `parameters`; `X` has the results of the actions of `userInterface`, `D` is `defaultAction`, and `R` is
 * `receiver`.
 */
export interface CachedOptions<
  F extends AnyFunction = AnyFunction,
  C = CoderOption | undefined,
  M = unknown,
  P = undefined,
  X = unknown,
  D = 'getOrUpdate',
  R = boolean,
> {
  /**
   * Where entries are kept: a `Keyv`, a Keyv adapter (`KeyvRedis`, `KeyvMemcache`, ...), the client of one of these two,
   * a Map-like (`Map`, `lru-cache`, `quick-lru`, `lru({ max })`) or a `Storage` of one's own. Or what gives one of these
   * for each call: a function, or an `AsyncLocalStorage` (Ring's `ContextVar`). `undefined`: an LRU of 1,000 entries of
   * this function's own.
   */
  store?: object | (() => object | undefined) | AsyncLocalStorage<object> | undefined
  /**
   * How values are coded: a name, a coder, an `[encode, decode]` pair, or a list applied left to right. `undefined`:
   * `'bypass'` where values stay objects (a Map-like, a `Keyv` without serializer), else `'superjson'`.
   */
  coder?: C | undefined
  /** Where coder names are looked up. `undefined`: the shared registry `coders`. Ring's `coder_registry`. */
  coderRegistry?: CoderRegistry | undefined
  /**
   * Makes the key of a call from its arguments: an array is the parts to compose, a string the whole key, verbatim
   * (it may not end in `::=` and a name, as the keys of entries beside others do).
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
  /**
   * The names of the arguments, in their order: items of bulk controls may then be objects, and `ignorableKeys` may be
   * names. `undefined`: positions only.
   */
  parameters?: P | undefined
  /**
   * Which arguments are no part of the key: positions, from 0; names that `parameters` gives; or paths into a plain
   * object (`'options.trace'`). `undefined`: none. Ring's `ignorable_keys`.
   */
  ignorableKeys?: readonly IgnorableKey<P>[] | undefined
  /**
   * Whether the function runs with the receiver of the call, `this`, and has it in its key. `undefined`: `false`, except
   * in `cachedClass`.
   */
  receiver?: R | undefined
  /** Whether it is meant that another function on this store has the same prefix. `undefined`: `false`, a warning tells. */
  overload?: boolean | undefined
  /**
   * How long an entry lives, in milliseconds: a finite number above 0, or a function of the value and the arguments.
   * `undefined`: until it is removed (with a `Keyv` of one's own: that Keyv's `ttl`). Ring's `expire`, in seconds there.
   */
  ttl?: number | ((value: ResultOf<F>, ...args: Parameters<F>) => number) | undefined
  /**
   * How much of an entry's `ttl` is taken off at random, so that what was stored together does not end together: a
   * fraction from 0 to below 1. `undefined`: 0.
   */
  jitter?: number | undefined
  /**
   * For how long after the end of its `ttl` a call gives the old value at once, and refreshes it once behind itself, in
   * milliseconds. Needs `ttl`. `undefined`, and `false`: not at all. RFC 5861.
   */
  staleWhileRevalidate?: number | false | undefined
  /**
   * For how long after the end of its `ttl` a call gives the old value if the function fails, in milliseconds. Needs `ttl`.
   * `undefined`, and `false`: not at all. RFC 5861.
   */
  staleIfError?: number | false | undefined
  /**
   * How long no other refresh is tried after one has failed, while there is an old value to be given, in milliseconds:
   * twice as long after each further failure, up to 30,000 or itself. `undefined`: 1,000.
   */
  retryAfter?: number | undefined
  /**
   * Whether a call may refresh an entry behind itself before its `ttl` ends: the more probable the nearer the end, and the
   * longer the function ran. A number above 0 is the `beta` of XFetch (VLDB 2015): above 1 is earlier. Needs `ttl`.
   * `undefined`: `false`; `true` is 1.
   */
  earlyRefresh?: boolean | number | undefined
  /**
   * Whether what the function gave is to be stored; `set` stores whatever it is given. `undefined`: everything is. What an
   * `update` gave and is not stored still ends what was stored before it.
   */
  cacheIf?: ((value: ResultOf<F>, ...args: Parameters<F>) => boolean) | undefined
  /**
   * After how long a call that has an old value to fall back on gives that, and lets the function end and be stored behind
   * itself, in milliseconds. `undefined`, and `false`: it waits. Without `staleIfError` there is no such value.
   */
  softTimeout?: number | false | undefined
  /**
   * How long a run of the function may take, in milliseconds: then its callers get a `TimeoutError` (or an old value), and
   * the next call runs it anew. What it gives later is stored only if nothing newer has begun. `undefined`, and `false`: as
   * long as it takes.
   */
  hardTimeout?: number | false | undefined
  /** Is given the promise of each work behind a call, which never rejects: for hosts that end a process with its calls. */
  waitUntil?: ((work: Promise<void>) => void) | undefined
  /**
   * Runs the function for many lists of arguments at once: it gives their results in order; an item that is an `Error` is
   * the failure of that call alone. `getOrUpdateMany`, `updateMany` and `executeMany` call it in place of the function.
   * `undefined`: the function runs for each.
   */
  loadMany?: LoadMany<F> | undefined
  /**
   * Gathers runs of calls that are made at the same time into one of `loadMany`, which it needs; both times are
   * milliseconds. `undefined`: each single call runs the function.
   */
  batch?: Batch | undefined
  /** What `get` gives for a miss. `undefined`: `undefined`. Ring's `miss_value`. */
  missValue?: M | undefined
  /**
   * Replaces actions, or adds some: it gets the actions as they are and gives those that are to be. What it does not
   * give stays. Called once, when the function is wrapped. Ring's `user_interface`.
   */
  userInterface?: ((actions: CallActions<F, C, M>) => object & UserActions<F, C, M, X>) | undefined
  /**
   * What a call does: the name of an action, an added one included, or `null`: a call is an `ActionError`. `undefined`: `'getOrUpdate'`. By a name
   * that is no action the type is not callable: to check it here would keep `X` from being inferred. Ring's `default_action`.
   */
  defaultAction?: D | undefined
  /**
   * Replaces the Storage over the backend: how entries are read and written there. Called when the function is wrapped;
   * for a `store` that is resolved at each call, once for each. `undefined`: the one that fits the store. Ring's
   * `storage_interface`.
   */
  storageInterface?: ((backend: Keyv, info: StorageInfo) => StorageContract) | undefined
  /**
   * How long one call, or one control, waits for the store in all, in milliseconds: above 0, at most 2^31 - 1. A command
   * that was sent may still take effect after it was given up on. `undefined`: 1,000.
   */
  storeTimeout?: number | undefined
  /**
   * Whether one process at a time runs the function for a key, and what it gives is stored only if nothing was deleted or
   * written since (`capabilities.lease` says how far the store can tell). Times are milliseconds, above 0 and at most
   * 2^31 - 1. `undefined`: with the times' defaults where the store tells by itself (Redis), `false` elsewhere. By
   * `true`, or times, it is asked for wherever the store can.
   */
  lease?: boolean | LeaseTimes | undefined
  /**
   * What a plain call does when the store fails: `'execute'` carries on with the function, `'throw'` rejects with the
   * `StoreError`, also when the function has run and only its result could not be stored. `undefined`: `'execute'`.
   */
  onStoreError?: 'execute' | 'throw' | undefined
}

/** Many runs of `F` in one: for each list of arguments its result, or an `Error`. */
export type LoadMany<F extends AnyFunction> = (
  argsList: readonly Parameters<F>[],
) => PromiseLike<readonly (ResultOf<F> | Error)[]> | readonly (ResultOf<F> | Error)[]

/** How runs are gathered. */
export interface Batch {
  /** How many at most go into one `loadMany`, those of a bulk control included. `undefined`: as many as there are. */
  maxSize?: number | undefined
  /** How long the first waits for others, in milliseconds, from 0. `undefined`: 0, those of one turn of the event loop. */
  wait?: number | undefined
}

/** How long leases last, in milliseconds. */
export interface LeaseTimes {
  /** After how long without a sign of life of the process that runs another may run. `undefined`: 10,000. */
  ttl?: number | undefined
  /**
   * How long a call waits for what another process runs; then it runs itself, and does not store what that gives. Not
   * less than `ttl`. `undefined`: 30,000, or `ttl` if that is more.
   */
  wait?: number | undefined
}

/** The options of whatever function. */
export type AnyOptions = CachedOptions<
  AnyFunction,
  CoderOption | undefined,
  unknown,
  readonly string[] | undefined,
  unknown,
  string | null
>

/** What `defaultAction` may be: names that are no actions are refused when the function is wrapped. */
export type DefaultAction = ActionName | (string & Record<never, never>) | null

/** What `ignorableKeys` may name. */
export type IgnorableKey<P> =
  | number
  | (P extends readonly (infer Name extends string)[] ? Name | `${Name}.${string}` : never)

/** What a `storageInterface` is told beside the backend. */
export interface StorageInfo {
  /** The Storage that is used without a `storageInterface`. */
  readonly storage: Storage
  /** What every key of the function begins with. */
  readonly keyPrefix: string
}
