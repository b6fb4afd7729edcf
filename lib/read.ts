/** From what is stored under a key to the value of a call. */
import { isFull, spend } from './budget.js'
import { type Call, type Common, type Context, survive } from './call.js'
import { type Entry, looksSealed, NO_META, unseal } from './entry.js'
import { CoderError } from './errors.js'
import { freshnessOf, type Plan, planOf } from './freshness.js'
import { gather } from './gather.js'
import { isThenable, type MaybePromise, NOW } from './maybe.js'
import { trusting } from './replays.js'
import type { Stored } from './storage/storage.js'
import type { Subject } from './trace.js'

/** A value that was found. A miss is `undefined`, so that a cached `undefined` is not one. */
export interface Found {
  readonly value: unknown
  /** When its `ttl` ends, where that is told: Unix time in milliseconds. */
  readonly expires?: number | undefined
}

/** A value that a call may give, now or if the function fails, and what it does about it. */
export interface Usable extends Found {
  readonly plan: Exclude<Plan, 'refresh'>
  readonly isFresh: boolean
  readonly entry: Entry
}

/** The fresh entry of the call's key, decoded. Rejects with a `StoreError`. */
export function read(context: Context, call: Call): Promise<Found | undefined> {
  return lookUp(context, call, (stored) => open(context, call, stored), rethrow)
}

/**
 * What is stored under the call's key. It goes on with `found`, or with `failed`, which gets a `StoreError`, as `then`
 * would: never inside the call that asks.
 */
export function lookUp<T>(
  { storage, reads, failedWrites }: Context,
  { budget, key }: Call,
  found: (stored: Stored | undefined) => MaybePromise<T>,
  failed: (error: unknown) => MaybePromise<T>,
): Promise<T> {
  if (storage.gathers && failedWrites.byKey.size === 0 && isFull(budget)) {
    return gather(storage, reads, key, budget).then(found, failed)
  }
  const answer = spend(budget, storage, 'get', key, (attempt) =>
    failedWrites.byKey.size === 0
      ? reads.get(key, attempt)
      : trusting(failedWrites, [key], attempt, () => reads.get(key, attempt)),
  )
  return isThenable(answer) ? answer.then(found, failed) : soon(found, answer)
}

async function soon<T, U>(next: (value: T) => MaybePromise<U>, value: T): Promise<U> {
  await NOW
  return await next(value)
}

function rethrow(error: unknown): never {
  throw error
}

/** What was stored, decoded, if it is fresh. Data that is none of ours, or does not decode, is a miss with an event. */
export function open(context: Common, call: Subject, stored: Stored | undefined): MaybePromise<Found | undefined> {
  const entry = freshEntry(context, call, stored)
  if (entry === undefined) return tell(context, call, undefined)
  const given = decoded(context, call, entry)
  return isThenable(given)
    ? given.then((later) => opened(context, call, stored, entry, later))
    : opened(context, call, stored, entry, given)
}

function opened(
  context: Common,
  call: Subject,
  stored: Stored | undefined,
  { meta }: Entry,
  given: Found | undefined,
): Found | undefined {
  return tell(context, call, given && { value: given.value, expires: meta.expires ?? stored?.expires, isFresh: true })
}

/** Like `open`, for what a plain call finds. */
export function openUsable(
  context: Common,
  call: Subject,
  stored: Stored | undefined,
): MaybePromise<Usable | undefined> {
  const entry = entryOf(context, call, stored)
  const plan = entry === undefined ? 'refresh' : planFor(context, entry)
  if (entry === undefined || plan === 'refresh') return tell(context, call, undefined)
  const given = decoded(context, call, entry)
  return isThenable(given)
    ? given.then((later) => usable(context, call, stored, entry, plan, later))
    : usable(context, call, stored, entry, plan, given)
}

/** Tells that nothing was found. */
export function miss(context: Common, call: Subject): void {
  tell(context, call, undefined)
}

/** Member by member: a spread here costs a hit on Redis more than to decode its value does. */
function usable(
  context: Common,
  call: Subject,
  stored: Stored | undefined,
  entry: Entry,
  plan: Usable['plan'],
  given: Found | undefined,
): Usable | undefined {
  const found = given && {
    value: given.value,
    expires: entry.meta.expires ?? stored?.expires,
    plan,
    isFresh: isFresh(context, entry),
    entry,
  }
  tell(context, call, found?.plan === 'refresh or serve' ? undefined : found)
  return found
}

/** Like `open`, for a second look: of what cannot be used, the first one has told. */
export async function glance(context: Common, call: Subject, stored: Stored): Promise<Found | undefined> {
  const entry = stored.foreign === undefined ? freshEntry(context, call, stored) : undefined
  if (entry === undefined) return undefined
  try {
    const value = await context.codec.decode(entry.payload)
    return tell(context, call, { value, expires: entry.meta.expires ?? stored.expires, isFresh: true })
  } catch {
    return undefined
  }
}

/** The entry in what was stored, if it is one of ours and fresh. */
export function freshEntry(context: Common, call: Subject, stored: Stored | undefined): Entry | undefined {
  const entry = entryOf(context, call, stored)
  return entry && isFresh(context, entry) ? entry : undefined
}

/** Whether the `ttl` of an entry has not ended. */
export function isFresh({ policy }: Common, { meta }: Entry): boolean {
  return meta === NO_META || freshnessOf(meta, Date.now(), policy) === 'fresh'
}

function planFor({ policy }: Common, { meta }: Entry): Plan {
  return meta === NO_META ? 'serve' : planOf(meta, Date.now(), policy)
}

/** The entry in what was stored, if it is one of ours, however old. */
export function entryOf(context: Common, call: Subject, stored: Stored | undefined): Entry | undefined {
  if (stored === undefined) return undefined
  if (stored.foreign === undefined) return unseal(stored.value, context.storage.capabilities.values)
  survive(context, call, stored.foreign)
  return undefined
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

/** Data that does not decode is absent, with an event. */
export function decoded(context: Common, call: Subject, { payload }: Entry): MaybePromise<Found | undefined> {
  const undecodable = (error: unknown): undefined => survive(context, call, error) as undefined // it gives nothing
  try {
    const value = context.codec.decode(payload)
    return isThenable(value) ? value.then((given) => ({ value: given }), undecodable) : { value }
  } catch (error) {
    return undecodable(error)
  }
}

function tell<T extends (Found & { readonly isFresh: boolean }) | undefined>(
  { trace }: Common,
  call: Subject,
  found: T,
): T {
  const name = found === undefined ? 'miss' : found.isFresh ? 'hit' : 'stale'
  if (trace.wants(name)) trace.emit(name, call, found && { value: found.value })
  return found
}
