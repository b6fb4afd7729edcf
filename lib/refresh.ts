/** The refresh of values that calls have found and can still give: one at a time for each key of a function. */
import { amend, postpone } from './amend.js'
import { newBudget, spend } from './budget.js'
import { type Call, type Context, sharing, survive } from './call.js'
import { beginTurn, doubt, inTurn, type Turn } from './fence.js'
import { type Permit, permitsToRefresh } from './permit.js'
import type { Found, Usable } from './read.js'
import { keep, make } from './run.js'
import { report } from './trace.js'

/** A call and what it has found. */
export interface Aged {
  readonly call: Call
  readonly found: Usable
  /** The turn of its look, where that took time: what began since withholds the refresh, which is due to the look alone. */
  readonly since?: Turn | undefined
}

/** What comes of a refresh: `undefined` where another process does it. */
export type Refreshed = Made | undefined

/** What a refresh has made. */
interface Made extends Found {
  /** Why it could not be stored, where its callers are to know. */
  readonly unstored?: { readonly error: unknown }
}

/** Gives what a refresh has made to one who waits for it; throws where that could not be stored, and is to be known. */
export function takeFrom({ value, unstored }: Made): Found {
  if (unstored !== undefined) throw unstored.error
  return { value }
}

/** The refresh of a key that is under way, for a call that has found nothing: it may be older than what others wrote since. */
export function joinRefresh({ refreshes, policy }: Context, call: Call): Promise<Found | undefined> | undefined {
  const running = refreshes.join(call.key, waiting(call), async () => undefined) as Promise<Refreshed> | undefined // what start is given here
  return running && keepingProcess(policy, running).then((made) => made && takeFrom(made))
}

/** By what those leave a refresh who wait for it with a call. */
function waiting({ crowd }: Call): readonly AbortSignal[] {
  return crowd === undefined ? [] : [crowd.signal]
}

/** For each its refresh, a new one if none is under way. What goes on behind a call tells of its failure by itself. */
export function refreshAll(context: Context, all: readonly Aged[]): Promise<Refreshed>[] {
  if (all.length === 0) return []
  const { refreshes, storage } = context
  const own: (Aged & { readonly turn: Turn; readonly known: string })[] = []
  const permits = Promise.resolve().then(() => permitsToRefresh(context, own))
  return all.map((aged) => {
    const { found, call: from, since } = aged
    const isBehind = found.plan === 'serve and refresh'
    // Nobody who is given the old value leaves what goes on behind.
    const leaving = isBehind ? [] : waiting(from)
    // Who waits for it may have found what another process has written since that refresh began.
    const again = async (): Promise<Refreshed> => refreshAll(context, [aged])[0]
    const running = refreshes.join(from.key, leaving, isBehind ? undefined : again) as Promise<Refreshed> | undefined
    if (running !== undefined) return running
    const budget = isBehind ? newBudget(context.policy.storeTimeout) : from.budget
    const call = { ...sharing(from), budget }
    const turn = beginTurn(storage.identity, call.key, false)
    const at = own.push({ call, found, turn, known: found.entry.header }) - 1
    const run = async (): Promise<Refreshed> => {
      const permit = (await permits)[at]
      if (permit === undefined || !('value' in permit))
        return permit && refresh(context, { call, found, since }, turn, permit)
      doubt(turn)
      return permit
    }
    const refreshed = refreshes.start(turn, { args: leaving, crowd: call.crowd }, run) as Promise<Refreshed>
    if (isBehind) goOnBehind(context, call, refreshed)
    return refreshed
  })
}

async function refresh(context: Context, { call, found, since }: Aged, turn: Turn, permit: Permit): Promise<Made> {
  const making = {
    ...permit,
    kind: 'result',
    call,
    turn,
    within: since && [since],
    isBehind: true, // whoever waits keeps the process by a timer of its own
    onFailure: () => noteFailure(context, call, turn, found),
  } as const
  const ended = await make(context, making)
  try {
    return { value: await keep(context, making, ended) }
  } catch (error) {
    return { value: ended.value, unstored: { error } } // the function has not failed
  }
}

/** What ends at its time limit is waited for until then, though nothing else keeps the process. */
export async function keepingProcess<T>({ hardTimeout }: Context['policy'], running: Promise<T>): Promise<T> {
  if (hardTimeout === undefined) return running
  const timer = setInterval(() => {}, hardTimeout)
  try {
    return await running
  } finally {
    clearInterval(timer)
  }
}

/** What nobody waits for (any more) tells of its failure by itself, once. */
export function goOnBehind(context: Context, call: Call, refreshed: Promise<Refreshed>): void {
  const { background } = context
  if (background.has(refreshed)) return
  const work = refreshed
    .then((made) => made && takeFrom(made))
    .catch((error: unknown) => tellFailure(context, call, error))
  background.add(refreshed, work, (error) => survive(context, call, error))
}

export function tellFailure({ trace, storage }: Context, call: Call, error: unknown): void {
  report(trace, storage.identity, call, error, 'a refresh failed, and the old value is given')
}

/** Has all processes wait before they try again, unless somebody has done something about the entry. Never rejects. */
async function noteFailure(context: Context, call: Call, turn: Turn, found: Usable): Promise<void> {
  const { storage } = context
  try {
    await spend(call.budget, storage, 'set', call.key, (attempt) =>
      inTurn([turn], attempt, () => amend(context, [call], attempt, postpone(context, turn, found))),
    )
  } catch (error) {
    survive(context, call, error)
  }
}
