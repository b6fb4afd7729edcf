/** What bulk controls do with lists of calls, asynchronous or not. */
import type { Common } from './call.js'
import type { Subject } from './trace.js'

/** The calls of each key but the first are left out. */
export function distinct<C extends Subject>(calls: readonly C[]): C[] {
  const byKey = new Map<string, C>()
  for (const call of calls) if (!byKey.has(call.key)) byKey.set(call.key, call)
  return [...byKey.values()]
}

/** For each call what became of it, from the outcomes of the distinct ones, and the events of it. */
export function told(
  { trace }: Common,
  control: 'delete' | 'expire' | 'touch',
  calls: readonly Subject[],
  own: readonly Subject[],
  outcomes: readonly boolean[],
): boolean[] {
  const byKey = new Map(own.map((call, i) => [call.key, outcomes[i] === true]))
  for (const call of own) {
    const tookEffect = control !== 'touch' || byKey.get(call.key) === true
    if (tookEffect && trace.wants(control)) trace.emit(control, call)
  }
  return calls.map((call) => byKey.get(call.key) === true)
}

export function outcomeOf(result: PromiseSettledResult<unknown>): unknown {
  if (result.status === 'rejected') throw result.reason
  return result.value
}

/** Throws the first failure in the order of the calls. */
export function throwFirst(calls: readonly Subject[], failures: ReadonlyMap<string, unknown>): void {
  for (const { key } of calls) if (failures.has(key)) throw failures.get(key)
}
