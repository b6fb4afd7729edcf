/** What a run shows, in figures. */

import type { Failed, Failure } from './failure.js'
import type { Deed } from './load.js'
import type { Run } from './run.js'

/** How often each failure was told. */
export type Tally = Partial<Record<Failure, number>>

export interface Figures {
  /** Plain calls, and bulk calls, from the beginning of the fault until the store was used again. */
  readonly calls: number
  /** Of these: how many gave a value. */
  readonly answered: number
  /** In the whole run: how many operations gave what never was a value of the key, or one older than was promised. */
  readonly wrong: number
  readonly stale: number
  /** Failures that calls survived, as `error` events, in that time. */
  readonly events: Tally
  /** Failures that controls rejected with. */
  readonly rejections: Tally
  /** Milliseconds. */
  readonly slowestCall: number
  readonly slowestControl: number
  /** How many calls took longer than half of `storeTimeout`. */
  readonly slowCalls: number
  readonly recovery: number
}

export function figuresOf({ deeds, events, times, storeTimeout }: Run): Figures {
  const within = deeds.filter(({ began }) => began >= times.injected && began <= times.recovered)
  const calls = within.filter(isCall)
  const controls = within.filter((deed) => !isCall(deed))
  const took = ({ began, ended }: Deed): number => ended - began
  return {
    calls: calls.length,
    answered: calls.filter(({ error }) => error === undefined).length,
    wrong: deeds.filter(({ verdict }) => verdict === 'wrong').length,
    stale: deeds.filter(({ verdict }) => verdict === 'stale').length,
    events: tally(events.filter(({ at }) => at >= times.injected && at <= times.recovered)),
    rejections: tally(controls.flatMap(({ error }) => error ?? [])),
    slowestCall: Math.max(0, ...calls.map(took)),
    slowestControl: Math.max(0, ...controls.map(took)),
    slowCalls: calls.filter((deed) => took(deed) > storeTimeout / 2).length,
    recovery: times.recovered - times.healed,
  }
}

export function isCall({ kind }: Deed): boolean {
  return kind === 'call' || kind === 'calls'
}

function tally(failures: readonly Failed[]): Tally {
  const told: Tally = {}
  for (const { failure } of failures) told[failure] = (told[failure] ?? 0) + 1
  return told
}
