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
  const given = decoded(context, call, entry, stored)
  return isThenable(given) ? given.then((later) => tell(context, call, later)) : tell(context, call, given)
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
  const given = decoded(context, call, entry, stored)
  return isThenable(given)
    ? given.then((later) => usable(context, call, entry, plan, later))
    : usable(context, call, entry, plan, given)
}

/** Tells that nothing was found. */
export function miss(context: Common, call: Subject): void {
  tell(context, call, undefined)
}

/** Member by member: a spread here costs a hit on Redis more than to decode its value does. */
function usable(
  context: Common,
  call: Subject,
  entry: Entry,
  plan: Usable['plan'],
  given: Found | undefined,
): Usable | undefined {
  if (given === undefined) return tell(context, call, undefined)
  const found = { value: given.value, expires: given.expires, plan, isFresh: isFresh(context, entry), entry }
  tell(context, call, plan === 'refresh or serve' ? undefined : found, found.isFresh)
  return found
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
export function decoded(
  context: Common,
  call: Subject,
  { payload, meta }: Entry,
  stored?: Stored,
): MaybePromise<Found | undefined> {
  const expires = meta.expires ?? stored?.expires
  try {
    const value = context.codec.decode(payload)
    if (!isThenable(value)) return { value, expires }
    return value.then(
      (later) => ({ value: later, expires }),
      (error) => undecodable(context, call, error),
    )
  } catch (error) {
    return undecodable(context, call, error)
  }
}

function undecodable(context: Common, call: Subject, error: unknown): undefined {
  survive(context, call, error)
}

/** A hit asks by its own name, as most that are found are. */
function tell<T extends Found | undefined>({ trace }: Common, call: Subject, found: T, fresh = true): T {
  if (found !== undefined && fresh) {
    if (trace.wantsHit()) trace.emit('hit', call, { value: found.value })
    return found
  }
  const name = found === undefined ? 'miss' : 'stale'
  if (trace.wants(name)) trace.emit(name, call, found && { value: found.value })
  return found
}
