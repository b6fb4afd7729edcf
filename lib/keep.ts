import { type Common, type Context, surviveStore } from './call.js'
import { isThenable, type MaybePromise } from './maybe.js'
import type { Outcome, Prepared, Write } from './outcome.js'
import type { EventName, Subject } from './trace.js'
import { put } from './write.js'

/** The writes that failed and whose callers are to know, by key. */
export type Failures = ReadonlyMap<string, unknown>

/** Stores what plain calls gave, as far as it goes: their callers have their results anyway. */
export function keepResults(context: Context, writes: readonly Prepared[]): MaybePromise<Failures> {
  const outcomes = put(context, writes)
  return isThenable(outcomes) ? outcomes.then((later) => told(context, writes, later)) : told(context, writes, outcomes)
}

function told(context: Context, writes: readonly Prepared[], outcomes: readonly Outcome[]): Failures {
  let failures: Map<string, unknown> | undefined
  writes.forEach(({ write }, i) => {
    const outcome = outcomes[i]
    if (outcome === undefined || outcome.status === 'dropped') return
    if (outcome.status !== 'failed') {
      announce(context, outcome.status === 'stored' ? 'write' : 'fenced', write)
    } else if (!surviveStore(context, write.call, outcome.error)) {
      failures ??= new Map()
      failures.set(write.call.key, outcome.error)
    }
  })
  return failures ?? NO_FAILURES
}

/** What is left to be told where all was stored, or nobody is to know. */
export const NO_FAILURES: Failures = /* @__PURE__ */ new Map()

/** Stores what the caller asked to be stored. */
export async function keepAll(
  context: Context,
  control: 'set' | 'update',
  writes: readonly Prepared[],
): Promise<Failures> {
  const failures = new Map<string, unknown>()
  const outcomes = await put(context, writes)
  for (const [i, { write }] of writes.entries()) {
    const outcome = outcomes[i]
    if (outcome === undefined || outcome.status === 'dropped') continue
    if (outcome.status === 'failed') failures.set(write.call.key, outcome.error)
    else announce(context, outcome.status === 'stored' ? control : 'fenced', write)
  }
  return failures
}

/** Tells what became of a write. */
export function announce({ trace }: Common, name: EventName, { call, value }: Write<Subject>): void {
  if (trace.wants(name)) trace.emit(name, call, { value })
}
