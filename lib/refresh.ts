/** The refresh of values that calls have found and can still give: one at a time for each key. */
import { amend, postpone } from './amend.js'
import { newBudget, spend } from './budget.js'
import { type Call, type Context, sharing, survive } from './call.js'
import { StoreError } from './errors.js'
import { beginTurn, doubt, inTurn, type Turn } from './fence.js'
import { freshnessOf } from './freshness.js'
import { FREE, type Permit, permitsFor, permitsToRefresh } from './permit.js'
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

/** A call that looked in a turn of its own, which it holds until it is given something. */
interface Looked extends Aged {
  readonly since: Turn
}

/** What comes of a refresh: `undefined` where another process does it. */
type Refreshed = Found | undefined

/**
 * Does what the plans of these say: for each, what its call is given. Whoever waits for nothing has it at once. All
 * refreshes are begun in one round trip.
 */
export function settleAged(context: Context, all: readonly Looked[]): Promise<unknown>[] {
  const due = all.filter(({ found }) => found.plan !== 'serve')
  const refreshing = new Map(refreshAll(context, due).map((refreshed, i) => [due[i], refreshed]))
  return all.map((aged) => {
    const refreshed = refreshing.get(aged)
    if (aged.found.plan !== 'refresh or serve') return Promise.resolve(aged.found.value)
    return refreshed === undefined ? Promise.resolve(serve(context, aged)) : refreshedOrOld(context, aged, refreshed)
  })
}

/** What a call is given at once that has found it at once; it is refreshed behind the call, if it is due. */
export function giveOld(context: Context, call: Call, found: Usable): unknown {
  if (found.plan === 'serve and refresh') refreshAll(context, [{ call, found }])
  const { trace } = context
  const event = found.isFresh ? 'hit' : 'stale'
  if (trace.wants(event)) trace.emit(event, call, { value: found.value })
  return found.value
}

/** The refresh of a key that is under way, for a call that has found nothing: it may be older than what others wrote since. */
export function joinRefresh({ refreshes, policy }: Context, call: Call): Promise<Refreshed> | undefined {
  const running = refreshes.join(call.key, waiting(call), async () => undefined)
  return running && keepingProcess(policy, running as Promise<Refreshed>) // what start is given here
}

/** By what those leave a refresh who wait for it with a call. */
function waiting({ crowd }: Call): readonly AbortSignal[] {
  return crowd === undefined ? [] : [crowd.signal]
}

/** For each its refresh, a new one if none is under way. What goes on behind a call tells of its failure by itself. */
function refreshAll(context: Context, all: readonly Aged[]): Promise<Refreshed>[] {
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

async function refresh(context: Context, { call, found, since }: Aged, turn: Turn, permit: Permit): Promise<Found> {
  const making = {
    ...permit,
    kind: 'result',
    call,
    turn,
    within: since && [since],
    isBehind: true, // whoever waits keeps the process by a timer of its own
    onFailure: () => noteFailure(context, call, turn, found),
  } as const
  const ended = await make(context, making, () => context.execute(call, turn))
  return { value: await keep(context, making, ended) }
}

/** What a call waits for that has an old value to fall back on. */
async function refreshedOrOld(context: Context, aged: Looked, refreshed: Promise<Refreshed>): Promise<unknown> {
  const { call, found } = aged
  const isOfUse = (): boolean => freshnessOf(found.entry.meta, Date.now(), context.policy) !== 'expired'
  try {
    const result = await waitSoftly(context.policy, refreshed)
    if (result !== undefined && result !== SOFT) return result.value
    if (!isOfUse()) return ((result && (await refreshed)) ?? (await anew(context, aged))).value
    // From now on nobody leaves it.
    if (result === SOFT) goOnBehind(context, call, context.refreshes.join(call.key, []) ?? refreshed)
    return serve(context, aged)
  } catch (error) {
    if (call.crowd?.signal.aborted || !isOfUse()) throw error
    // The function worked, and its caller is to know that what it gave is not stored.
    if (error instanceof StoreError && context.policy.onStoreError === 'throw') throw error
    tellFailure(context, call, error)
    return serve(context, aged, error)
  }
}

/** As if nothing had been found: what was has come to its end in the meantime, and another process makes it anew. */
async function anew(context: Context, { call, since: turn }: Looked): Promise<Found> {
  const permit = (await permitsFor(context, [{ call, turn }])[0]) ?? FREE
  if ('value' in permit) return permit
  const making = { ...permit, kind: 'result', call, turn } as const
  return { value: await keep(context, making, await make(context, making, () => context.execute(call, turn))) }
}

const SOFT = Symbol('softTimeout')

function waitSoftly<T>(policy: Context['policy'], running: Promise<T>): Promise<T | typeof SOFT> {
  const { softTimeout } = policy
  if (softTimeout === undefined) return keepingProcess(policy, running)
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(SOFT), softTimeout) // a call waits for it, so it keeps the process
    running.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

/** What ends at its time limit is waited for until then, though nothing else keeps the process. */
async function keepingProcess<T>({ hardTimeout }: Context['policy'], running: Promise<T>): Promise<T> {
  if (hardTimeout === undefined) return running
  const timer = setInterval(() => {}, hardTimeout)
  try {
    return await running
  } finally {
    clearInterval(timer)
  }
}

function serve({ trace }: Context, { call, found: { value } }: Aged, error?: unknown): unknown {
  if (trace.wants('stale')) trace.emit('stale', call, error === undefined ? { value } : { value, error })
  return value
}

function goOnBehind(context: Context, call: Call, refreshed: Promise<unknown>): void {
  const work = refreshed.catch((error) => tellFailure(context, call, error))
  context.background.add(work, (error) => survive(context, call, error))
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
