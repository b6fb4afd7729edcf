import { asStoreError, spend } from './budget.js'
import type { Call, Common, Context } from './call.js'
import { seal } from './entry.js'
import {
  beginTurn,
  doubt,
  endTurn,
  inTurn,
  isDoubtful,
  isFenced,
  isLeasedSince,
  isOvertaken,
  markSent,
  markStored,
  type Turn,
} from './fence.js'
import { type Held, letGo, removeKeys, setItems } from './lease.js'
import { type MaybePromise, whenReady } from './maybe.js'
import { ttlOf } from './resolve.js'
import { sample } from './sample.js'
import type { Attempt, Driver, Failure, Item } from './storage/storage.js'
import type { Subject } from './trace.js'

/**
 * A value on its way to the store.
 * - `result` of a plain call: withheld once it is fenced;
 * - `update`: once it is fenced it is withheld too, but what is older than it goes;
 * - `set`: written unless something that began later has been. Where an `update` that began later has its lease by now,
 *   what is older goes instead: a set ends whatever lease stands, and would stand in place of the update.
 */
export interface Write<C extends Subject = Call> {
  readonly kind: 'result' | 'update' | 'set'
  readonly call: C
  readonly turn: Turn
  readonly value: unknown
  /** The lease by which it may be stored. Of an update it is there wherever its key can have one. */
  readonly held?: Held | undefined
  /** Of a result: other turns that withhold it once they are fenced. */
  readonly within?: readonly Turn[] | undefined
}

/** A write made ready: coded before anybody who gets the value could change it. Or why it cannot be stored. */
export type Prepared<C extends Subject = Call> = { readonly write: Write<C> } & (
  | { readonly item: Item }
  | { readonly error: unknown }
)

/** What became of a write. */
export type Outcome = { readonly status: 'stored' | 'fenced' } | { readonly status: 'failed'; readonly error: unknown }

/** Codes a value for the store. Never rejects. */
export async function prepare(context: Context, write: Write): Promise<Prepared> {
  const { call, value } = write
  try {
    const ttl = call.ttl ?? ttlOf(context.policy, value, call.args)
    const encoding = context.codec.encode(value)
    sample(context, value, encoding)
    return { write, item: sealed(context, call, await encoding, ttl) }
  } catch (error) {
    return { write, error }
  }
}

/** Stores values, each in its turn, by one bulk write. Distinct keys only. Never rejects: each write has its outcome. */
export async function put(context: Context, prepared: readonly Prepared[]): Promise<ReadonlyMap<Write, Outcome>> {
  const outcomes = new Map<Write, Outcome>()
  const items = new Map<Write, Item>()
  for (const one of prepared) {
    if ('item' in one) items.set(one.write, one.item)
    else outcomes.set(one.write, { status: 'failed', error: one.error })
  }
  const [first] = items.keys()
  if (first !== undefined) {
    const turns = Array.from(items.keys(), (write) => write.turn)
    try {
      await spend(first.call.budget, context.storage, nameOf(first), first.call.key, (attempt) =>
        inTurn(turns, attempt, () => send(context, items, outcomes, attempt)),
      )
    } catch (error) {
      for (const write of items.keys()) outcomes.set(write, { status: 'failed', error })
    }
  }
  await endLeases(
    context,
    prepared.map(({ write }) => write),
    outcomes,
  )
  return outcomes
}

/** Gives back what leases were not used up. One that stood no more tells that what the run gave was outdated. */
async function endLeases(
  context: Context,
  writes: readonly Write[],
  outcomes: ReadonlyMap<Write, Outcome>,
): Promise<void> {
  const leased = writes.filter((write) => write.held !== undefined)
  for (const { held } of leased) held?.stop()
  const left = leased.filter((write) => outcomes.get(write)?.status !== 'stored' && !isDoubtful(write.turn))
  const [first] = left
  if (first === undefined) return
  const stood = await letGo(
    context,
    first.call,
    left.flatMap(({ held }) => held ?? []),
  )
  left.forEach(({ turn }, i) => {
    if (stood[i] !== true) doubt(turn)
  })
}

/** Removes entries, each in its turn; what began before on their keys is fenced from now on. Distinct keys only. */
export async function remove(context: Context, calls: readonly Call[]): Promise<readonly boolean[]> {
  const { storage } = context
  const [first] = calls
  if (first === undefined) return []
  const keys = calls.map((call) => call.key)
  const turns = keys.map((key) => beginTurn(storage.identity, key, true))
  try {
    return await spend(first.budget, storage, 'delete', first.key, (attempt) =>
      inTurn(turns, attempt, () =>
        whenReady(removeKeys(context, keys, attempt), (removed) => {
          turns.forEach(markStored)
          return removed
        }),
      ),
    )
  } finally {
    turns.forEach(endTurn)
  }
}

/** The exact end goes into the entry where the store counts in whole seconds only. */
export function sealed(
  { storage }: Pick<Common, 'storage'>,
  { key }: Subject,
  payload: unknown,
  ttl: number | undefined,
): Item {
  const inexact = storage.wholeSeconds && ttl !== undefined && ttl % 1000 !== 0
  const meta = inexact ? { expires: Math.ceil(Date.now() + ttl) } : undefined
  return { key, value: seal(payload, meta, storage.capabilities.values), ttl }
}

/** What a write is still to do when its turn has come: put its value, remove what is older than it, or nothing. */
export function dueOf({ kind, turn, within }: Write<Subject>): 'put' | 'remove' | undefined {
  if (isOvertaken(turn) || within?.some(isFenced)) return undefined
  if (kind === 'set') return isLeasedSince(turn) ? 'remove' : 'put'
  if (!isFenced(turn)) return 'put'
  return kind === 'update' ? 'remove' : undefined
}

/** Sends what still stands when its turn has come. */
function send(
  context: Context,
  items: ReadonlyMap<Write, Item>,
  outcomes: Map<Write, Outcome>,
  attempt: Attempt,
): MaybePromise<void> {
  const { storage } = context
  const standing: Write[] = []
  const outdated: Write[] = []
  for (const write of items.keys()) {
    const due = dueOf(write)
    if (due === 'put') standing.push(write)
    else outcomes.set(write, { status: 'fenced' })
    if (due === 'remove') outdated.push(write)
  }
  const sent = standing.flatMap((write) => {
    const item = items.get(write)
    const { held } = write
    if (item === undefined) return []
    return held === undefined ? item : { ...item, lease: held.lease, unlessChanged: held.unlessChanged }
  })
  const gone = outdated.map(({ turn }) => turn.key)
  // The leases of what began later stay.
  return whenReady<unknown, void>(gone.length > 0 ? storage.deleteMany(gone, attempt) : undefined, () => {
    for (const { turn } of outdated) markStored(turn)
    if (sent.length === 0 || attempt.givenUp) return undefined
    for (const { turn } of standing) markSent(turn)
    return whenReady(setItems(context, sent, attempt), (answers) => {
      for (const [i, write] of standing.entries()) outcomes.set(write, outcomeOf(storage, write, answers[i]))
    })
  })
}

function outcomeOf(storage: Driver, write: Write, answer: Failure | 'refused' | undefined): Outcome {
  if (answer === undefined) {
    markStored(write.turn)
    return { status: 'stored' }
  }
  if (answer !== 'refused') return failed(storage, write, answer)
  doubt(write.turn)
  return { status: 'fenced' }
}

/** The outcome of a write that the store did not take. */
export function failed(storage: Driver, write: Write<Subject>, { error }: Failure): Outcome {
  const place = { operation: nameOf(write), key: write.call.key, store: storage.name }
  return { status: 'failed', error: asStoreError(error, storage, place) }
}

function nameOf({ kind }: Pick<Write, 'kind'>): string {
  return kind === 'update' ? 'update' : 'set'
}
