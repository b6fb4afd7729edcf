import { spend } from './budget.js'
import type { Call, Context } from './call.js'
import { expire } from './expire.js'
import { beginTurn, endTurn } from './fence.js'
import { keepsEnd } from './freshness.js'
import { keepAll } from './keep.js'
import { distinct, outcomeOf, throwFirst, told } from './lists.js'
import { allReady, type MaybePromise } from './maybe.js'
import type { Write } from './outcome.js'
import { type Found, freshEntry, open, openUsable, type Usable } from './read.js'
import { renew } from './renew.js'
import { trusting } from './replays.js'
import type { Attempt, Stored } from './storage/storage.js'
import { prepare, remove } from './write.js'

/** For each call the fresh stored value, else `missValue`: one bulk read. */
export async function getMany(context: Context, calls: readonly Call[]): Promise<unknown[]> {
  const found = await readMany(context, calls)
  return found.map((entry) => (entry === undefined ? context.policy.missValue : entry.value))
}

/** Runs the function for each call, past the cache; rejects, when all have ended, with the first error in order. */
export async function executeMany(context: Context, calls: readonly Call[]): Promise<unknown[]> {
  const settled = await Promise.allSettled(calls.map((call) => context.execute(call)))
  return settled.map(outcomeOf)
}

/** Stores a value for each call; of several for one key, the last. Rejects with the first failure in order. */
export async function setMany(context: Context, calls: readonly Call[], values: readonly unknown[]): Promise<void> {
  const writes = new Map<string, Write>()
  calls.forEach((call, i) => {
    const turn = writes.get(call.key)?.turn ?? beginTurn(context.storage.identity, call.key, true)
    writes.set(call.key, { kind: 'set', call, turn, value: values[i] })
  })
  const all = [...writes.values()]
  const prepared = await Promise.all(all.map((write) => prepare(context, write)))
  const failures = await keepAll(context, 'set', prepared)
  for (const { turn } of all) endTurn(turn)
  throwFirst(calls, failures)
}

/** Removes entries: for each call, whether something was there. */
export async function deleteMany(context: Context, calls: readonly Call[]): Promise<boolean[]> {
  const own = distinct(calls)
  return told(context, 'delete', calls, own, await remove(context, own))
}

/** Ends the `ttl` of entries: for each call, whether there was one of use. */
export async function expireMany(context: Context, calls: readonly Call[]): Promise<boolean[]> {
  const own = distinct(calls)
  return told(context, 'expire', calls, own, await expire(context, own))
}

/** For each call, whether its entry's `ttl` was started anew; false if it is absent. */
export async function touchMany(context: Context, calls: readonly Call[]): Promise<boolean[]> {
  const own = distinct(calls)
  return told(context, 'touch', calls, own, await renew(context, own))
}

/** For each call, whether there is a fresh entry. Nothing is decoded. */
export async function hasMany(context: Context, calls: readonly Call[]): Promise<boolean[]> {
  const { storage, failedWrites, policy } = context
  const keys = calls.map((call) => call.key)
  const [first] = calls
  if (first === undefined) return []
  const ask = async (attempt: Attempt): Promise<readonly boolean[]> => {
    // In memory it costs nothing to see what another function's windows keep.
    if (!storage.atOnce && !storage.wholeSeconds && !keepsEnd(policy)) return storage.hasMany(keys, attempt)
    const stored = await storage.getMany(keys, attempt)
    return calls.map((call, i) => freshEntry(context, call, stored[i]) !== undefined)
  }
  return [
    ...(await spend(first.budget, storage, 'has', first.key, (attempt) =>
      trusting(failedWrites, keys, attempt, () => ask(attempt)),
    )),
  ]
}

/** For each call its fresh entry, decoded: one bulk read. */
async function readMany(context: Context, calls: readonly Call[]): Promise<(Found | undefined)[]> {
  const stored = await storedOf(context, calls)
  return allReady(calls.map((call, i) => open(context, call, stored[i])))
}

/** For each plain call what it finds: one bulk read. */
export async function lookMany(context: Context, calls: readonly Call[]): Promise<(Usable | undefined)[]> {
  const stored = await storedOf(context, calls)
  return allReady(calls.map((call, i) => openUsable(context, call, stored[i])))
}

function storedOf(
  { storage, reads, failedWrites }: Context,
  calls: readonly Call[],
): MaybePromise<readonly (Stored | undefined)[]> {
  const keys = calls.map((call) => call.key)
  const [first] = calls
  if (first === undefined) return []
  return spend(first.budget, storage, 'get', first.key, (attempt) =>
    trusting(failedWrites, keys, attempt, () => reads.getMany(keys, attempt)),
  )
}
