/** What `getOrUpdateMany` does: many calls read through the cache, and only those that find nothing become runs. */
import { settleAged } from './aged.js'
import { lookMany } from './bulk.js'
import { type Call, type Context, keepsAfter, sharing, surviveStore } from './call.js'
import { attend } from './crowd.js'
import { beginTurn, doubt } from './fence.js'
import type { Flight } from './flight.js'
import { fly, inOrder, leftBefore, oncePerKey, type Run } from './fly.js'
import { type Failures, keepResults, NO_FAILURES } from './keep.js'
import { NOW, silence } from './maybe.js'
import { ALONE, FREE, type Permit, permitsFor } from './permit.js'
import type { Found, Usable } from './read.js'
import { joined } from './read-through.js'
import { joinRefresh } from './refresh.js'
import { type Ended, make } from './run.js'
import { signalsIn } from './signals.js'

/** A call that looks, and its flight, which others may join before it is known whether the function is to run. */
interface Looking extends Run, Flight {
  outcome: unknown
}

/**
 * For each call the stored value, else what the function gives: one bulk read, one run per distinct missing key, one
 * bulk write. Runs that are under way are joined. When all is settled and stored, it rejects with the first error in
 * the order of the list.
 */
export async function getOrUpdateMany(context: Context, calls: readonly Call[]): Promise<unknown[]> {
  const own: Looking[] = []
  // The store's own code may call the function while it is asked.
  const whenLooked = (): Promise<unknown> => NOW.then(() => looked)
  const given = oncePerKey(calls, (call) => {
    const running = joined(context, call.key, call.args, call.receiver, call) ?? leftBefore(call)
    silence(running) // it is told of when all have ended
    return running === undefined ? begin(context, call, whenLooked, own) : { outcome: running }
  })
  const looked = look(context, own)
  // The first to hear of it: whoever has joined finds the outcome there.
  const flying = looked.then(
    (found) => goOn(context, own, found),
    () => failAll(context, own, looked),
  )
  return inOrder(calls, given, await unlessLeft(own, flying))
}

/** Its flight makes no promise unless somebody joins it: most find what they look for. */
function begin({ storage, flights }: Context, from: Call, whenLooked: () => Promise<unknown>, own: Looking[]): Looking {
  const call = sharing(from)
  const { crowd } = call
  const outcome = (): unknown => looking.outcome
  const attended = crowd && attend(crowd, signalsIn(call.args), whenLooked().then(outcome))
  silence(attended) // it is told of when all have ended
  const turn = beginTurn(storage.identity, call.key, false)
  const looking: Looking = { call, turn, result: whenLooked, outcome: undefined, attended, crowd, loop: 0 }
  flights.hold(looking)
  own.push(looking)
  return looking
}

/** What all have left leaves nothing to wait for, not even what they look for. */
function unlessLeft(own: readonly Looking[], flying: Promise<Failures>): Promise<Failures> {
  if (own.some(({ crowd }) => crowd === undefined)) return flying
  silence(flying)
  return Promise.any(own.map(({ attended }) => attended)).then(
    () => flying,
    () => (own.every(({ crowd }) => crowd?.signal.aborted) ? NO_FAILURES : flying),
  )
}

/** For each what its call finds, by one bulk read; `undefined` where the store is not to be asked for anything more. */
async function look(context: Context, own: readonly Looking[]): Promise<readonly (Usable | undefined)[] | undefined> {
  const calls = own.map(({ call }) => call)
  try {
    return await lookMany(context, calls)
  } catch (error) {
    for (const call of calls) if (!surviveStore(context, call, error)) throw error
    return keepsAfter(error) ? [] : undefined
  }
}

/** All are told why nobody could look. */
function failAll({ flights }: Context, own: readonly Looking[], failed: Promise<unknown>): Failures {
  for (const one of own) {
    flights.end(one)
    one.outcome = failed
  }
  return NO_FAILURES
}

/** What is served as it is ends here; all else goes on as a run. */
function goOn(
  context: Context,
  own: readonly Looking[],
  found: readonly (Usable | undefined)[] | undefined,
): Failures | Promise<Failures> {
  const rest: Looking[] = []
  const old: (Usable | undefined)[] = []
  own.forEach((one, i) => {
    const usable = found?.[i]
    if (usable?.plan === 'serve') {
      doubt(one.turn)
      one.outcome = usable.value
      context.flights.end(one)
    } else {
      rest.push(one)
      old.push(usable)
    }
  })
  if (rest.length === 0) return NO_FAILURES
  const entering = found === undefined ? rest.map(() => ALONE) : enterRuns(context, rest, old)
  const run = async ({ call, turn }: Run, i: number): Promise<Ended> => {
    const entrance = (await (await entering)[i]) ?? FREE
    if (!('value' in entrance)) {
      const { keeps, held } = entrance
      const making = { kind: 'result', call, turn, keeps, held } as const
      return make(context, making)
    }
    doubt(turn)
    return { value: entrance.value }
  }
  return fly(context, rest, run, (writes) => keepResults(context, writes), rest)
}

/** For each run what its call is given, or its permit. */
async function enterRuns(
  context: Context,
  own: readonly Run[],
  found: readonly (Usable | undefined)[],
): Promise<readonly (Found | Permit | Promise<Found | Permit>)[]> {
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
