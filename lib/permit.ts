/** What a call that found nothing may do, where processes know of each other's runs. */
import { newBudget, spend } from './budget.js'
import { type Call, type Context, keepsAfter, surviveStore } from './call.js'
import { isFenced, type Turn } from './fence.js'
import { asked, giveBack, type Held, hold } from './lease.js'
import { forgetLost, noteLost, wantedLease } from './lost-leases.js'
import { type Found, glance } from './read.js'
import type { Leasing } from './resolve.js'
import type { WantedLease } from './storage/storage.js'

/** To run the function: and to store what it gives, or only to answer with it. */
export interface Permit {
  readonly keeps: boolean
  /** The lease by which it is stored; `undefined` where the key has none. */
  readonly held?: Held | undefined
}

/** To run as if there were no other process. */
export const FREE: Permit = { keeps: true }

/** To run without a lease that others may have: what was outdated meanwhile cannot be told. */
export const ALONE: Permit = { keeps: false }

/** The waits between two looks at what another process runs, in milliseconds: each longer than the one before. */
const FIRST_PAUSE = 10
const LONGEST_PAUSE = 200
const GROWTH = 1.5

/** A run that is to be made, whatever is stored. */
export interface Refreshing {
  readonly call: Call
  readonly turn: Turn
  /** What the stored form begins with that is to be replaced: the value is taken from a store that has another by now. */
  readonly known: string
}

/** A call that asks for the lease of its key, with the turn of its run. */
interface Asking {
  readonly call: Call
  readonly turn: Turn
  readonly lease: WantedLease
}

type Answer = Found | Permit | 'held'

/**
 * For each call, a permit, or the value that another process has stored by now: those whose lease another run holds wait
 * for it, at most `wait`. All are asked for in one round trip.
 */
export function permitsFor(context: Context, calls: readonly Omit<Asking, 'lease'>[]): Promise<Found | Permit>[] {
  const { leasing } = context
  if (leasing === undefined) return calls.map(async () => FREE)
  const asking = calls
    .filter(({ call }) => leasing.covers(call.key))
    .map((one) => ({ ...one, lease: wantedLease(context.storage, one.call.key) }))
  const answers = ask(context, leasing, asking)
  let asked = 0
  return calls.map(async ({ call }) => {
    if (!leasing.covers(call.key)) return FREE
    const at = asked++
    const answer = (await answers)[at] ?? ALONE
    return answer === 'held' ? wait(context, leasing, asking[at] as Asking) : answer // one for each that is covered
  })
}

/** The permit of a call that does not wait, whatever is stored. */
export async function permitNow(context: Context, call: Call, turn: Turn): Promise<Permit> {
  const { leasing } = context
  if (!leasing?.covers(call.key)) return FREE
  const [answer] = await ask(context, leasing, [{ call, turn, lease: wantedLease(context.storage, call.key) }], true)
  return answer === undefined || answer === 'held' || 'value' in answer ? ALONE : answer
}

/**
 * The permits of refreshes, in one round trip: nobody waits, there is an old value at hand. `undefined` where another
 * process refreshes, or has failed to, or where it cannot be told.
 */
export async function permitsToRefresh(
  context: Context,
  refreshes: readonly Refreshing[],
): Promise<readonly (Found | Permit | undefined)[]> {
  const { leasing } = context
  if (leasing === undefined) return refreshes.map(() => FREE)
  const covered = refreshes.filter(({ call }) => leasing.covers(call.key))
  const asking = covered.map(({ call, turn, known }) => {
    const lease = wantedLease(context.storage, call.key)
    return { call, turn, lease: known === '' ? lease : { ...lease, known } }
  })
  const answers = (await ask(context, leasing, asking)).values()
  return refreshes.map(({ call }) => {
    if (!leasing.covers(call.key)) return FREE
    const answer = answers.next().value
    return answer === 'held' || answer === ALONE ? undefined : answer
  })
}

/** `anyway`: whatever is stored. Without the store, all run alone. */
async function ask(
  context: Context,
  leasing: Leasing,
  asking: readonly Asking[],
  anyway = false,
): Promise<readonly Answer[]> {
  const [first] = asking
  if (first === undefined) return []
  const leases = asking.map(({ lease }) => lease)
  try {
    const answers = await spend(first.call.budget, context.storage, 'lease', first.call.key, (attempt) =>
      asked(context, leases, attempt, leasing.take(leases, leasing.ttl, anyway, attempt)),
    )
    forgetLost(context.storage, leases)
    return await allOrNone(
      context,
      first.call,
      asking.map(async (one, i): Promise<Answer> => {
        const answer = answers[i] ?? 'held'
        if (answer === 'held') return answer
        if (answer === 'taken') return { keeps: true, held: hold(context, leasing, one.lease) }
        // What a write failed to replace is there, and not to be trusted.
        const isTrusted = !context.failedWrites.byKey.has(one.call.key)
        const found = isTrusted ? await glance(context, one.call, answer) : undefined
        if (found !== undefined) return found
        if (one.lease.known !== undefined) return ALONE // somebody has done something about it
        const [again = ALONE] = anyway ? [] : await ask(context, leasing, [one], true)
        return again
      }),
    )
  } catch (error) {
    if (asking.length > 1 && keepsAfter(error)) return askEach(context, leasing, asking, anyway)
    noteLost(context.storage, leases)
    for (const { call } of asking) if (!surviveStore(context, call, error)) throw error
    return asking.map(() => ALONE)
  }
}

/** The store refused one of many, and what became of the others is not known: each is asked for by itself. */
async function askEach(
  context: Context,
  leasing: Leasing,
  asking: readonly Asking[],
  anyway: boolean,
): Promise<readonly Answer[]> {
  const [first] = asking
  if (first === undefined) return []
  const each = asking.map(async ({ call, turn, lease }): Promise<Answer> => {
    const mayHave = { ...lease, lost: [lease.token, ...(lease.lost ?? [])] }
    const [answer = ALONE] = await ask(context, leasing, [{ call, turn, lease: mayHave }], anyway)
    return answer
  })
  return allOrNone(context, first.call, each)
}

/** All answers; if one is an error, nobody is to run, and the leases that were got are given back. */
async function allOrNone(context: Context, call: Call, asked: readonly Promise<Answer>[]): Promise<Answer[]> {
  const settled = await Promise.allSettled(asked)
  if (settled.some(({ status }) => status === 'rejected')) {
    const got = settled.flatMap((one) =>
      one.status === 'fulfilled' && typeof one.value === 'object' && 'held' in one.value ? (one.value.held ?? []) : [],
    )
    await giveBack(context, call, got)
  }
  return Promise.all(asked)
}

/** Looks again and again, until there is the value, or the lease is free, or the call was outdated in this process. */
async function wait(context: Context, leasing: Leasing, { call, turn, lease }: Asking): Promise<Found | Permit> {
  const { since: started = performance.now() } = call
  const waited = (): number => performance.now() - started
  let pause = FIRST_PAUSE
  let answer: Answer = 'held'
  while (answer === 'held' && waited() < leasing.wait) {
    const [ms, budget] = [Math.min(pause, leasing.wait - waited()), newBudget(context.policy.storeTimeout)]
    await new Promise((resolve) => setTimeout(resolve, ms))
    pause = Math.min(pause * GROWTH, LONGEST_PAUSE)
    // What may not be stored any more takes no lease from what may, nor does what nobody waits for.
    const answers =
      isFenced(turn) || call.crowd?.signal.aborted
        ? []
        : await ask(context, leasing, [{ call: { ...call, budget }, turn, lease }])
    answer = answers[0] ?? ALONE
  }
  const { trace } = context
  if (trace.wants('wait')) trace.emit('wait', call, { duration: waited() })
  return answer === 'held' ? ALONE : answer
}
