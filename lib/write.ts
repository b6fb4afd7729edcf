import { asStoreError, checkNotLeftAlone, spend } from './budget.js'
import type { Call, Common, Context } from './call.js'
import { seal } from './entry.js'
import { StoreError } from './errors.js'
import { markTaken } from './failed-writes.js'
import { beginTurn, endTurn, inTurn, isFenced, isOvertaken, type Turn } from './fence.js'
import { type MaybePromise, whenReady } from './maybe.js'
import { remember } from './replays.js'
import { ttlOf } from './resolve.js'
import { sample } from './sample.js'
import type { Attempt, Driver, Failure, Item } from './storage/storage.js'
import type { Subject } from './trace.js'

/**
 * A value on its way to the store.
 * - `result` of a plain call: withheld once it is fenced;
 * - `update`: once it is fenced it is withheld too, but what is older than it goes;
 * - `set`: written unless something that began later has been.
 */
export interface Write<C extends Subject = Call> {
  readonly kind: 'result' | 'update' | 'set'
  readonly call: C
  readonly turn: Turn
  readonly value: unknown
  /** Of a result: other turns that withhold it once they are fenced. */
  readonly within?: readonly Turn[] | undefined
}

/** A write made ready: coded before anybody who gets the value could change it. Or why it cannot be stored. */
export type Prepared<C extends Subject = Call> = { readonly write: Write<C> } & (
  | { readonly item: Item }
  | { readonly error: unknown }
)

/** What became of a write. */
export type Outcome =
  | { readonly status: 'stored' }
  | { readonly status: 'fenced' }
  | { readonly status: 'failed'; readonly error: unknown }

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
  if (first === undefined) return outcomes
  const turns = Array.from(items.keys(), (write) => write.turn)
  try {
    await spend(
      first.call.budget,
      context.storage,
      nameOf(first),
      first.call.key,
      (attempt) => inTurn(turns, attempt, () => send(context, items, outcomes, attempt)),
      () => lostIn(outcomes),
    )
  } catch (error) {
    for (const write of items.keys()) outcomes.set(write, { status: 'failed', error })
  }
  rememberFailed(context, outcomes)
  return outcomes
}

/** @throws StoreError while the store is left alone: what an `update` gave could not be stored. */
export function checkStorable(context: Context, calls: readonly Call[]): void {
  const { storage } = context
  const [first] = calls
  if (first === undefined) return
  try {
    checkNotLeftAlone(storage, 'update', first.key)
  } catch (error) {
    for (const { key } of calls) {
      const turn = beginTurn(storage.identity, key, true)
      remember(context, turn, 'update', error)
      endTurn(turn)
    }
    throw error
  }
}

/** Removes entries, each in its turn; what began before on their keys is fenced from now on. Distinct keys only. */
export async function remove(context: Context, calls: readonly Call[]): Promise<readonly boolean[]> {
  const { storage, failedWrites } = context
  const [first] = calls
  if (first === undefined) return []
  const keys = calls.map((call) => call.key)
  const turns = keys.map((key) => beginTurn(storage.identity, key, true))
  try {
    return await spend(first.budget, storage, 'delete', first.key, (attempt) =>
      inTurn(turns, attempt, () =>
        whenReady(storage.deleteMany(keys, attempt), (removed) => {
          for (const turn of turns) markTaken(failedWrites, turn)
          return removed
        }),
      ),
    )
  } catch (error) {
    for (const turn of turns) remember(context, turn, 'delete', error)
    throw error
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
  if (kind === 'set' || !isFenced(turn)) return 'put'
  return kind === 'update' ? 'remove' : undefined
}

/** Sends what still stands when its turn has come. */
function send(
  { storage, failedWrites }: Context,
  items: ReadonlyMap<Write, Item>,
  outcomes: Map<Write, Outcome>,
  attempt: Attempt,
): MaybePromise<void> {
  const standing: Write[] = []
  const outdated: Write[] = []
  for (const write of items.keys()) {
    const due = dueOf(write)
    if (due === 'put') standing.push(write)
    else outcomes.set(write, { status: 'fenced' })
    if (due === 'remove') outdated.push(write)
  }
  const sent = standing.flatMap((write) => items.get(write) ?? [])
  const gone = outdated.map(({ turn }) => turn.key)
  return whenReady<unknown, void>(gone.length > 0 ? storage.deleteMany(gone, attempt) : undefined, () => {
    for (const { turn } of outdated) markTaken(failedWrites, turn)
    if (sent.length === 0 || attempt.givenUp) return undefined
    return whenReady(storage.setMany(sent, attempt), (failures) => {
      standing.forEach((write, i) => {
        const failure = failures[i]
        if (failure === undefined) markTaken(failedWrites, write.turn)
        outcomes.set(write, failure ? failed(storage, write, failure) : { status: 'stored' })
      })
    })
  })
}

/** What a plain call gave is no loss: nothing older is there, or it may stay. */
function rememberFailed(context: Context, outcomes: ReadonlyMap<Write, Outcome>): void {
  outcomes.forEach((outcome, write) => {
    if (outcome.status !== 'failed' || write.kind === 'result') return
    remember(context, write.turn, nameOf(write), outcome.error)
  })
}

/** What the store is to be blamed for, if it took nothing at all; `null` if nothing was to be taken. */
function lostIn(outcomes: ReadonlyMap<Write, Outcome>): unknown {
  let lost: unknown = null
  for (const outcome of outcomes.values()) {
    if (outcome.status === 'stored') return undefined
    if (outcome.status !== 'failed' || !(outcome.error instanceof StoreError)) continue
    if (outcome.error.failure === 'reply') return undefined
    lost = outcome.error
  }
  return lost
}

/** The outcome of a write that the store did not take. */
export function failed(storage: Driver, write: Write<Subject>, { error }: Failure): Outcome {
  const place = { operation: nameOf(write), key: write.call.key, store: storage.name }
  return { status: 'failed', error: asStoreError(error, storage, place) }
}

function nameOf({ kind }: Pick<Write, 'kind'>): string {
  return kind === 'update' ? 'update' : 'set'
}
