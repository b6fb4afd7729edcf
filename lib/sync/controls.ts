/** What `cachedSync` makes of a function, in types. */
import type { CoderOutput } from '../coders/output.js'
import type { BOUND, ReceiverOf } from '../controls.js'
import type { AnyFunction, ItemOf } from '../function.js'
import type { StoreHealth } from '../health.js'
import type { MapLike } from '../storage/memory.js'
import type { Capabilities } from '../storage/storage.js'
import type { EventName, Listener } from '../trace.js'

/**
 * A synchronous cached function: called like `F`, with every control as a property. Overloads and type
 * parameters of `F` survive on the call; the controls have those of its last overload.
 *
 * `C` is its coder, `M` the type of `missValue`, `P` the names of its `parameters`, `D` is its `defaultAction`, and `R` is `true` where it
 * has a `receiver`.
 */
export type CachedSync<
  F extends AnyFunction,
  C = undefined,
  M = undefined,
  P = undefined,
  D = 'getOrUpdate',
  R = boolean,
> = DefaultCall<F, C, M, P, D> & SyncControls<F, C, M, P> & (R extends true ? SyncBindable<F, C, M, P, D> : unknown)

/** Nothing is called where `defaultAction` is `null`. */
type DefaultCall<F extends AnyFunction, C, M, P, D> = D extends 'getOrUpdate'
  ? CallOf<F>
  : D extends keyof SyncActions<F, C, M, P>
    ? SyncActions<F, C, M, P>[D]
    : unknown

/** What else a function carries is no part of its cached form. */
type CallOf<F extends AnyFunction> = [keyof F] extends [never] ? F : (...args: Parameters<F>) => ReturnType<F>

/** A function with a receiver gets all of its controls by `bind`. */
export interface SyncBindable<F extends AnyFunction, C, M, P, D> {
  /** The same cached function with a receiver of its own: one and the same for each receiver. */
  bind(receiver: ReceiverOf<F>): CachedSync<OmitThisParameter<F>, C, M, P, D>
  /** Exists in types alone: what `bind` gives. */
  readonly [BOUND]?: CachedSync<OmitThisParameter<F>, C, M, P, D>
}

/** The controls of a synchronous cached function, by its own arguments. */
export interface SyncControls<F extends AnyFunction, C, M, P = undefined> extends SyncActions<F, C, M, P> {
  /** The key of a call, as it is in the store. Throws a `KeyError` for arguments that cannot be part of a key. */
  key(...args: Parameters<F>): string
  /** The keys of many calls. Throws like `key`, and an `ActionError` for an item that is no list of arguments. */
  keyMany(...argsList: ItemOf<F, P>[]): string[]
  /** Runs any action by its name; throws an `ActionError` that lists the names for an unknown one. */
  run<A extends keyof SyncActions<F, C, M, P>>(
    action: A,
    ...args: Parameters<SyncActions<F, C, M, P>[A]>
  ): ReturnType<SyncActions<F, C, M, P>[A]>
  /** What this function's coder stores for a value, without metadata. Throws a `CoderError`. */
  encode(value: ReturnType<F>): unknown
  /** The value of what the Map holds, or of the `value` in it. Throws a `CoderError`. */
  decode(stored: unknown): CoderOutput<C, ReturnType<F>>
  /** The store by keys, decoded, and the Map-like below it. */
  readonly storage: SyncStorageView<CoderOutput<C, ReturnType<F>> | M, ReturnType<F>>
  /** Tells `listener` of an event; see `EventName`. Of a bound function, only of what its receiver's calls do. */
  on(event: EventName, listener: Listener<Parameters<F>, ReturnType<F>>): void
  /** Tells it no more. */
  off(event: EventName, listener: Listener<Parameters<F>, ReturnType<F>>): void
}

/** What can be done by a name of its own, or by `run`. Every action throws a `KeyError` for arguments that cannot be part of a key. */
export interface SyncActions<F extends AnyFunction, C, M, P = undefined> {
  /** The stored value, else runs the function, stores and gives what it gave. This is what a call does. */
  getOrUpdate(...args: Parameters<F>): ReturnType<F>
  /** The fresh stored value, else `missValue`. Never runs the function. */
  get(...args: Parameters<F>): CoderOutput<C, ReturnType<F>> | M
  /** Stores a value for these arguments; the value comes first, as in Ring. */
  set(value: ReturnType<F>, ...args: Parameters<F>): void
  /** Runs the function, stores and gives what it gave. */
  update(...args: Parameters<F>): ReturnType<F>
  /** Removes the entry: whether something was there. */
  delete(...args: Parameters<F>): boolean
  /**
   * Ends the entry's `ttl` now without losing it: a call then refreshes it, and may still be given the old value by
   * `staleIfError`, which counts from now. Fences like `delete`, which it is without that. Whether there was an entry of use.
   */
  expire(...args: Parameters<F>): boolean
  /** Whether there is a fresh entry. Nothing is decoded. */
  has(...args: Parameters<F>): boolean
  /** Starts the entry's `ttl` anew: false if it is absent. Throws an `UnsupportedError` without a `ttl`. */
  touch(...args: Parameters<F>): boolean
  /** Runs the function, past the cache. */
  execute(...args: Parameters<F>): ReturnType<F>
  /** `get` for each list of arguments. */
  getMany(...argsList: ItemOf<F, P>[]): (CoderOutput<C, ReturnType<F>> | M)[]
  /** `getOrUpdate` for each, one run per distinct missing key. When all have run and are stored, throws the first error in order. */
  getOrUpdateMany(...argsList: ItemOf<F, P>[]): ReturnType<F>[]
  /** Stores a value for each list of arguments. Lists of different lengths are an `ActionError`, and nothing is stored. */
  setMany(argsList: readonly ItemOf<F, P>[], values: readonly ReturnType<F>[]): void
  /** `update` for each distinct key. */
  updateMany(...argsList: ItemOf<F, P>[]): ReturnType<F>[]
  /** `delete` for each. */
  deleteMany(...argsList: ItemOf<F, P>[]): boolean[]
  /** `expire` for each. */
  expireMany(...argsList: ItemOf<F, P>[]): boolean[]
  /** `has` for each. */
  hasMany(...argsList: ItemOf<F, P>[]): boolean[]
  /** `touch` for each. */
  touchMany(...argsList: ItemOf<F, P>[]): boolean[]
  /** `execute` for each. */
  executeMany(...argsList: ItemOf<F, P>[]): ReturnType<F>[]
}

/** The Map of a synchronous cached function by its keys: what is read is decoded, what is written fences like the controls. */
export interface SyncStorageView<Read, Written> {
  /** The Map-like itself, for raw reads and writes, which do not fence. It holds `{ value, expires }`. */
  readonly backend: MapLike
  readonly capabilities: Capabilities
  /** How the Map does: it is always used, and what is still to be deleted there. */
  readonly health: StoreHealth
  /** The fresh value at a key, decoded, else `missValue`. */
  get(key: string): Read
  /** Stores a value, for `ttl` milliseconds (`undefined`: the function's own number). */
  set(key: string, value: Written, ttl?: number): void
  /** Removes the entry at a key: whether something was there. */
  delete(key: string): boolean
  /** Ends the `ttl` of the entry at a key: whether there was one of use. */
  expire(key: string): boolean
  /** Whether there is a fresh entry at a key. Nothing is decoded. */
  has(key: string): boolean
  /** Starts the entry's `ttl` anew (`undefined`: the function's own number). */
  touch(key: string, ttl?: number): boolean
}
