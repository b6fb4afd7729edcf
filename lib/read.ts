/** From what is stored under a key to the value of a call. */
import { spend } from './budget.js'
import { type Call, type Common, type Context, survive } from './call.js'
import { type Entry, looksSealed, unseal } from './entry.js'
import { CoderError } from './errors.js'
import { isThenable, type MaybePromise, whenReady } from './maybe.js'
import type { Stored } from './storage/storage.js'
import type { Subject } from './trace.js'

/** A value that was found. A miss is `undefined`, so that a cached `undefined` is not one. */
export interface Found {
  readonly value: unknown
  /** When the entry ends, where the store tells: Unix time in milliseconds. */
  readonly expires?: number | undefined
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
export function peek({ storage, codec }: Common, key: string): Found | undefined {
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
export function open(context: Common, call: Subject, stored: Stored | undefined): MaybePromise<Found | undefined> {
  const entry = freshEntry(context, call, stored)
  if (entry === undefined) return tell(context, call, undefined)
  const expires = entry.meta.expires ?? stored?.expires
  const undecodable = (error: unknown): undefined => {
    survive(context, call, error)
    tell(context, call, undefined)
  }
  try {
    const value = context.codec.decode(entry.payload)
    if (!isThenable(value)) return tell(context, call, { value, expires })
    return value.then((decoded) => tell(context, call, { value: decoded, expires }), undecodable)
  } catch (error) {
    return undecodable(error)
  }
}

/** Like `open`, for a second look: of what cannot be used, the first one has told. */
export async function glance(context: Common, call: Subject, stored: Stored): Promise<Found | undefined> {
  const entry = stored.foreign === undefined ? freshEntry(context, call, stored) : undefined
  if (entry === undefined) return undefined
  try {
    const value = await context.codec.decode(entry.payload)
    return tell(context, call, { value, expires: entry.meta.expires ?? stored.expires })
  } catch {
    return undefined
  }
}

/** The entry in what was stored, if it is one of ours and fresh. */
export function freshEntry(context: Common, call: Subject, stored: Stored | undefined): Entry | undefined {
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
export function decodeStored({ storage, codec }: Common, stored: unknown): MaybePromise<unknown> {
  const enveloped = codec.stored !== 'any' && typeof stored === 'object' && stored !== null && 'value' in stored
  const entry = unseal(
    enveloped && !looksSealed(stored, 'objects') ? stored.value : stored,
    storage.capabilities.values,
  )
  if (entry === undefined) throw new CoderError('this is an entry of another version of the stored form')
  return codec.decode(entry.payload)
}

function tell<T extends Found | undefined>({ trace }: Common, call: Subject, found: T): T {
  const name = found === undefined ? 'miss' : 'hit'
  if (trace.wants(name)) trace.emit(name, call, found && { value: found.value })
  return found
}
