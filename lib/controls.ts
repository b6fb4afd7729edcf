import type { ActionName, StorageView } from './action-call.js'
import type { CoderOutput } from './coders/output.js'
import type { AnyFunction, ItemOf, ResultOf } from './function.js'
import type { EventName, Listener } from './trace.js'

/**
 * A cached function: called like `F`, awaited, with every control as a property. Overloads and type
 * parameters of an asynchronous `F` survive on the call; the controls have those of its last overload.
 *
 * `C` is its coder, `M` the type of `missValue`, `P` the names of its `parameters`; `X` has what the actions of its
 * `userInterface` give, `D` is its `defaultAction`, and `R` is `true` where it has a `receiver`.
 */
export type Cached<
  F extends AnyFunction,
  C = undefined,
  M = undefined,
  P = undefined,
  X = unknown,
  D = 'getOrUpdate',
  R = boolean,
> = DefaultCall<F, C, M, P, X, D> & Controls<F, C, M, P, X> & (R extends true ? Bindable<F, C, M, P, X, D> : unknown)

/** How a cached `F` is called. */
export type CallOf<F extends AnyFunction> = [keyof F, F] extends [never, (...args: never[]) => Promise<unknown>]
  ? F
  : (...args: Parameters<F>) => Promise<ResultOf<F>>

/** Nothing is called where `defaultAction` is `null`. */
type DefaultCall<F extends AnyFunction, C, M, P, X, D> = D extends 'getOrUpdate'
  ? 'getOrUpdate' extends keyof X
    ? Awaited<X['getOrUpdate']> extends ResultOf<F>
      ? CallOf<F>
      : ActionsOf<F, C, M, P, X>['getOrUpdate']
    : CallOf<F>
  : D extends keyof ActionsOf<F, C, M, P, X>
    ? ActionsOf<F, C, M, P, X>[D]
    : unknown

/** A function with a receiver gets all of its controls by `bind`. */
export interface Bindable<F extends AnyFunction, C, M, P, X, D> {
  /** The same cached function with a receiver of its own: one and the same for each receiver. */
  bind(receiver: ReceiverOf<F>): Cached<OmitThisParameter<F>, C, M, P, X, D>
  /** Exists in types alone: what `bind` gives. */
  readonly [BOUND]?: Cached<OmitThisParameter<F>, C, M, P, X, D>
}

/** What `this` of a function must be. */
export type ReceiverOf<F extends AnyFunction> = unknown extends ThisParameterType<F> ? object : ThisParameterType<F>

/** Marks what can be bound. */
export declare const BOUND: unique symbol

/** The actions with what a `userInterface` made of them. */
export type ActionsOf<F extends AnyFunction, C, M, P, X> = unknown extends X
  ? Actions<F, C, M, P>
  : Omit<Actions<F, C, M, P>, keyof X> & {
      [K in keyof X]: (
        ...args: K extends ActionName ? Parameters<Actions<F, C, M, P>[K]> : Parameters<F>
      ) => Promise<Awaited<X[K]>>
    }

/** The controls of a cached function, by its own arguments. */
export type Controls<F extends AnyFunction, C, M, P = undefined, X = unknown> = ActionsOf<F, C, M, P, X> &
  Transparency<F, C, M, P, X>

/** The controls that are no actions. */
export interface Transparency<F extends AnyFunction, C, M, P, X> {
  /** The key of a call, as it is in the store. Throws a `KeyError` for arguments that cannot be part of a key. */
  key(...args: Parameters<F>): string
  /** The keys of many calls. Throws like `key`, and an `ActionError` for an item that is no list of arguments. */
  keyMany(...argsList: ItemOf<F, P>[]): string[]
  /** Runs any action by its name; rejects with an `ActionError` that lists the names for an unknown one. */
  run<A extends keyof ActionsOf<F, C, M, P, X>>(
    action: A,
    ...args: ArgumentsOf<ActionsOf<F, C, M, P, X>[A]>
  ): AnswerOf<ActionsOf<F, C, M, P, X>[A]>
  /** What this function's coder stores for a value, without metadata. Rejects with a `CoderError`. */
  encode(value: ResultOf<F>): Promise<unknown>
  /** The value of what `storage.backend.get(key)` gave. Rejects with a `CoderError`. */
  decode(stored: unknown): Promise<CoderOutput<C, ResultOf<F>>>
  /** The store by keys, decoded, and the Keyv below it. */
  readonly storage: StorageView<CoderOutput<C, ResultOf<F>> | M, ResultOf<F>>
  /** Resolves when no work behind calls is left: refreshes, and runs that calls did not wait for. Before a shutdown. */
  idle(): Promise<void>
  /** Tells `listener` of an event; see `EventName`. Of a bound function, only of what its receiver's calls do. */
  on(event: EventName, listener: Listener<Parameters<F>, ResultOf<F>>): void
  /** Tells it no more. */
  off(event: EventName, listener: Listener<Parameters<F>, ResultOf<F>>): void
}

type ArgumentsOf<A> = A extends (...args: infer Args) => unknown ? Args : never
type AnswerOf<A> = A extends (...args: never) => infer Answer ? Answer : never

/** What can be done by a name of its own, or by `run`. Every action rejects with a `KeyError` for arguments that cannot be part of a key. */
export interface Actions<F extends AnyFunction, C, M, P = undefined> {
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
  /**
   * Ends the entry's `ttl` now without losing it: a call then refreshes it, and may still be given the old value by
   * `staleWhileRevalidate` and `staleIfError`, which count from now. Fences like `delete`, which it is without these. Whether
   * there was an entry of use.
   */
  expire(...args: Parameters<F>): Promise<boolean>
  /** Whether there is a fresh entry. Nothing is decoded. */
  has(...args: Parameters<F>): Promise<boolean>
  /** Starts the entry's `ttl` anew: false if it is absent. Rejects with an `UnsupportedError` without a `ttl`. */
  touch(...args: Parameters<F>): Promise<boolean>
  /** Runs the function, past the cache. */
  execute(...args: Parameters<F>): Promise<ResultOf<F>>
  /** `get` for each list of arguments, by one bulk read. */
  getMany(...argsList: ItemOf<F, P>[]): Promise<(CoderOutput<C, ResultOf<F>> | M)[]>
  /** `getOrUpdate` for each: one bulk read, one run per distinct missing key, one bulk write. Rejects with the first error in order. */
  getOrUpdateMany(...argsList: ItemOf<F, P>[]): Promise<ResultOf<F>[]>
  /** Stores a value for each list of arguments. Lists of different lengths are an `ActionError`, and nothing is stored. */
  setMany(argsList: readonly ItemOf<F, P>[], values: readonly ResultOf<F>[]): Promise<void>
  /** `update` for each distinct key, with one bulk write. */
  updateMany(...argsList: ItemOf<F, P>[]): Promise<ResultOf<F>[]>
  /** `delete` for each. */
  deleteMany(...argsList: ItemOf<F, P>[]): Promise<boolean[]>
  /** `expire` for each. */
  expireMany(...argsList: ItemOf<F, P>[]): Promise<boolean[]>
  /** `has` for each. */
  hasMany(...argsList: ItemOf<F, P>[]): Promise<boolean[]>
  /** `touch` for each. */
  touchMany(...argsList: ItemOf<F, P>[]): Promise<boolean[]>
  /** `execute` for each. */
  executeMany(...argsList: ItemOf<F, P>[]): Promise<ResultOf<F>[]>
}
