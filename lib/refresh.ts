/** The refresh of values that calls have found and can still give: one at a time for each key. */
import { amend, postpone } from './amend.js'
import { newBudget, spend } from './budget.js'
import { type Call, type Context, survive } from './call.js'
import { createCrowd } from './crowd.js'
import { beginTurn, doubt, inTurn, type Turn } from './fence.js'
import { freshnessOf } from './freshness.js'
import { type Permit, permitsToRefresh } from './permit.js'
import type { Found, Usable } from './read.js'
import { keep, make } from './run.js'
import { report } from './trace.js'

/** A call and what it has found. */
export interface Aged {
  readonly call: Call
  readonly found: Usable
}

/** What comes of a refresh: `undefined` where another process does it. */
type Refreshed = Found | undefined

/**
 * Does what the plans of these say: for each, what its call is given. Whoever waits for nothing has it at once. All
 * refreshes are begun in one round trip.
 */
export function settleAged(context: Context, all: readonly Aged[]): Promise<unknown>[] {
  const due = all.filter(({ found }) => found.plan !== 'serve')
  const refreshing = new Map(refreshAll(context, due).map((refreshed, i) => [due[i], refreshed]))
  return all.map((aged) => {
    const refreshed = refreshing.get(aged)
    if (aged.found.plan !== 'refresh or serve') return Promise.resolve(aged.found.value)
    return refreshed === undefined ? Promise.resolve(serve(context, aged)) : refreshedOrOld(context, aged, refreshed)
  })
}

/** Refreshes what a call has found, behind it. */
export function refreshBehind(context: Context, call: Call, found: Usable): void {
  refreshAll(context, [{ call, found }])
}

/** The refresh of a key that is under way, for a call that has found nothing: it may be older than what others wrote since. */
export function joinRefresh({ refreshes }: Context, { key }: Call): Promise<Refreshed> | undefined {
  return refreshes.join(key, [], async () => undefined) as Promise<Refreshed> | undefined // what start is given here
}

/** For each its refresh, a new one if none is under way. What goes on behind a call tells of its failure by itself. */
function refreshAll(context: Context, all: readonly Aged[]): Promise<Refreshed>[] {
  const { refreshes, storage } = context
  const own: (Aged & { readonly turn: Turn; readonly known: string })[] = []
  const permits = Promise.resolve().then(() => permitsToRefresh(context, own))
  return all.map((aged) => {
    const { found, call: from } = aged
    const isBehind = found.plan === 'serve and refresh'
    // Who waits for it may have found what another process has written since that refresh began.
    const again = async (): Promise<Refreshed> => refreshAll(context, [aged])[0]
    const running = refreshes.join(from.key, [], isBehind ? undefined : again) as Promise<Refreshed> | undefined
    if (running !== undefined) return running
    // Nobody who waits for what goes on behind can leave it.
    const crowd = isBehind && from.crowd !== undefined ? createCrowd() : from.crowd
    const call = { ...from, crowd, budget: newBudget(context.policy.storeTimeout) }
    const turn = beginTurn(storage.identity, call.key, false)
    const at = own.push({ call, found, turn, known: found.entry.header }) - 1
    const run = async (): Promise<Refreshed> => {
      const permit = (await permits)[at]
      if (permit === undefined || !('value' in permit))
        return permit && refresh(context, { call, found }, turn, permit, isBehind)
      doubt(turn)
      return permit
    }
    const refreshed = refreshes.start(turn, { args: [], crowd }, run) as Promise<Refreshed>
    if (isBehind) goOnBehind(context, call, refreshed)
    return refreshed
  })
}

async function refresh(
  context: Context,
  { call, found }: Aged,
  turn: Turn,
  permit: Permit,
  isBehind: boolean,
): Promise<Found> {
  const making = {
    ...permit,
    kind: 'result',
    call,
    turn,
    isBehind,
    onFailure: () => noteFailure(context, call, turn, found),
  } as const
  const ended = await make(context, making, () => context.execute(call, turn))
  return { value: await keep(context, making, ended) }
}

/** What a call waits for that has an old value to fall back on. */
async function refreshedOrOld(context: Context, aged: Aged, refreshed: Promise<Refreshed>): Promise<unknown> {
  const { call, found } = aged
  const isOfUse = (): boolean => freshnessOf(found.entry.meta, Date.now(), context.policy) !== 'expired'
  try {
    const result = await waitSoftly(refreshed, context.policy.softTimeout)
    if (result !== undefined && result !== SOFT) return result.value
    if (result === undefined) return serve(context, aged)
    goOnBehind(context, call, refreshed)
    return isOfUse() ? serve(context, aged) : ((await refreshed) ?? found).value
  } catch (error) {
    if (call.crowd?.signal.aborted || !isOfUse()) throw error
    tellFailure(context, call, error)
    return serve(context, aged, error)
  }
}

const SOFT = Symbol('softTimeout')

function waitSoftly<T>(running: Promise<T>, softTimeout: number | undefined): Promise<T | typeof SOFT> {
  if (softTimeout === undefined) return running
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(SOFT), softTimeout) // a call waits for it, so it keeps the process
    running.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

function serve({ trace }: Context, { call, found: { value } }: Aged, error?: unknown): unknown {
  if (trace.wants('stale')) trace.emit('stale', call, error === undefined ? { value } : { value, error })
  return value
}

function goOnBehind(context: Context, call: Call, refreshed: Promise<unknown>): void {
  const work = refreshed.catch((error) => tellFailure(context, call, error))
  try {
    context.background.add(work)
  } catch (error) {
    survive(context, call, error)
  }
}

function tellFailure({ trace, storage }: Context, call: Call, error: unknown): void {
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
