import { type Budget, spend } from './budget.js'
import { type Call, type Context, freshEntry } from './call.js'
import { seal } from './entry.js'
import { UnsupportedError } from './errors.js'
import { beginTurn, endTurn, inTurn, isFenced, isOvertaken, markStored, type Turn } from './fence.js'
import { type MaybePromise, whenReady } from './maybe.js'
import { ttlOf } from './resolve.js'
import type { Attempt, Item, Storage } from './storage/storage.js'

/**
 * A value on its way to the store.
 * - `result` of a plain call: withheld once it is fenced;
 * - `update`: once it is fenced it is withheld too, but what is older than it goes;
 * - `set`: written unless something that began later has been.
 */
export interface Write {
  readonly kind: 'result' | 'update' | 'set'
  readonly call: Call
  readonly turn: Turn
  readonly value: unknown
}

/** What became of a write. */
export type Outcome = { readonly status: 'stored' | 'fenced' } | { readonly status: 'failed'; readonly error: unknown }

/** Stores values, each in its turn, by one bulk write. Distinct keys only. Never rejects: each write has its outcome. */
export async function put(context: Context, budget: Budget, writes: readonly Write[]): Promise<Map<Write, Outcome>> {
  const outcomes = new Map<Write, Outcome>()
  const items = new Map<Write, Item>()
  const prepareOne = async (write: Write): Promise<void> => {
    try {
      items.set(write, await prepare(context, write))
    } catch (error) {
      outcomes.set(write, { status: 'failed', error })
    }
  }
  await Promise.all(writes.map(prepareOne))
  const [first, ...rest] = items.keys()
  if (first === undefined) return outcomes
  const turns = [first, ...rest].map((write) => write.turn)
  try {
    await spend(budget, context.storage, first.kind === 'update' ? 'update' : 'set', first.call.key, (attempt) =>
      inTurn(turns, attempt, () => send(context, items, outcomes, attempt)),
    )
  } catch (error) {
    for (const write of items.keys()) outcomes.set(write, { status: 'failed', error })
  }
  return outcomes
}

/** Removes entries, each in its turn; what began before on their keys is fenced from now on. Distinct keys only. */
export async function remove(context: Context, budget: Budget, calls: readonly Call[]): Promise<readonly boolean[]> {
  const { storage } = context
  const keys = calls.map((call) => call.key)
  const turns = keys.map((key) => beginTurn(storage.identity, key, true))
  try {
    return await spend(budget, storage, 'delete', keys[0] ?? '', (attempt) =>
      inTurn(turns, attempt, () =>
        whenReady(storage.deleteMany(keys, attempt), (removed) => {
          turns.forEach(markStored)
          return removed
        }),
      ),
    )
  } finally {
    turns.forEach(endTurn)
  }
}

/** Starts the `ttl` of entries anew: by a command, or by reading and writing them again with nothing of ours in between. */
export async function renew(context: Context, budget: Budget, calls: readonly Call[]): Promise<readonly boolean[]> {
  const { storage, policy } = context
  const keys = calls.map((call) => call.key)
  const ttl = calls[0]?.ttl ?? policy.ttl
  if (ttl === undefined)
    throw new UnsupportedError(
      'touch starts the ttl of an entry anew, and this function has none: give it the option ttl',
    )
  const turns = keys.map((key) => beginTurn(storage.identity, key, false))
  const touch = typeof ttl === 'number' ? touchBy(storage, ttl) : undefined
  // Where the store counts in whole seconds, an entry may carry its own end, which no command to the server moves.
  const direct = storage.wholeSeconds ? undefined : touch
  try {
    return await spend(budget, storage, 'touch', keys[0] ?? '', (attempt) =>
      inTurn(turns, attempt, () => (direct ? direct(keys, attempt) : readAndRenew(context, calls, touch, attempt))),
    )
  } finally {
    turns.forEach(endTurn)
  }
}

type Touch = (keys: readonly string[], attempt: Attempt) => MaybePromise<readonly boolean[]>

/** The store's own touch, if it has one that can count this `ttl`. */
function touchBy(storage: Storage, ttl: number): Touch | undefined {
  if (storage.touchMany === undefined || (storage.wholeSeconds && ttl % 1000 !== 0)) return undefined
  return (keys, attempt) => storage.touchMany?.(keys, ttl, attempt) ?? []
}

async function readAndRenew(
  context: Context,
  calls: readonly Call[],
  touch: Touch | undefined,
  attempt: Attempt,
): Promise<boolean[]> {
  const { storage, codec, policy } = context
  const stored = await storage.getMany(
    calls.map((call) => call.key),
    attempt,
  )
  const touchable: string[] = []
  const items: Item[] = []
  const renewOne = async (call: Call, i: number): Promise<boolean> => {
    const entry = freshEntry(context, call, stored[i])
    if (entry === undefined) return false
    if (touch !== undefined && entry.meta.expires === undefined) {
      touchable.push(call.key)
      return true
    }
    const needsValue = call.ttl === undefined && typeof policy.ttl === 'function'
    const value = needsValue ? await codec.decode(entry.payload) : undefined
    items.push(sealed(context, call, entry.payload, call.ttl ?? ttlOf(policy, value, call.args)))
    return true
  }
  const found = await Promise.all(calls.map(renewOne))
  const touched = touchable.length > 0 && !attempt.givenUp ? await touch?.(touchable, attempt) : []
  if (items.length > 0 && !attempt.givenUp) await storage.setMany(items, attempt)
  return calls.map(({ key }, i) => found[i] === true && touched?.[touchable.indexOf(key)] !== false)
}

function prepare(context: Context, { call, value }: Write): MaybePromise<Item> {
  const ttl = call.ttl ?? ttlOf(context.policy, value, call.args)
  return whenReady(context.codec.encode(value), (payload) => sealed(context, call, payload, ttl))
}

/** The exact end goes into the entry where the store counts in whole seconds only. */
function sealed({ storage }: Context, { key }: Call, payload: unknown, ttl: number | undefined): Item {
  const inexact = storage.wholeSeconds && ttl !== undefined && ttl % 1000 !== 0
  const meta = inexact ? { expires: Math.ceil(Date.now() + ttl) } : undefined
  return { key, value: seal(payload, meta, storage.capabilities.values), ttl }
}

/** Sends what still stands when its turn has come. */
function send(
  { storage }: Context,
  items: ReadonlyMap<Write, Item>,
  outcomes: Map<Write, Outcome>,
  attempt: Attempt,
): MaybePromise<void> {
  const standing: Write[] = []
  const outdated: Write[] = []
  for (const write of items.keys()) {
    const { turn, kind } = write
    const overtaken = isOvertaken(turn)
    if (!overtaken && (kind === 'set' || !isFenced(turn))) {
      standing.push(write)
      continue
    }
    outcomes.set(write, { status: 'fenced' })
    if (kind === 'update' && !overtaken) outdated.push(write)
  }
  const sent =
    items.size === standing.length ? [...items.values()] : standing.flatMap((write) => items.get(write) ?? [])
  const gone = outdated.map(({ turn }) => turn.key)
  return whenReady<unknown, void>(gone.length > 0 ? storage.deleteMany(gone, attempt) : undefined, () => {
    for (const { turn } of outdated) markStored(turn)
    if (sent.length === 0 || attempt.givenUp) return undefined
    return whenReady(storage.setMany(sent, attempt), () => {
      for (const write of standing) {
        markStored(write.turn)
        outcomes.set(write, { status: 'stored' })
      }
    })
  })
}
