import type { Keyv } from 'keyv'
import type { CoderOption } from './coder.js'
import type { CoderOutput } from './coders/output.js'
import type { AnyFunction, ResultOf } from './options.js'
import type { Capabilities } from './storage/storage.js'
import type { EventName, Listener } from './trace.js'

/**
 * A cached function: called like `F`, awaited, with every control as a property of its own. Overloads and type
 * parameters of an asynchronous `F` survive on the call; the controls have those of its last overload.
 */
export type Cached<F extends AnyFunction, C = undefined, M = undefined> = CallOf<F> & Controls<F, C, M>

/** How a cached `F` is called. */
export type CallOf<F extends AnyFunction> = [keyof F, F] extends [never, (...args: never[]) => Promise<unknown>]
  ? F
  : (...args: Parameters<F>) => Promise<ResultOf<F>>

/** The controls of a cached function, by its own arguments. `C` is its coder, `M` the type of `missValue`. */
export interface Controls<F extends AnyFunction, C, M> extends Actions<F, C, M> {
  /** The key of a call, as it is in the store. Throws a `KeyError` for arguments that cannot be part of a key. */
  key(...args: Parameters<F>): string
  /** The keys of many calls. Throws like `key`, and an `ActionError` for an item that is not an array. */
  keyMany(...argsList: Parameters<F>[]): string[]
  /** Runs any action by its name; rejects with an `ActionError` that lists the names for an unknown one. */
  run<A extends ActionName>(action: A, ...args: Parameters<Actions<F, C, M>[A]>): ReturnType<Actions<F, C, M>[A]>
  /** What this function's coder stores for a value, without metadata. Rejects with a `CoderError`. */
  encode(value: ResultOf<F>): Promise<unknown>
  /** The value of what `storage.backend.get(key)` gave. Rejects with a `CoderError`. */
  decode(stored: unknown): Promise<CoderOutput<C, ResultOf<F>>>
  /** The store by keys, decoded, and the Keyv below it. */
  readonly storage: StorageView<CoderOutput<C, ResultOf<F>> | M, ResultOf<F>>
  /** Tells `listener` of an event; see `EventName`. */
  on(event: EventName, listener: Listener<Parameters<F>, ResultOf<F>>): void
  /** Tells it no more. */
  off(event: EventName, listener: Listener<Parameters<F>, ResultOf<F>>): void
}

/** What can be done by a name of its own, or by `run`. Every action rejects with a `KeyError` for arguments that cannot be part of a key. */
export interface Actions<F extends AnyFunction, C, M> {
  /** The stored value, else runs the function, stores and gives what it gave. This is what a call does. */
  getOrUpdate(...args: Parameters<F>): Promise<ResultOf<F>>
  /** The fresh stored value, else `missValue`. Never runs the function, never waits for a run. */
  get(...args: Parameters<F>): Promise<CoderOutput<C, ResultOf<F>> | M>
  /** Stores a value for these arguments; the value comes first, as in Ring. */
  set(value: ResultOf<F>, ...args: Parameters<F>): Promise<void>
  /** Runs the function, stores and gives what it gave. */
  update(...args: Parameters<F>): Promise<ResultOf<F>>
  /** Removes the entry: whether something was there (true where the store cannot tell). */
  delete(...args: Parameters<F>): Promise<boolean>
  /** Whether there is a fresh entry. Nothing is decoded. */
  has(...args: Parameters<F>): Promise<boolean>
  /** Starts the entry's `ttl` anew: false if it is absent. Rejects with an `UnsupportedError` without a `ttl`. */
  touch(...args: Parameters<F>): Promise<boolean>
  /** Runs the function, past the cache. */
  execute(...args: Parameters<F>): Promise<ResultOf<F>>
  /** `get` for each list of arguments, by one bulk read. */
  getMany(...argsList: Parameters<F>[]): Promise<(CoderOutput<C, ResultOf<F>> | M)[]>
  /** `getOrUpdate` for each: one bulk read, one run per distinct missing key, one bulk write. Rejects with the first error in order. */
  getOrUpdateMany(...argsList: Parameters<F>[]): Promise<ResultOf<F>[]>
  /** Stores a value for each list of arguments. Lists of different lengths are an `ActionError`, and nothing is stored. */
  setMany(argsList: readonly Parameters<F>[], values: readonly ResultOf<F>[]): Promise<void>
  /** `update` for each distinct key, with one bulk write. */
  updateMany(...argsList: Parameters<F>[]): Promise<ResultOf<F>[]>
  /** `delete` for each. */
  deleteMany(...argsList: Parameters<F>[]): Promise<boolean[]>
  /** `has` for each. */
  hasMany(...argsList: Parameters<F>[]): Promise<boolean[]>
  /** `touch` for each. */
  touchMany(...argsList: Parameters<F>[]): Promise<boolean[]>
  /** `execute` for each. */
  executeMany(...argsList: Parameters<F>[]): Promise<ResultOf<F>[]>
}

/** The name of an action. */
export type ActionName = keyof Actions<AnyFunction, CoderOption, unknown>

/** The store of a cached function by its keys: what is read is decoded, what is written fences like the controls. */
export interface StorageView<Read, Written> {
  /** The Keyv below, for raw reads and writes, which neither fence nor wait within `storeTimeout`. */
  readonly backend: Keyv
  readonly capabilities: Capabilities
  /** The fresh value at a key, decoded, else `missValue`. */
  get(key: string): Promise<Read>
  /** Stores a value, for `ttl` milliseconds (`undefined`: the function's own number). */
  set(key: string, value: Written, ttl?: number): Promise<void>
  /** Removes the entry at a key: whether something was there (true where the store cannot tell). */
  delete(key: string): Promise<boolean>
  /** Whether there is a fresh entry at a key. Nothing is decoded. */
  has(key: string): Promise<boolean>
  /** Starts the entry's `ttl` anew (`undefined`: the function's own number). */
  touch(key: string, ttl?: number): Promise<boolean>
}
