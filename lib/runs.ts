import { settleAged } from './aged.js'
import { spend } from './budget.js'
import { lookMany } from './bulk.js'
import { type Call, type Context, keepsAfter, sharing, surviveStore } from './call.js'
import { beginTurn, doubt, inTurn, markLeased } from './fence.js'
import { fly, type Run } from './fly.js'
import { type Failures, keepAll, keepResults } from './keep.js'
import { asked, type Held, hold } from './lease.js'
import { distinct, outcomeOf, throwFirst } from './lists.js'
import { newLease, noteLost } from './lost-leases.js'
import { silence, whenReady } from './maybe.js'
import { ALONE, FREE, type Permit, permitsFor } from './permit.js'
import type { Found, Usable } from './read.js'
import { joined } from './read-through.js'
import { joinRefresh } from './refresh.js'
import { type Ended, make } from './run.js'
import { checkStorable } from './settle.js'
import { abortedIn } from './signals.js'

/**
 * For each call the stored value, else what the function gives: one bulk read, one run per distinct missing key, one
 * bulk write. Runs that are under way are joined. When all is settled and stored, it rejects with the first error in
 * the order of the list.
 */
export async function getOrUpdateMany(context: Context, calls: readonly Call[]): Promise<unknown[]> {
  const { storage } = context
  const results = new Map<string, Promise<unknown>>()
  const own: Run[] = []
  for (const call of distinct(calls)) {
    const running = joined(context, call.key, call.args, () => call)
    silence(running) // it is told of when all have ended
    if (running !== undefined) results.set(call.key, running)
    else if (!leftBefore(call, results)) {
      own.push({ call: sharing(call), turn: beginTurn(storage.identity, call.key, false) })
    }
  }
  const reading = own.length > 0 ? enterRuns(context, own) : undefined
  const run = async ({ call, turn }: Run, i: number): Promise<Ended> => {
    const entrance = (await (await reading)?.[i]) ?? FREE
    if (!('value' in entrance)) {
      const { keeps, held } = entrance
      const making = { kind: 'result', call, turn, keeps, held } as const
      return make(context, making, () => context.execute(call, turn))
    }
    doubt(turn)
    return { value: entrance.value }
  }
  const failures = await fly(context, own, results, run, (writes) => keepResults(context, writes))
  return inOrder(calls, results, failures)
}

/** Runs the function for each distinct call and stores what it gives, by one bulk write. Rejects like `getOrUpdateMany`; at once while the store is left alone. */
export async function updateMany(context: Context, calls: readonly Call[]): Promise<unknown[]> {
  checkStorable(context, calls)
  const results = new Map<string, Promise<unknown>>()
  const own = distinct(calls)
    .filter((call) => !leftBefore(call, results))
    .map((call) => ({ call: sharing(call), turn: beginTurn(context.storage.identity, call.key, true) }))
  const replacing = context.leasing === undefined ? undefined : replaceLeases(context, own)
  const run = async ({ call, turn }: Run, i: number): Promise<Ended> => {
    const { held, error } = (replacing && (await replacing)[i]) ?? {} // without leases the function runs at once
    const making = { kind: 'update', call, turn, held, keeps: true, error } as const
    return make(context, making, () => context.execute(call, turn))
  }
  const failures = await fly(context, own, results, run, (writes) => keepAll(context, 'update', writes))
  return inOrder(calls, results, failures)
}

/** Whether nobody waits for a call any more: its signal says why. */
function leftBefore({ key, args }: Call, results: Map<string, Promise<unknown>>): boolean {
  const aborted = abortedIn(args)
  if (aborted === undefined) return false
  const left = Promise.reject(aborted.reason)
  silence(left) // it is told of when all have ended
  results.set(key, left)
  return true
}

/** The results in the order of the calls, or the first error in that order. */
async function inOrder(
  calls: readonly Call[],
  results: ReadonlyMap<string, Promise<unknown>>,
  failures: Failures,
): Promise<unknown[]> {
  const settled = await Promise.allSettled(calls.map((call) => results.get(call.key)))
  return settled.map((result, i) => {
    const value = outcomeOf(result)
    throwFirst(calls.slice(i, i + 1), failures)
    return value
  })
}

/** For each run what its call is given, or its permit. One bulk read. */
async function enterRuns(
  context: Context,
  own: readonly Run[],
): Promise<readonly (Found | Permit | Promise<Found | Permit>)[]> {
  const calls = own.map(({ call }) => call)
  let found: readonly (Usable | undefined)[] = []
  try {
    found = await lookMany(context, calls)
  } catch (error) {
    for (const call of calls) if (!surviveStore(context, call, error)) throw error
    if (!keepsAfter(error)) return calls.map(() => ALONE)
  }
  const aged = own.flatMap(({ call, turn }, i) => {
    const usable = found[i]
    return usable === undefined ? [] : { call, since: turn, found: usable }
  })
  const given = settleAged(context, aged).values()
  const refreshing = own.map(({ call }, i) => (found[i] === undefined ? joinRefresh(context, call) : undefined))
  const permits = permitsFor(
    context,
    own.filter((_, i) => found[i] === undefined && refreshing[i] === undefined),
  ).values()
  return own.map((one, i) => {
    if (found[i] !== undefined) return valueFrom(given.next().value)
    const refreshed = refreshing[i]
    return refreshed === undefined ? (permits.next().value ?? FREE) : joinedOr(context, one, refreshed)
  })
}

async function valueFrom(given: Promise<unknown> | undefined): Promise<Found> {
  return { value: await given }
}

/** What a refresh under way gives; where another process makes it, a permit or what that gives. */
async function joinedOr(context: Context, run: Run, refreshing: Promise<Found | undefined>): Promise<Found | Permit> {
  return (await refreshing) ?? (await permitsFor(context, [run])[0]) ?? FREE
}

/** What an update has got: a lease, nothing where its key can have none, or why what it gives cannot be stored. */
interface Replaced {
  readonly held?: Held | undefined
  readonly error?: unknown
}

/** Gives each update the lease of its key, whoever had it. */
async function replaceLeases(context: Context, own: readonly Run[]): Promise<readonly Replaced[]> {
  const { leasing, storage } = context
  const covered = own.filter(({ call }) => leasing?.covers(call.key))
  const [first] = covered
  if (leasing === undefined || first === undefined) return own.map(() => ({}))
  const leases = covered.map(({ call }) => newLease(call.key))
  const turns = covered.map(({ turn }) => turn)
  try {
    // After the writes that are under way: a set that began before ends whatever lease stands.
    const marks = await spend(first.call.budget, storage, 'update', first.call.key, (attempt) =>
      inTurn(turns, attempt, () =>
        whenReady(asked(context, leases, attempt, leasing.replace(leases, leasing.ttl, attempt)), (given) => {
          if (!attempt.givenUp) turns.forEach(markLeased)
          return given
        }),
      ),
    )
    const held = new Map(leases.map((lease, i) => [lease.key, hold(context, leasing, lease, marks[i])]))
    return own.map(({ call }) => ({ held: held.get(call.key) }))
  } catch (error) {
    noteLost(storage, leases)
    // The store refused one of many: the others are not to fail with it.
    if (own.length > 1 && keepsAfter(error)) {
      return (await Promise.all(own.map((one) => replaceLeases(context, [one])))).flat()
    }
    turns.forEach(doubt)
    return own.map(({ call }) => (leasing.covers(call.key) ? { error } : {}))
  }
}
