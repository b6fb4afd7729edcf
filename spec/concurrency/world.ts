/** What a play is made of: two wrappers of one function, their store, and the steps that are possible in it. */

import { failedWritesOf } from '../../lib/failed-writes.js'
import { beginTurn, endTurn } from '../../lib/fence.js'

/** What is done, by which of two wrappers of the key. */
export type Op = readonly [verb: Verb, wrapper: 0 | 1]
export type Verb = 'call' | 'get' | 'set' | 'update' | 'delete' | 'expire' | 'touch' | 'many' | 'updateMany'

/**
 * What a call does with an entry whose `ttl` has ended: it is served and refreshed behind the call (`stale`), or refreshed
 * first (`fallback`). `none`: there are no windows.
 */
export type Window = 'stale' | 'fallback' | 'none'

/** How long entries live, and how long their window lasts, in milliseconds. */
export const TTL = 3_600_000

/** The options of a function with that window. */
export const WINDOWS: Record<Window, object> = {
  stale: { staleWhileRevalidate: TTL },
  fallback: { staleIfError: TTL },
  none: {},
}

/** What lies in the store before a play: nothing, an entry, or one whose `ttl` has just ended. */
export type Stored = boolean | 'aged'

/** The controls of one wrapper. `id` says which operation of the play it is; it is no part of the key. */
export type Acts = { readonly [V in Exclude<Verb, 'set'>]: (id: number) => Promise<unknown> } & {
  readonly set: (value: string, id: number) => Promise<unknown>
}

/** What a step has to do with, which says which steps commute. */
export type Touches =
  /** An operation takes effect: it reads the data, or changes them. No code of a process runs. */
  | 'read'
  | 'write'
  /** The code of one process runs. `begins`: operations of the play; `may run`: the function, beside what else. */
  | { readonly process: number; readonly does: 'begins' | 'may run' | 'goes on' }
  /** The code of any process may run. */
  | 'time'

export interface Step {
  readonly name: string
  readonly touches: Touches
  act(): void
}

export interface World {
  readonly wrappers: readonly [() => Acts, () => Acts]
  /**
   * Whether both wrappers are in one process, which knows in what order operations began: of two writes the later-begun
   * stands. Else only what has ended before another began is older than that.
   */
  readonly oneProcess: boolean
  seed(value: string, stored: Stored): void
  /** What is possible beside beginning the next operation, in an order that is always the same. */
  steps(faults: boolean): Step[]
  /** Time that passes: what helps where nothing else is possible. */
  timeSteps(faults: boolean): Step[]
  /** Whether somebody waits for time to pass, though something else may be possible. */
  isPolled?(): boolean
  /** How many writes of one process are in the air. */
  writesInTheAir(): number
  content(): string | undefined
  /** Removes all data. */
  clear(): void
  /** What the code still holds, or the store still keeps for it, though nothing is under way; `undisturbed`: and nothing went wrong. */
  leftBehind(undisturbed: boolean): string | undefined
  /** Whether a lease has ended too early. */
  hasExpired?(): boolean
  finishAll(): Promise<void>
  /** Makes it as it was at first, where nothing is under way and nothing is left behind. None: it serves one play. */
  renew?(): void
}

/** Whether the order of a key is still held on to, though nothing is under way and no write that failed is to be made good. */
export function isOrderLeft(identity: object, key: string): boolean {
  const turn = beginTurn(identity, key, false)
  endTurn(turn)
  return turn.number !== 1 && failedWritesOf(identity).byKey.size === 0
}

/** Runs of the function, and whatever else takes its time but the store. */
export interface Waits {
  readonly steps: (faults: boolean) => Step[]
  wait(name: string, process: number): Promise<void>
  /** Ends the first: whether there was one. */
  endFirst(): boolean
}

export function createWaits(): Waits {
  const waiting: { name: string; process: number; end(): void; fail(): void }[] = []
  return {
    wait: (name, process) =>
      new Promise((resolve, reject) => {
        const leave = () => waiting.splice(waiting.indexOf(one), 1)
        const one = {
          name,
          process,
          end: () => {
            leave()
            resolve()
          },
          fail: () => {
            leave()
            reject(new Error('failed'))
          },
        }
        waiting.push(one)
      }),
    steps: (faults) =>
      waiting.flatMap(({ name, process, end, fail }): Step[] => {
        const touches: Touches = { process, does: 'goes on' }
        return [
          { name: `end ${name}`, touches, act: end },
          ...(faults ? [{ name: `fail ${name}`, touches, act: fail }] : []),
        ]
      }),
    endFirst: () => {
      const first = waiting[0]
      first?.end()
      return first !== undefined
    },
  }
}

/** Whether two steps that are both possible may change places: neither's effect, nor what it makes possible, is another then. */
export function commute(one: Step, other: Step): boolean {
  const [a, b] = [one.touches, other.touches]
  const isEffect = (touches: Touches) => touches === 'read' || touches === 'write'
  if (isEffect(a) && isEffect(b)) return a === 'read' && b === 'read'
  if (isEffect(a) || isEffect(b)) return true
  if (typeof a === 'string' || typeof b === 'string' || a.process === b.process) return false
  // What began after what had ended, and which run began after which, is what the invariant is about.
  return a.does !== 'begins' && b.does !== 'begins' && (a.does === 'goes on' || b.does === 'goes on')
}
