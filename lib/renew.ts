import { spend } from './budget.js'
import { type Call, type Common, type Context, survive } from './call.js'
import type { Entry } from './entry.js'
import { CoderError, UnsupportedError } from './errors.js'
import { beginTurn, endTurn, inTurn, isOvertaken, type Turn } from './fence.js'
import { allReady, type MaybePromise, whenReady } from './maybe.js'
import { freshEntry } from './read.js'
import { trusting } from './replays.js'
import { ttlOf } from './resolve.js'
import type { Attempt, Item } from './storage/storage.js'
import { sealed } from './write.js'

/** Starts the `ttl` of entries anew, each in its turn: by a command of the store, else by reading and writing them again. */
export async function renew(context: Context, calls: readonly Call[]): Promise<readonly boolean[]> {
  const { storage, failedWrites } = context
  const [first] = calls
  if (first === undefined) return []
  checkRenewable(context, first)
  const keys = calls.map((call) => call.key)
  const turns = keys.map((key) => beginTurn(storage.identity, key, false))
  try {
    const ttls = await ttlsOf(context, first, calls)
    const direct = sameTtl(ttls)
    return await spend(first.budget, storage, 'touch', first.key, (attempt) =>
      trusting(failedWrites, keys, attempt, () =>
        inTurn(turns, attempt, () =>
          direct !== undefined && storage.touchMany !== undefined && !storage.wholeSeconds
            ? storage.touchMany(keys, direct, attempt)
            : readAndRenew(context, calls, turns, ttls, attempt),
        ),
      ),
    )
  } finally {
    turns.forEach(endTurn)
  }
}

/** @throws UnsupportedError where there is no `ttl` to start anew */
export function checkRenewable({ policy, storage }: Common, { ttl }: Pick<Call, 'ttl'>): void {
  if (storage.capabilities.expiry === 'none') {
    throw new UnsupportedError(`touch starts the ttl of an entry anew, and ${storage.name} can end no entry`)
  }
  if (policy.ttl !== undefined || ttl !== undefined) return
  throw new UnsupportedError(
    'touch starts the ttl of an entry anew, and this function has none: give it the option ttl',
  )
}

type Ttls = readonly (number | undefined)[]

/** The new `ttl` of each entry; `undefined` where it depends on a value that is not there. Before the turn: coders take their time. */
async function ttlsOf(context: Context, first: Call, calls: readonly Call[]): Promise<Ttls> {
  const { storage, policy, failedWrites } = context
  const given = calls.map((call) => call.ttl ?? (typeof policy.ttl === 'number' ? policy.ttl : undefined))
  const keys = calls.map((call) => call.key)
  if (given.every((ttl) => ttl !== undefined)) return given
  const stored = await spend(first.budget, storage, 'touch', first.key, (attempt) =>
    trusting(failedWrites, keys, attempt, () => storage.getMany(keys, attempt)),
  )
  return Promise.all(
    calls.map(async (call, i) => {
      const entry = freshEntry(context, call, stored[i])
      const value = entry && (await decoded(context, call, entry))
      return value && ttlOf(policy, value.value, call.args)
    }),
  )
}

/** Data that does not decode is absent, with an event. */
async function decoded(context: Context, call: Call, entry: Entry): Promise<{ value: unknown } | undefined> {
  try {
    return { value: await context.codec.decode(entry.payload) }
  } catch (error) {
    if (!(error instanceof CoderError)) throw error
    survive(context, call, error)
    return undefined
  }
}

function sameTtl(ttls: Ttls): number | undefined {
  return ttls.every((ttl) => ttl === ttls[0]) ? ttls[0] : undefined
}

/** At once where the store answers at once: `cachedSync` on the same Map waits for nobody. */
function readAndRenew(
  context: Context,
  calls: readonly Call[],
  turns: readonly Turn[],
  ttls: Ttls,
  attempt: Attempt,
): MaybePromise<boolean[]> {
  const { storage } = context
  const keys = calls.map((call) => call.key)
  return whenReady(storage.getMany(keys, attempt), (stored) => {
    const entries = calls.map((call, i) => (ttls[i] === undefined ? undefined : freshEntry(context, call, stored[i])))
    const items: Item[] = []
    const renewing = calls.map((call, i): MaybePromise<readonly boolean[]> => {
      const [ttl, entry, turn] = [ttls[i], entries[i], turns[i]]
      if (ttl === undefined || entry === undefined || attempt.givenUp) return [false]
      if (turn !== undefined && isOvertaken(turn)) return [false] // a listener of freshEntry's event may have written
      // What carries an end of its own, or counts finer than the store, no command to the store can move.
      const ownEnd = storage.wholeSeconds && (entry.meta.expires !== undefined || ttl % 1000 !== 0)
      if (storage.touchMany !== undefined && !ownEnd) return storage.touchMany([call.key], ttl, attempt)
      items.push(sealed(context, call, entry.payload, ttl))
      return [true]
    })
    const written = items.length > 0 ? storage.setMany(items, attempt) : []
    return whenReady(allReady([allReady(renewing), written]), ([renewed, failures]) => {
      const failure = failures.find((failed) => failed !== undefined)
      if (failure !== undefined) throw failure.error
      return renewed.map(([touched]) => touched === true)
    })
  })
}
