/** The verbs that run the function and store what it gives. */
import { keepsAfter, surviveStore } from '../call.js'
import { beginTurn, endTurn, type Turn } from '../fence.js'
import { freshnessOf } from '../freshness.js'
import { distinct, throwFirst } from '../lists.js'
import type { Prepared } from '../outcome.js'
import type { Usable } from '../read.js'
import type { Failure } from '../storage/storage.js'
import { report } from '../trace.js'
import { execute, type SyncCall, type SyncContext } from './call.js'
import { noteFailure } from './expire.js'
import { lookMany } from './read.js'
import { type Failures, keepAll, keepResults, prepare } from './write.js'

/** The fresh stored value; else runs the function, stores and gives what it gave, unless what happened meanwhile forbids it. */
export function getOrUpdate(context: SyncContext, call: SyncCall): unknown {
  const turn = beginTurn(context.storage.identity, call.key, false)
  try {
    const { found, keeps } = readForRuns(context, [{ call, turn }])
    const { results, writes } = runEach(context, 'result', [{ call, turn }], found)
    return inOrder([call], results, keepResults(context, keeps ? writes : []))[0]
  } finally {
    endTurn(turn)
  }
}

/** Runs the function, whatever is stored, and stores what it gives. */
export function update(context: SyncContext, call: SyncCall): unknown {
  return updateMany(context, [call])[0]
}

/**
 * For each call the stored value, else what the function gives: it runs once per distinct missing key. When all have run
 * and are stored, it throws the first error in the order of the list.
 */
export function getOrUpdateMany(context: SyncContext, calls: readonly SyncCall[]): unknown[] {
  const own = begin(context, calls, false)
  try {
    const { found, keeps } = readForRuns(context, own)
    const { results, writes } = runEach(context, 'result', own, found)
    return inOrder(calls, results, keepResults(context, keeps ? writes : []))
  } finally {
    end(own)
  }
}

/** Runs the function for each distinct call and stores what it gives. Throws like `getOrUpdateMany`. */
export function updateMany(context: SyncContext, calls: readonly SyncCall[]): unknown[] {
  const own = begin(context, calls, true)
  try {
    const { results, writes } = runEach(context, 'update', own, [])
    return inOrder(calls, results, keepAll(context, 'update', writes))
  } finally {
    end(own)
  }
}

/** Runs the function for each call, past the cache; throws, when all have ended, the first error in order. */
export function executeMany(context: SyncContext, calls: readonly SyncCall[]): unknown[] {
  return calls.map((call) => ran(context, call)).map(outcomeOf)
}

interface Run {
  readonly call: SyncCall
  readonly turn: Turn
}

type Ran = { readonly value: unknown } | Failure

function begin({ storage }: SyncContext, calls: readonly SyncCall[], fences: boolean): Run[] {
  return distinct(calls).map((call) => ({ call, turn: beginTurn(storage.identity, call.key, fences) }))
}

function end(own: readonly Run[]): void {
  for (const { turn } of own) endTurn(turn)
}

/** Runs what was not found. What they gave is coded at once, before a later run could change it. */
function runEach(
  context: SyncContext,
  kind: 'result' | 'update',
  own: readonly Run[],
  found: readonly (Usable | undefined)[],
): { results: Map<string, Ran>; writes: Prepared<SyncCall>[] } {
  const results = new Map<string, Ran>()
  const writes: Prepared<SyncCall>[] = []
  own.forEach((one, i) => {
    const { call, turn } = one
    const usable = found[i]
    if (usable?.plan === 'serve') {
      results.set(call.key, usable)
      return
    }
    const result = ran(context, call)
    const given = usable !== undefined && 'error' in result ? fallBack(context, one, usable, result) : result
    results.set(call.key, given)
    if ('value' in result) writes.push(prepare(context, { kind, call, turn, value: result.value }))
  })
  return { results, writes }
}

/** The old value in place of an error, if it is still of use. */
function fallBack(context: SyncContext, { call, turn }: Run, found: Usable, { error }: Failure): Ran {
  noteFailure(context, call, turn, found)
  const { trace, storage, policy } = context
  if (freshnessOf(found.entry.meta, Date.now(), policy) === 'expired') return { error }
  report(trace, storage.identity, call, error, 'a refresh failed, and the old value is given')
  const { value } = found
  if (trace.wants('stale')) trace.emit('stale', call, { value, error })
  return { value }
}

function ran(context: SyncContext, call: SyncCall): Ran {
  try {
    return { value: execute(context, call) }
  } catch (error) {
    return { error }
  }
}

/** The results in the order of the calls, or the first error in that order. */
function inOrder(calls: readonly SyncCall[], results: ReadonlyMap<string, Ran>, failures: Failures): unknown[] {
  return calls.map((call) => {
    const value = outcomeOf(results.get(call.key) ?? { value: undefined })
    throwFirst([call], failures)
    return value
  })
}

function outcomeOf(result: Ran): unknown {
  if ('error' in result) throw result.error
  return result.value
}

function readForRuns(
  context: SyncContext,
  own: readonly Run[],
): { found: readonly (Usable | undefined)[]; keeps: boolean } {
  const calls = own.map(({ call }) => call)
  try {
    return { found: lookMany(context, calls), keeps: true }
  } catch (error) {
    for (const call of calls) if (!surviveStore(context, call, error)) throw error
    return { found: [], keeps: keepsAfter(error) }
  }
}
