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
