/** What `getOrUpdateMany` does: many calls read through the cache, and only those that find nothing become runs. */
import { settleAged } from './aged.js'
import { lookMany } from './bulk.js'
import { type Call, type Context, keepsAfter, sharing, surviveStore } from './call.js'
import { attend } from './crowd.js'
import { beginTurn, doubt } from './fence.js'
import type { Flight } from './flight.js'
import { fly, inOrder, leftBefore, oncePerKey, type Run } from './fly.js'
import { type Failures, keepResults, NONE } from './keep.js'
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
  attended: Promise<unknown> | undefined
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
  // Whoever has joined is told after this.
  const flying = looked.then(
    (found) => goOn(context, own, found),
    () => giveUp(context, own, looked),
  )
  for (const one of own) if (one.crowd !== undefined) one.attended = attended(one, looked)
  return inOrder(calls, given, await unlessLeft(own, flying))
}

/** Its flight makes no promise unless somebody joins it: most find what they look for. */
function begin({ storage, flights }: Context, from: Call, whenLooked: () => Promise<unknown>, own: Looking[]): Looking {
  const call = sharing(from)
  const looking: Looking = {
    call,
    turn: beginTurn(storage.identity, call.key, false),
    result: whenLooked,
    outcome: undefined,
    attended: undefined,
    crowd: call.crowd,
    loop: 0,
  }
  flights.hold(looking)
  own.push(looking)
  return looking
}

/** What a caller waits for who has a signal, as one of the crowd. */
function attended(looking: Looking, looked: Promise<unknown>): Promise<unknown> {
  const { crowd, args } = looking.call
  const outcome = attend(
    crowd,
    signalsIn(args),
    looked.then(() => looking.outcome),
  )
  silence(outcome) // it is told of when all have ended
  return outcome
}

/** What all have left, or has failed for all, leaves nothing to wait for, not even what they look for. */
function unlessLeft(own: readonly Looking[], flying: Promise<Failures>): Promise<Failures> {
  if (own.some((one) => one.attended === undefined)) return flying
  silence(flying)
  return Promise.any(own.map((one) => one.attended)).then(
    () => flying,
    () => NONE,
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
function giveUp({ flights }: Context, own: readonly Looking[], failed: Promise<unknown>): Failures {
  for (const one of own) {
    flights.end(one)
    one.outcome = failed
  }
  return NONE
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
  if (rest.length === 0) return NONE
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
