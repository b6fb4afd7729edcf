import type { Background } from './background.js'
import { type Budget, newBudget } from './budget.js'
import type { Codec } from './codec.js'
import { type Crowd, createCrowd } from './crowd.js'
import { StoreError } from './errors.js'
import type { FailedWrites } from './failed-writes.js'
import type { Turn } from './fence.js'
import type { Flights } from './flight.js'
import type { Keyer } from './key.js'
import type { Load, Loading } from './loader.js'
import { awaiting } from './maybe.js'
import type { Observed } from './observed.js'
import type { AnyOptions } from './options.js'
import type { Leasing, Policy } from './resolve.js'
import { signalsIn } from './signals.js'
import type { Driver, Reads, Storage } from './storage/storage.js'
import { report, type Subject, type Trace } from './trace.js'

/** What the calls of one function on one store have in common, be it `cached` or `cachedSync`. */
export interface Common {
  readonly fn: (...args: readonly unknown[]) => unknown
  /** The function's own, or what its class calls it. */
  readonly name: string
  readonly options: AnyOptions
  /** What every key begins with. */
  readonly part: string
  readonly keyOf: Keyer
  readonly storage: Driver
  readonly codec: Codec
  readonly policy: Policy
  readonly trace: Trace
  readonly observed: Observed
  readonly failedWrites: FailedWrites
}

/** All that the calls of one cached function on one store have in common. */
export interface Context extends Common {
  readonly storage: Storage
  /** How its coder has the storage read. */
  readonly reads: Reads
  readonly flights: Flights
  /** The refreshes behind calls: what calls are given meanwhile is older, so none joins them but for want of that. */
  readonly refreshes: Flights
  readonly background: Background
  /** `undefined` where it knows of no other process. */
  readonly leasing: Leasing | undefined
  /** `undefined` where every call runs the function itself. */
  readonly loading: Loading | undefined
  /** Whether entries are objects that lie in this process, and so are their values, as they are given. */
  readonly keepsPromises: boolean
  /**
   * The action `execute`, by which all others run the function. `turn` is that of the run whose result is to be stored,
   * where it is.
   */
  readonly execute: (call: Call, turn?: Turn) => Promise<unknown>
}

/** One invocation: its arguments, its receiver and key, and what it may still wait for the store. */
export interface Call {
  readonly key: string
  readonly args: readonly unknown[]
  readonly receiver: unknown
  readonly budget: Budget
  /** In place of the function's own `ttl`. */
  readonly ttl?: number | undefined
  /** By what the function runs, of a call of a bulk control; `undefined`: as single calls run it. */
  readonly load?: Load | undefined
  /** Who waits for its run, where its arguments have a signal: the function gets that of them all. */
  readonly crowd?: Crowd | undefined
  /** The call whose function runs, of one that is for an entry beside its own. */
  readonly main?: Call | undefined
  /** Since when it waits for what others run, of one that has joined a run and has to ask again: a time of `performance.now`. */
  readonly since?: number | undefined
  /** The run that it is made in. */
  readonly turn?: Turn | undefined
}

/** @throws KeyError for arguments, or a receiver, that cannot be part of a key */
export function newCall(context: Context, args: readonly unknown[], receiver: unknown): Call {
  return callAt(context, context.keyOf(args, receiver), args, receiver)
}

/** The calls of a bulk control, with one budget for all, whose runs are gathered. Throws like `newCall`. */
export function newCalls(context: Context, argsList: readonly (readonly unknown[])[], receiver: unknown): Call[] {
  const budget = newBudget(context.policy.storeTimeout)
  const load = context.loading?.bulk()
  return argsList.map((args) => ({ key: context.keyOf(args, receiver), args, receiver, budget, load }))
}

/** A call whose key is known. */
export function callAt(context: Context, key: string, args: readonly unknown[], receiver: unknown, ttl?: number): Call {
  return { key, args, receiver, budget: newBudget(context.policy.storeTimeout), ttl }
}

/** The call as that of a run which others may share: if its arguments have a signal, with a crowd. */
export function sharing(call: Call): Call {
  return signalsIn(call.args) === undefined ? call : { ...call, crowd: createCrowd() }
}

/** Runs the function. Its exception is the caller's, unchanged. */
export function execute({ fn, trace, loading }: Context, call: Call): Promise<unknown> {
  const { args, receiver, crowd, load = loading?.single } = call
  const started = performance.now()
  return awaiting(
    () => (load === undefined ? Reflect.apply(fn, receiver, args) : load(receiver, args, crowd?.signal)),
    (value) => {
      if (trace.wants('execute')) trace.emit('execute', call, { duration: performance.now() - started, value })
      return value
    },
    (error) => {
      if (trace.wants('execute')) trace.emit('execute', call, { duration: performance.now() - started, error })
      throw error
    },
  )
}

/** A failure that the call goes on without: an event, or a warning where nobody listens. */
export function survive(context: Common, call: Subject, error: unknown): void {
  report(context.trace, context.storage.identity, call, error)
}

/** Like `survive`, for a failure to store or to read in a plain call; false where `onStoreError: 'throw'` wants it seen. */
export function surviveStore(context: Common, call: Subject, error: unknown): boolean {
  if (context.policy.onStoreError === 'throw' && error instanceof StoreError) return false
  survive(context, call, error)
  return true
}

/** Whether a plain call whose read failed is to store its result: only a store that answered can take it. */
export function keepsAfter(error: unknown): boolean {
  return error instanceof StoreError && error.failure === 'reply'
}
