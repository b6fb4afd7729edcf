import { spend } from './budget.js'
import type { Call, Common, Context } from './call.js'
import { type Meta, seal } from './entry.js'
import { markTaken } from './failed-writes.js'
import { beginTurn, doubt, endTurn, inTurn, markSent, type Turn } from './fence.js'
import { keepsEnd, longestWindow } from './freshness.js'
import { removeKeys, setItems } from './lease.js'
import { type MaybePromise, whenReady } from './maybe.js'
import { dueOf, failed, lostIn, nameOf, type Outcome, type Prepared, type Write } from './outcome.js'
import { remember, trusting } from './replays.js'
import { isKept, ttlOf } from './resolve.js'
import { sample } from './sample.js'
import { settle } from './settle.js'
import type { Attempt, Driver, Failure, Item } from './storage/storage.js'
import type { Subject } from './trace.js'

/** Codes a value for the store. Never rejects. */
export async function prepare(context: Context, write: Write): Promise<Prepared> {
  const { call, value, kind, cost } = write
  try {
    if (kind !== 'set' && !isKept(context.policy, value, call.args)) return { write, dropped: true }
    const ttl = call.ttl ?? ttlOf(context.policy, value, call.args)
    const encoding = context.codec.encode(value)
    sample(context, value, encoding)
    return { write, item: sealed(context, call, await encoding, ttl, cost) }
  } catch (error) {
    return { write, error }
  }
}

/** Stores values, each in its turn, by one bulk write. Distinct keys only. Never rejects: each write has its outcome. */
export async function put(context: Context, prepared: readonly Prepared[]): Promise<ReadonlyMap<Write, Outcome>> {
  const outcomes = new Map<Write, Outcome>()
  /** Of a write whose value is not kept there is none: what is older than it goes. */
  const items = new Map<Write, Item | undefined>()
  for (const one of prepared) {
    if ('item' in one) items.set(one.write, one.item)
    else if ('error' in one) outcomes.set(one.write, { status: 'failed', error: one.error })
    else if (one.write.kind === 'update') items.set(one.write, undefined)
    else outcomes.set(one.write, { status: 'dropped' })
  }
  const [first] = items.keys()
  if (first !== undefined) {
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
  }
  const writes = prepared.map(({ write }) => write)
  await settle(context, writes, outcomes)
  return outcomes
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
function send(
  context: Context,
  items: ReadonlyMap<Write, Item | undefined>,
  outcomes: Map<Write, Outcome>,
  attempt: Attempt,
): MaybePromise<void> {
  const { storage, failedWrites } = context
  const standing: Write[] = []
  const outdated: Write[] = []
  for (const [write, item] of items) {
    const due = dueOf(write)
    if (due === 'put' && item !== undefined) standing.push(write)
    else outcomes.set(write, { status: due === 'put' ? 'dropped' : 'fenced' })
    if (due === 'remove' || (due === 'put' && item === undefined)) outdated.push(write)
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
    for (const { turn } of outdated) markTaken(failedWrites, turn)
    if (sent.length === 0 || attempt.givenUp) return undefined
    for (const { turn } of standing) markSent(turn)
    return whenReady(setItems(context, sent, attempt), (answers) => {
      for (const [i, write] of standing.entries()) outcomes.set(write, outcomeOf(context, write, answers[i]))
    })
  })
}

function outcomeOf({ storage, failedWrites }: Context, write: Write, answer: Failure | 'refused' | undefined): Outcome {
  if (answer === undefined) {
    markTaken(failedWrites, write.turn)
    return { status: 'stored' }
  }
  if (answer !== 'refused') return failed(storage, write, answer)
  doubt(write.turn)
  return { status: 'fenced' }
}
