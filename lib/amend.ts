/** Changes what entries carry beside their values, in the turns of the caller. */
import type { Call, Common, Context } from './call.js'
import { type Entry, headerOf, looksSealed, seal } from './entry.js'
import { isFenced, isOvertaken, type Turn } from './fence.js'
import { afterFailure, keptFor } from './freshness.js'
import { setItems } from './lease.js'
import { type MaybePromise, whenReady } from './maybe.js'
import { entryOf, type Usable } from './read.js'
import type { Attempt, Failure, Item, Storage, Stored, Swap } from './storage/storage.js'
import type { Subject } from './trace.js'
import { spared, type Terms } from './write.js'

/** What an entry is to carry from now on, and how long the store is to keep it; `undefined`: it stays as it is. */
export type Change = (entry: Entry, at: number) => Terms | undefined

/** An entry and what becomes of it. */
interface Amendment {
  readonly at: number
  readonly key: string
  readonly entry: Entry
  readonly terms: Terms
}

/**
 * For each call, whether its entry was changed; `undefined` where others keep changing it. What another process has
 * written or deleted meanwhile stays so, where the store can tell. `fences`: the leases of what is changed end.
 */
export function amend(
  context: Context,
  calls: readonly Call[],
  attempt: Attempt,
  change: Change,
  fences = false,
): MaybePromise<readonly (boolean | undefined)[]> {
  const { storage } = context
  if (calls.length === 0) return []
  if (storage.swapMany !== undefined) return swapAll(context, storage.swapMany, calls, attempt, change, fences)
  const keys = calls.map(({ key }) => key)
  return whenReady(storage.getMany(keys, attempt), (stored) => {
    checkWaited(attempt)
    const due = amendmentsOf(context, calls, stored, change)
    const items = due.map((one) => rewritten(context, one))
    const set = fences ? () => setItems(context, items, attempt) : () => storage.setMany(items, attempt)
    return whenReady(items.length === 0 ? [] : set(), (failures) => {
      throwFirst(failures)
      return calls.map((_, at) => due.some((one) => one.at === at))
    })
  })
}

/** What is to be changed of what is stored. */
export function amendmentsOf(
  context: Common,
  calls: readonly Subject[],
  stored: readonly (Stored | undefined)[],
  change: Change,
): Amendment[] {
  return calls.flatMap((call, at) => {
    const entry = entryOf(context, call, stored[at])
    const terms = entry && change(entry, at)
    if (entry === undefined || terms === undefined) return []
    const { meta, ttl } = terms
    const kept = meta === undefined || ttl === undefined ? ttl : spared(context.storage, ttl)
    return { at, key: call.key, entry, terms: { meta, ttl: kept } }
  })
}

/** What becomes of an entry whose refresh has failed, unless somebody has done something about it since it was found. */
export function postpone({ policy }: Pick<Common, 'policy'>, turn: Turn, { entry: before }: Usable): Change {
  return ({ meta }) => {
    const { expires, failures, outdated } = meta
    const isSame =
      expires === before.meta.expires && failures === before.meta.failures && outdated === before.meta.outdated
    if (expires === undefined || !isSame || isFenced(turn) || isOvertaken(turn)) return undefined
    const now = Date.now()
    return { meta: afterFailure(meta, now, policy.retryAfter), ttl: keptFor(expires, now, policy) }
  }
}

/** A changed entry, to be stored in place of what it was. */
export function rewritten({ storage }: Pick<Common, 'storage'>, { key, entry, terms }: Amendment): Item {
  return { key, value: seal(entry.payload, terms.meta, storage.capabilities.values), ttl: terms.ttl }
}

/** How often it is tried again where another process has changed an entry between the look at it and its change. */
const TRIES = 5

async function swapAll(
  context: Context,
  swapMany: NonNullable<Storage['swapMany']>,
  calls: readonly Call[],
  attempt: Attempt,
  change: Change,
  fences: boolean,
): Promise<readonly (boolean | undefined)[]> {
  const outcomes: (boolean | undefined)[] = calls.map(() => undefined)
  let left = calls.map((call, at) => ({ call, at }))
  for (let tries = 0; tries < TRIES && left.length > 0; tries++) {
    const keys = left.map(({ call }) => call.key)
    const stored = await context.storage.getMany(keys, attempt)
    checkWaited(attempt)
    const changeLeft: Change = (entry, i) => change(entry, left[i]?.at ?? i)
    const due = amendmentsOf(
      context,
      left.map(({ call }) => call),
      stored,
      changeLeft,
    )
    const swapped =
      due.length === 0
        ? []
        : await swapMany(
            due.map((one) => swapOf(context, one, fences)),
            attempt,
          )
    throwFirst(swapped)
    const byPlace = new Map(due.map(({ at }, i) => [at, swapped[i] === true]))
    for (const [i, { at }] of left.entries()) outcomes[at] = byPlace.get(i) ?? false
    left = left.filter((_, i) => byPlace.get(i) === false)
  }
  for (const { at } of left) outcomes[at] = undefined
  return outcomes
}

function swapOf({ storage }: Context, { key, entry, terms }: Amendment, fences: boolean): Swap {
  const isBare = terms.meta === undefined && !looksSealed(entry.payload, storage.capabilities.values)
  return { key, from: entry.header, to: isBare ? '' : headerOf(terms.meta), ttl: terms.ttl, fences }
}

function throwFirst(answers: readonly (Failure | boolean | 'refused' | undefined)[]): void {
  for (const answer of answers) if (typeof answer === 'object') throw answer.error
}

function checkWaited({ givenUp }: Attempt): void {
  if (givenUp) throw new Error('given up before it could be sent')
}
