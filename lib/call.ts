import { type Budget, newBudget, spend } from './budget.js'
import type { Codec } from './codec.js'
import { type Entry, looksSealed, unseal } from './entry.js'
import { CoderError, StoreError } from './errors.js'
import type { Flights } from './flight.js'
import { isThenable, type MaybePromise, whenReady } from './maybe.js'
import type { Policy } from './resolve.js'
import type { Storage, Stored } from './storage/storage.js'
import { report, type Trace } from './trace.js'

/** All that the calls of one cached function have in common. */
export interface Context {
  readonly fn: (...args: readonly unknown[]) => unknown
  readonly keyOf: (args: readonly unknown[]) => string
  readonly storage: Storage
  readonly codec: Codec
  readonly policy: Policy
  readonly flights: Flights
  readonly trace: Trace
}

/** One invocation: its arguments, its key, and what it may still wait for the store. */
export interface Call {
  readonly key: string
  readonly args: readonly unknown[]
  readonly budget: Budget
  /** In place of the function's own `ttl`. */
  readonly ttl?: number | undefined
}

/** A value that was found. A miss is `undefined`, so that a cached `undefined` is not one. */
export interface Found {
  readonly value: unknown
}

/** @throws KeyError for arguments that cannot be part of a key */
export function newCall(context: Context, args: readonly unknown[]): Call {
  return callAt(context, context.keyOf(args), args)
}

/** A call whose key is known. */
export function callAt({ policy }: Context, key: string, args: readonly unknown[], ttl?: number): Call {
  return { key, args, budget: newBudget(policy.storeTimeout), ttl }
}

/** The fresh entry of the call's key, decoded. Rejects with a `StoreError`. */
export function read(context: Context, call: Call): MaybePromise<Found | undefined> {
  const { storage } = context
  const stored = spend(call.budget, storage, 'get', call.key, (attempt) => storage.get(call.key, attempt))
  return whenReady(stored, (value) => open(context, call, value))
}

/**
 * The fresh entry of a key, where the store and the coder can answer at once. `undefined` says nothing: whatever is not
 * plain goes the complete way. It saves the budget, the flight and every turn of the event loop but the caller's own.
 */
export function peek({ storage, codec }: Context, key: string): Found | undefined {
  const stored = storage.peek?.(key)
  if (stored === undefined || stored.foreign !== undefined) return undefined
  try {
    if (looksSealed(stored.value, storage.capabilities.values)) return undefined
    const value = codec.decode(stored.value)
    return isThenable(value) ? undefined : { value }
  } catch {
    return undefined
  }
}

/** What was stored, decoded. Data that is none of ours, or does not decode, is a miss with an event. */
export function open(context: Context, call: Call, stored: Stored | undefined): MaybePromise<Found | undefined> {
  const entry = freshEntry(context, call, stored)
  if (entry === undefined) return tell(context, call, undefined)
  const undecodable = (error: unknown): undefined => {
    survive(context, call, error)
    tell(context, call, undefined)
  }
  try {
    const value = context.codec.decode(entry.payload)
    if (!isThenable(value)) return tell(context, call, { value })
    return value.then((decoded) => tell(context, call, { value: decoded }), undecodable)
  } catch (error) {
    return undecodable(error)
  }
}

/** The entry in what was stored, if it is one of ours and fresh. */
export function freshEntry(context: Context, call: Call, stored: Stored | undefined): Entry | undefined {
  if (stored === undefined) return undefined
  if (stored.foreign !== undefined) {
    survive(context, call, stored.foreign)
    return undefined
  }
  const entry = unseal(stored.value, context.storage.capabilities.values)
  const ended = entry?.meta.expires !== undefined && Date.now() > entry.meta.expires
  return ended ? undefined : entry
}

/** The value of what `storage.backend.get` gave, or of Keyv's `{ value, expires }` around what a coder of text or bytes gave. */
export function decodeStored({ storage, codec }: Context, stored: unknown): MaybePromise<unknown> {
  const enveloped = codec.stored !== 'any' && typeof stored === 'object' && stored !== null && 'value' in stored
  const entry = unseal(
    enveloped && !looksSealed(stored, 'objects') ? stored.value : stored,
    storage.capabilities.values,
  )
  if (entry === undefined) throw new CoderError('this is an entry of another version of the stored form')
  return codec.decode(entry.payload)
}

/** Runs the function, without a receiver. Its exception is the caller's, unchanged. */
export async function execute(context: Context, call: Call): Promise<unknown> {
  const { trace } = context
  const started = performance.now()
  const done = (outcome: { value: unknown } | { error: unknown }): void => {
    const { key, args } = call
    if (trace.wants('execute')) trace.emit('execute', { key, args, duration: performance.now() - started, ...outcome })
  }
  try {
    const value = await Reflect.apply(context.fn, undefined, call.args)
    done({ value })
    return value
  } catch (error) {
    done({ error })
    throw error
  }
}

/** A failure that the call goes on without: an event, or a warning where nobody listens. */
export function survive(context: Context, { key, args }: Call, error: unknown): void {
  report(context.trace, context.storage.identity, { key, args, error })
}

/** Like `survive`, for a failure to store or to read in a plain call; false where `onStoreError: 'throw'` wants it seen. */
export function surviveStore(context: Context, call: Call, error: unknown): boolean {
  if (context.policy.onStoreError === 'throw' && error instanceof StoreError) return false
  survive(context, call, error)
  return true
}

/** Whether a plain call whose read failed is to store its result: only a store that answered can take it. */
export function keepsAfter(error: unknown): boolean {
  return error instanceof StoreError && error.failure === 'reply'
}

function tell<T extends Found | undefined>({ trace }: Context, { key, args }: Call, found: T): T {
  const name = found === undefined ? 'miss' : 'hit'
  if (trace.wants(name)) trace.emit(name, { key, args, ...found })
  return found
}
