/** The call that actions get, the actions by it, and the store that it acts on, in types. */
import type { Keyv } from 'keyv'
import type { CoderOutput } from './coders/output.js'
import type { AnyFunction, ResultOf } from './function.js'
import type { StoreHealth } from './health.js'
import type { Capabilities } from './storage/storage.js'

/** One invocation, and what can be done with it. `C` is the function's coder. */
export interface ActionCall<F extends AnyFunction = AnyFunction, C = unknown> {
  readonly key: string
  readonly args: Readonly<Parameters<F>>
  /** `this` of the call, for a function with a receiver. */
  readonly receiver: unknown
  /** The store that the call acts on, by keys: `fn.storage`. */
  readonly storage: StorageView<CoderOutput<C, ResultOf<F>> | undefined, ResultOf<F>>
  /** The fresh entry, decoded; `undefined` is a miss. `expires` is a Unix time in milliseconds, where the store tells it. */
  read(): Promise<{ readonly value: CoderOutput<C, ResultOf<F>>; readonly expires?: number | undefined } | undefined>
  /** Runs the function itself, whatever became of the action `execute`. */
  execute(): Promise<ResultOf<F>>
  /** Stores a value, like the control `set`: what began before it is not written any more. */
  write(value: ResultOf<F>): Promise<void>
  /**
   * Runs `run` (`undefined`: the function) and stores what it gives, as a plain call does: not if a `set`,
   * `delete` or `update` began meanwhile, on this entry or on that of the run that this is made in; and a store that fails
   * is an `error` event.
   */
  refresh(run?: () => Promise<ResultOf<F>>): Promise<ResultOf<F>>
  /** Removes the entry, like the control `delete`: whether something was there. */
  discard(): Promise<boolean>
  /**
   * Another entry of this call, at `<key>::=<name>`, which no call has as its key. `name`: letters, digits, `_`, `-`.
   * `ttl`: milliseconds, `undefined`: that of the function.
   */
  beside(name: string, ttl?: number): ActionCall<F, C>
}

/** What every action does, by the calls it acts on: what `userInterface` gets, and may replace. */
export interface CallActions<F extends AnyFunction = AnyFunction, C = unknown, M = unknown> {
  getOrUpdate(call: ActionCall<F, C>): Promise<ResultOf<F>>
  get(call: ActionCall<F, C>): Promise<CoderOutput<C, ResultOf<F>> | M>
  set(call: ActionCall<F, C>, value: ResultOf<F>): Promise<void>
  update(call: ActionCall<F, C>): Promise<ResultOf<F>>
  delete(call: ActionCall<F, C>): Promise<boolean>
  expire(call: ActionCall<F, C>): Promise<boolean>
  has(call: ActionCall<F, C>): Promise<boolean>
  touch(call: ActionCall<F, C>): Promise<boolean>
  /** Runs the function. `getOrUpdate`, `update` and their bulk versions run it by this action. */
  execute(call: ActionCall<F, C>): Promise<ResultOf<F>>
  getMany(calls: readonly ActionCall<F, C>[]): Promise<(CoderOutput<C, ResultOf<F>> | M)[]>
  getOrUpdateMany(calls: readonly ActionCall<F, C>[]): Promise<ResultOf<F>[]>
  setMany(calls: readonly ActionCall<F, C>[], values: readonly ResultOf<F>[]): Promise<void>
  updateMany(calls: readonly ActionCall<F, C>[]): Promise<ResultOf<F>[]>
  deleteMany(calls: readonly ActionCall<F, C>[]): Promise<boolean[]>
  expireMany(calls: readonly ActionCall<F, C>[]): Promise<boolean[]>
  hasMany(calls: readonly ActionCall<F, C>[]): Promise<boolean[]>
  touchMany(calls: readonly ActionCall<F, C>[]): Promise<boolean[]>
  executeMany(calls: readonly ActionCall<F, C>[]): Promise<ResultOf<F>[]>
}

/** The name of an action. */
export type ActionName = keyof CallActions

/** The actions that a `userInterface` gives; `X` has what each answers. A name of its own is an action of one call. */
export type UserActions<F extends AnyFunction, C, M, X> = {
  readonly [K in keyof X]: (
    ...args: K extends ActionName ? Parameters<CallActions<F, C, M>[K]> : [call: ActionCall<F, C>]
  ) => X[K]
}

/** The store of a cached function by its keys: what is read is decoded, what is written fences like the controls. */
export interface StorageView<Read, Written> {
  /** The Keyv below, for raw reads and writes, which neither fence nor wait within `storeTimeout`. */
  readonly backend: Keyv
  readonly capabilities: Capabilities
  /** How the store does now: whether it is left alone, its last failure, and what is still to be deleted there. */
  readonly health: StoreHealth
  /** The fresh value at a key, decoded, else `missValue`. */
  get(key: string): Promise<Read>
  /** Stores a value, for `ttl` milliseconds (`undefined`: the function's own number). */
  set(key: string, value: Written, ttl?: number): Promise<void>
  /** Removes the entry at a key: whether something was there (true where the store cannot tell). */
  delete(key: string): Promise<boolean>
  /** Ends the `ttl` of the entry at a key: whether there was one of use. */
  expire(key: string): Promise<boolean>
  /** Whether there is a fresh entry at a key. Nothing is decoded. */
  has(key: string): Promise<boolean>
  /** Starts the entry's `ttl` anew (`undefined`: the function's own number). */
  touch(key: string, ttl?: number): Promise<boolean>
}
