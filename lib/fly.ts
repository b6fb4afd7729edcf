/** Many runs at once, each a flight, and what they give on its way to the store. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Call, Context } from './call.js'
import type { Turn } from './fence.js'
import type { Flight } from './flight.js'
import type { Failures } from './keep.js'
import { outcomeOf, throwFirst } from './lists.js'
import { isThenable, type MaybePromise, silence } from './maybe.js'
import type { Prepared } from './outcome.js'
import type { Ended } from './run.js'
import { abortedIn } from './signals.js'

/** What a call of a bulk control is given: a value, or a promise of it. */
export interface Given {
  readonly outcome?: unknown
  /** In its place, where the caller may leave before it comes. */
  readonly attended?: Promise<unknown> | undefined
}

/** A run of the function that is to be made. */
export interface Run extends Given {
  readonly call: Call
  readonly turn: Turn
  /** What its flight gives. */
  outcome?: unknown
}

/**
 * Makes each run a flight, and stores what they gave when all have ended. A lone run lands with its value stored, as that
 * of a plain call does; of many, none waits for the slowest. With leases each is stored when it has ended, together with
 * those that end at the same time: other processes wait for it. `held`: the flights of these, where they have begun.
 */
export async function fly(
  { flights, leasing }: Context,
  own: readonly Run[],
  run: (run: Run, i: number) => Promise<Ended>,
  keep: (writes: readonly Prepared[]) => MaybePromise<Failures>,
  held?: readonly Flight[],
): Promise<Failures> {
  const writes: Prepared[] = []
  const failures = new Map<string, unknown>()
  const store = async (ended: readonly Prepared[]): Promise<void> => {
    for (const [key, error] of await keep(ended)) failures.set(key, error)
  }
  const storeSoon = gathering(store)
  let hasLanded = false
  let land = (): void => {}
  const landed = new Promise<void>((resolve) => {
    land = resolve
  })
  const waiting = own.map((one, i) => {
    const flight = async (): Promise<unknown> => {
      const { value, write } = await run(one, i)
      if (write === undefined) return value
      // One that its callers have left may end when all else has landed.
      if (own.length === 1 || hasLanded) await store([write])
      else if (leasing !== undefined) await storeSoon(write)
      else writes.push(write)
      return value
    }
    const result = flights.start(one.turn, one.call, flight, { landed, held: held?.[i] })
    one.outcome = result
    return one.attended ?? result
  })
  await Promise.allSettled(waiting)
  hasLanded = true
  if (writes.length > 0) await store(writes)
  land()
  return failures
}

/** What each call is given: those of one key the same, which is made once. */
export function oncePerKey(calls: readonly Call[], make: (call: Call) => Given): Given[] {
  const byKey = new Map<string, Given>()
  return calls.map((call) => {
    let given = byKey.get(call.key)
    if (given === undefined) {
      given = make(call)
      byKey.set(call.key, given)
    }
    return given
  })
}

/** What a call is given whose signal says that nobody waits for it any more. */
export function leftBefore({ args }: Call): Promise<never> | undefined {
  const aborted = abortedIn(args)
  if (aborted === undefined) return undefined
  const left = Promise.reject(aborted.reason)
  silence(left) // it is told of when all have ended
  return left
}

/** The results in the order of the calls, or the first error in that order. */
export async function inOrder(calls: readonly Call[], given: readonly Given[], failures: Failures): Promise<unknown[]> {
  const outcomes = given.map(({ attended, outcome }) => attended ?? outcome)
  if (!outcomes.some(isThenable)) return outcomes // there was no run
  const settled = await Promise.allSettled(outcomes)
  return settled.map((result, i) => {
    const value = outcomeOf(result)
    throwFirst(calls.slice(i, i + 1), failures)
    return value
  })
}

/** Stores one by one, and in one go what comes in one turn of the event loop. */
function gathering(store: (ended: readonly Prepared[]) => Promise<void>): (write: Prepared) => Promise<void> {
  let gathered: Prepared[] = []
  let storing: Promise<void> | undefined
  const storeAll = (): Promise<void> => {
    const all = gathered
    gathered = []
    storing = undefined
    return store(all)
  }
  return (write) => {
    gathered.push(write)
    storing ??= nextTurn().then(storeAll)
    return storing
  }
}
