/** Values on their way to the store, and what became of them. */
import { asStoreError } from './budget.js'
import type { Call } from './call.js'
import { StoreError } from './errors.js'
import { isExpiredSince, isFenced, isLeasedSince, isOvertaken, type Turn } from './fence.js'
import type { Held } from './lease.js'
import type { Driver, Failure, Item } from './storage/storage.js'
import type { Subject } from './trace.js'

/**
 * A value on its way to the store.
 * - `result` of a plain call: withheld once it is fenced;
 * - `update`: once it is fenced it is withheld too, but what is older than it goes;
 * - `set`: written unless something that began later has been. Where an `update` that began later has its lease by now,
 *   what is older goes instead: a set ends whatever lease stands, and would stand in place of the update. So it does where
 *   an `expire` that began later has been taken: the value would not be expired.
 */
export interface Write<C extends Subject = Call> {
  readonly kind: 'result' | 'update' | 'set'
  readonly call: C
  readonly turn: Turn
  readonly value: unknown
  /** How long the run took that gave it, in milliseconds. */
  readonly cost?: number | undefined
  /** The lease by which it may be stored. Of an update it is there wherever its key can have one. */
  readonly held?: Held | undefined
  /** Of a result: other turns that withhold it once they are fenced. */
  readonly within?: readonly Turn[] | undefined
}

/** A write made ready: coded before anybody who gets the value could change it. Or why it cannot be stored. */
export type Prepared<C extends Subject = Call> = { readonly write: Write<C> } & (
  | { readonly item: Item }
  | { readonly error: unknown }
  /** `cacheIf` says that it is not to be stored. */
  | { readonly dropped: true }
)

/** What became of a write. */
export type Outcome =
  | { readonly status: 'stored' }
  | { readonly status: 'fenced' }
  | { readonly status: 'dropped' }
  | { readonly status: 'failed'; readonly error: unknown }

export const STORED: Outcome = { status: 'stored' }
export const FENCED: Outcome = { status: 'fenced' }
export const DROPPED: Outcome = { status: 'dropped' }

/** What a write is still to do when its turn has come: put its value, remove what is older than it, or nothing. */
export function dueOf({ kind, turn, within }: Write<Subject>): 'put' | 'remove' | undefined {
  if (isOvertaken(turn) || within?.some(isFenced)) return undefined
  if (kind === 'set') return isLeasedSince(turn) || isExpiredSince(turn) ? 'remove' : 'put'
  if (!isFenced(turn)) return 'put'
  return kind === 'update' ? 'remove' : undefined
}

/** The outcome of a write that the store did not take. */
export function failed(storage: Driver, write: Write<Subject>, { error }: Failure): Outcome {
  const place = { operation: nameOf(write), key: write.call.key, store: storage.name }
  return { status: 'failed', error: asStoreError(error, storage, place) }
}

/** What errors call it. */
export function nameOf({ kind }: Pick<Write<Subject>, 'kind'>): string {
  return kind === 'update' ? 'update' : 'set'
}

/** What the store is to be blamed for, if it took nothing at all; `null` if nothing was to be taken. */
export function lostIn(outcomes: readonly Outcome[]): unknown {
  let lost: unknown = null
  for (const outcome of outcomes) {
    if (outcome.status === 'stored') return undefined
    if (outcome.status !== 'failed' || !(outcome.error instanceof StoreError)) continue
    if (outcome.error.failure === 'reply') return undefined
    lost = outcome.error
  }
  return lost
}
