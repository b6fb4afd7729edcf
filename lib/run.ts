/** One run of the function within its time limit, and what it gives made ready for the store. */
import { newBudget } from './budget.js'
import { type Call, type Context, survive } from './call.js'
import { TimeoutError } from './errors.js'
import { doubt, keepTurn, letGo, type Turn } from './fence.js'
import { type Failures, keepAll, keepResults } from './keep.js'
import { giveBack, type Held, leave } from './lease.js'
import { awaiting, isThenable, type MaybePromise } from './maybe.js'
import type { Prepared, Write } from './outcome.js'
import type { Permit } from './permit.js'
import { report } from './trace.js'
import { prepare } from './write.js'

/** A run that is to be made, with its permit. */
export interface Making extends Permit {
  readonly kind: 'result' | 'update'
  readonly call: Call
  readonly turn: Turn
  /** Of a result: other turns that withhold it once they are fenced. */
  readonly within?: readonly Turn[] | undefined
  /** Why what it gives cannot be stored. */
  readonly error?: unknown
  /** Whether its time limit lets the process end meanwhile. */
  readonly isBehind?: boolean
  /** Is told when it fails, unless all who waited for it have left, before its lease is free again. */
  readonly onFailure?: () => Promise<void>
}

/** What a run gave, and how it is to be stored, if it is. */
export interface Ended {
  readonly value: unknown
  readonly write?: Prepared
}

/**
 * Runs `run`, or the function. If it fails, its lease is free again when that is told. Rejects with a `TimeoutError` at
 * `hardTimeout`; what comes later is stored behind, unless something newer has begun.
 */
export function make(context: Context, making: Making, run?: () => Promise<unknown>): Promise<Ended> {
  return makeThen(context, making, run, (_context, _making, ended) => ended)
}

/** Runs `run` like `make`, and stores what it gives. Rejects where its caller is to know that it could not be. */
export function makeAndKeep(context: Context, making: Making, run?: () => Promise<unknown>): Promise<unknown> {
  return makeThen(context, making, run, keep)
}

type Next<T> = (context: Context, making: Making, ended: Ended) => MaybePromise<T>

/** What `next` makes of a run, in the same microtask: on the way there is no async function, which a miss in memory would feel. */
function makeThen<T>(
  context: Context,
  making: Making,
  run: (() => Promise<unknown>) | undefined,
  next: Next<T>,
): Promise<T> {
  const { held } = making
  const { crowd } = making.call
  const started = context.policy.earlyRefresh > 0 ? performance.now() : undefined
  const late: Late = { noting: undefined }
  // What all have left is not to hold up who comes next.
  const left = crowd && held && leaver(context, held, late)
  if (left) crowd.signal.addEventListener('abort', left)
  return awaiting(
    () => limited(context, making, run, started, late),
    (value) => {
      if (left) crowd.signal.removeEventListener('abort', left)
      return ended(context, making, value, started, next)
    },
    (error) => {
      const failing = failed(context, making, late, error)
      return left ? failing.finally(() => crowd.signal.removeEventListener('abort', left)) : failing
    },
  )
}

/** A run that is given up leaves its lease by itself. */
function leaver(context: Context, held: Held, late: Late): () => void {
  return () => {
    if (late.noting === undefined) void leave(context, held)
  }
}

function ended<T>(
  context: Context,
  making: Making,
  value: unknown,
  started: number | undefined,
  next: Next<T>,
): MaybePromise<T> {
  if (!making.keeps) {
    doubt(making.turn)
    return next(context, making, { value })
  }
  const write = ready(context, making, value, started)
  if (!isThenable(write)) return next(context, making, { value, write })
  return write.then((later) => next(context, making, { value, write: later }))
}

async function failed(context: Context, making: Making, { noting }: Late, error: unknown): Promise<never> {
  const { call, held } = making
  await (noting ?? noteFailed(making))
  if (noting === undefined && held !== undefined) await giveBack(context, call, [held])
  throw error
}

/** What becomes of a run at its `hardTimeout`: once it is given up, when that has been noted. */
interface Late {
  noting: Promise<void> | undefined
}

/** Stores the value of a lone run. Rejects, or throws, where its caller is to know that it could not be. */
export function keep(context: Context, { call }: Pick<Making, 'call'>, { value, write }: Ended): MaybePromise<unknown> {
  if (write === undefined) return value
  const failures = keepResults(context, [write])
  return isThenable(failures) ? failures.then((later) => kept(call, value, later)) : kept(call, value, failures)
}

function kept({ key }: Call, value: unknown, failures: Failures): unknown {
  if (failures.size > 0) throw failures.get(key)
  return value
}

function ready(
  context: Context,
  { kind, call, turn, held, within, error }: Making,
  value: unknown,
  started: number | undefined,
): MaybePromise<Prepared> {
  const cost = started === undefined ? undefined : performance.now() - started
  const write: Write = { kind, call, turn, value, held, within, cost }
  return error === undefined ? prepare(context, write) : { write, error }
}

/** Runs, and waits as long as it may take. All who waited for it have left then. */
function limited(
  context: Context,
  making: Making,
  run: (() => Promise<unknown>) | undefined,
  started: number | undefined,
  late: Late,
): Promise<unknown> {
  const { call, isBehind } = making
  const { hardTimeout } = context.policy
  if (call.crowd?.signal.aborted) return Promise.reject(call.crowd.signal.reason)
  const running = run === undefined ? context.execute(call, making.turn) : run()
  if (hardTimeout === undefined) return running
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      const error = new TimeoutError(call.key, hardTimeout)
      late.noting = noteFailed(making)
      void keepLate(context, making, running, started, late.noting)
      call.crowd?.abort(error)
      reject(error)
    }, hardTimeout)
    const letExit = (): void => void timer.unref()
    if (isBehind || call.crowd?.signal.aborted) letExit()
    else call.crowd?.signal.addEventListener('abort', letExit)
    running.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

/** Before its callers are told: the next call is to know. */
async function noteFailed({ call, onFailure }: Making): Promise<void> {
  if (!call.crowd?.signal.aborted) await onFailure?.()
}

/** What comes too late: what began since is told from it by its turn, and in other processes by its lease. Never rejects. */
async function keepLate(
  context: Context,
  making: Making,
  running: Promise<unknown>,
  started: number | undefined,
  noting: Promise<void>,
): Promise<void> {
  const { call, turn, keeps, held, kind, within = [] } = making
  // The first of the others may have ended before its run did, and is held on to by the second.
  const kept = [turn, ...within.slice(1)]
  kept.forEach(keepTurn)
  try {
    await noting
    if (held !== undefined) await leave(context, held)
    const value = await running
    if (!keeps) return
    const again = { ...call, budget: newBudget(context.policy.storeTimeout) }
    const write = await ready(context, { ...making, call: again }, value, started)
    const failures: Failures =
      kind === 'update' ? await keepAll(context, kind, [write]) : await keepResults(context, [write])
    for (const error of failures.values()) survive(context, call, error)
  } catch (error) {
    // What all have left is expected to fail.
    if (call.crowd?.signal.aborted) return
    report(context.trace, context.storage.identity, call, error, 'a run failed after its hardTimeout')
  } finally {
    kept.forEach(letGo)
  }
}
