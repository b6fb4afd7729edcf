import { spend } from './budget.js'
import type { Call, Common, Context } from './call.js'
import { type Meta, seal } from './entry.js'
import { markTaken } from './failed-writes.js'
import { beginTurn, doubt, endTurn, inTurn, isFree, markSent, type Turn } from './fence.js'
import { keepsEnd, longestWindow } from './freshness.js'
import { removeKeys, setItems } from './lease.js'
import { isThenable, type MaybePromise, whenReady } from './maybe.js'
import {
  DROPPED,
  dueOf,
  FENCED,
  failed,
  lostIn,
  nameOf,
  type Outcome,
  type Prepared,
  STORED,
  type Write,
} from './outcome.js'
import { putNow } from './put-now.js'
import { remember, trusting } from './replays.js'
import { isKept, ttlOf } from './resolve.js'
import { sample } from './sample.js'
import { settle } from './settle.js'
import type { Attempt, Driver, Failure, Item, LeasedItem } from './storage/storage.js'
import type { Subject } from './trace.js'

/** Codes a value for the store. Never rejects. */
export function prepare(context: Context, write: Write): MaybePromise<Prepared> {
  const { call, value, kind, cost } = write
  const failed = (error: unknown): Prepared => ({ write, error })
  try {
    if (kind !== 'set' && !isKept(context.policy, value, call.args)) return { write, dropped: true }
    const ttl = call.ttl ?? ttlOf(context.policy, value, call.args)
    const encoding = context.codec.encode(value)
    sample(context, value, encoding)
    if (!isThenable(encoding)) return { write, item: sealed(context, call, encoding, ttl, cost) }
    return Promise.resolve(encoding) // a value that is stored as it is may have a `then` of its own, and nothing else
      .then((encoded) => ({ write, item: sealed(context, call, encoded, ttl, cost) }))
      .catch(failed)
  } catch (error) {
    return failed(error)
  }
}

/** A write that the store is asked about, and where its outcome stands. Without an item nothing is put: what is older goes. */
interface Due {
  readonly at: number
  readonly write: Write
  readonly item: Item | undefined
}

/** Stores values, each in its turn, by one bulk write. Distinct keys only. Never rejects: each write has its outcome. */
export function put(context: Context, prepared: readonly Prepared[]): MaybePromise<readonly Outcome[]> {
  const { storage } = context
  const [only] = prepared
  // Another Storage on the same Map may take its time.
  if (storage.atOnce && prepared.length === 1 && only && 'item' in only && isFree(only.write.turn)) {
    const outcomes = [putNow(context, storage.atOnce, only.write, only.item)]
    return whenReady(settle(context, prepared, outcomes), () => outcomes)
  }
  const outcomes: Outcome[] = prepared.map((one) => ('error' in one ? { status: 'failed', error: one.error } : DROPPED))
  const due = prepared.flatMap((one, at): Due | [] => {
    const { write } = one
    if ('item' in one) return { at, write, item: one.item }
    return 'dropped' in one && write.kind === 'update' ? { at, write, item: undefined } : []
  })
  const end = (): MaybePromise<readonly Outcome[]> => whenReady(settle(context, prepared, outcomes), () => outcomes)
  const [first] = due
  if (first === undefined) return end()
  const turns = due.map(({ write }) => write.turn)
  const { budget, key } = first.write.call
  const putting = spend(
    budget,
    storage,
    nameOf(first.write),
    key,
    (attempt) => inTurn(turns, attempt, () => send(context, due, outcomes, attempt)),
    () => lostIn(outcomes),
  )
  if (!isThenable(putting)) return end()
  return putting.then(end, (error) => {
    for (const { at } of due) outcomes[at] = { status: 'failed', error }
    return end()
  })
}

/** Removes entries, each in its turn; what began before on their keys is fenced from now on. Distinct keys only. */
export function remove(context: Context, calls: readonly Call[]): Promise<readonly boolean[]> {
  return discard(context, calls, 'delete', (turns, attempt) =>
    whenReady(removeKeys(context, keysOf(turns), attempt), (removed) => {
      for (const turn of turns) markTaken(context.failedWrites, turn)
      return removed
    }),
  )
}

/** The keys of turns. */
export function keysOf(turns: readonly Turn[]): string[] {
  return turns.map(({ key }) => key)
}

/**
 * Has entries be of no more use, by `act`, each in its turn; fences like `remove`. `act` marks what the store has taken.
 * What fails is remembered. What `expire` leaves is trusted: what failed before on these keys is made good first.
 */
export async function discard(
  context: Context,
  calls: readonly Call[],
  operation: 'delete' | 'expire',
  act: (turns: readonly Turn[], attempt: Attempt) => MaybePromise<readonly boolean[]>,
): Promise<readonly boolean[]> {
  const { storage, failedWrites } = context
  const [first] = calls
  if (first === undefined) return []
  const turns = calls.map(({ key }) => beginTurn(storage.identity, key, true))
  try {
    return await spend(first.budget, storage, operation, first.key, (attempt) => {
      const discarding = (): MaybePromise<readonly boolean[]> => inTurn(turns, attempt, () => act(turns, attempt))
      if (operation === 'delete') return discarding()
      return trusting(failedWrites, keysOf(turns), attempt, discarding)
    })
  } catch (error) {
    for (const turn of turns) remember(context, turn, operation, error)
    throw error
  } finally {
    turns.forEach(endTurn)
  }
}

/** What an entry carries, and how long the store keeps it, in milliseconds. */
export interface Terms {
  readonly meta: Meta | undefined
  readonly ttl: number | undefined
}

/** What comes of a `ttl`: its end goes into the entry where the store keeps that longer, or counts in whole seconds only. */
export function termsOf(
  { storage, policy }: Pick<Common, 'storage' | 'policy'>,
  ttl: number | undefined,
  cost?: number,
): Terms {
  if (ttl === undefined) return { meta: undefined, ttl }
  const inexact = storage.wholeSeconds && ttl % 1000 !== 0
  if (!inexact && !keepsEnd(policy)) return { meta: undefined, ttl }
  const expires = Math.ceil(Date.now() + ttl)
  const isToldCost = policy.earlyRefresh > 0 && cost !== undefined
  const meta = isToldCost ? { expires, cost: Math.ceil(cost) } : { expires }
  return { meta, ttl: spared(storage, ttl + longestWindow(policy)) }
}

/** How long a store is to keep what carries its end: of whole seconds, one that counts in these may end the last early. */
export function spared({ wholeSeconds }: Pick<Driver, 'wholeSeconds'>, ttl: number): number {
  return wholeSeconds && ttl % 1000 === 0 ? ttl + 1 : ttl
}

/** A coder's output as it is stored. `cost` is how long the run took that gave it, in milliseconds. */
export function sealed(
  context: Pick<Common, 'storage' | 'policy'>,
  { key }: Subject,
  payload: unknown,
  ttl: number | undefined,
  cost?: number,
): Item {
  const terms = termsOf(context, ttl, cost)
  return { key, value: seal(payload, terms.meta, context.storage.capabilities.values), ttl: terms.ttl }
}

/** Sends what still stands when its turn has come. */
function send(context: Context, all: readonly Due[], outcomes: Outcome[], attempt: Attempt): MaybePromise<void> {
  const { storage, failedWrites } = context
  const standing: Due[] = []
  const sent: LeasedItem[] = []
  const outdated: Write[] = []
  for (const one of all) {
    const { at, write, item } = one
    const due = dueOf(write)
    outcomes[at] = due === 'put' ? DROPPED : FENCED
    if (due === 'remove' || (due === 'put' && item === undefined)) outdated.push(write)
    if (due !== 'put' || item === undefined) continue
    const { held } = write
    standing.push(one)
    sent.push(held === undefined ? item : { ...item, lease: held.lease, unlessChanged: held.unlessChanged })
  }
  const put = (): MaybePromise<void> => {
    for (const { turn } of outdated) markTaken(failedWrites, turn)
    if (sent.length === 0 || attempt.givenUp) return undefined
    for (const { write } of standing) markSent(write.turn)
    return whenReady(setItems(context, sent, attempt), (answers) => {
      for (const [i, { at, write }] of standing.entries()) outcomes[at] = outcomeOf(context, write, answers[i])
    })
  }
  if (outdated.length === 0) return put()
  // The leases of what began later stay.
  const gone = outdated.map(({ turn }) => turn.key)
  return whenReady<unknown, void>(storage.deleteMany(gone, attempt), put)
}

function outcomeOf({ storage, failedWrites }: Context, write: Write, answer: Failure | 'refused' | undefined): Outcome {
  if (answer === undefined) {
    markTaken(failedWrites, write.turn)
    return STORED
  }
  if (answer !== 'refused') return failed(storage, write, answer)
  doubt(write.turn)
  return FENCED
}
