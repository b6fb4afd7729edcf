/** What is measured: contestants in rounds, figures that rounds do not make, and how cost grows. */

/** Runs an operation so many times. */
export type Runner = (times: number) => Promise<void>
/** One way of doing what a scenario measures: ours, a limit, or a peer. */
export interface Contestant {
  readonly name: string
  readonly run: Runner
}
/** At least / at most this ratio of ours to what it is measured against (a ratio above 1: ours is faster). */
export interface Target {
  readonly against: readonly string[] /* names; the fastest of them counts */
  readonly atLeast: number
}
export interface Scenario {
  readonly id: string // 'memory-hit-string': stable, file-name safe
  readonly name: string // for people
  readonly group:
    | 'memory'
    | 'sync'
    | 'redis'
    | 'memcached'
    | 'bulk'
    | 'stampede'
    | 'keys'
    | 'coders'
    | 'events'
    | 'growth'
  readonly size?: number // results of one operation
  readonly short: boolean // whether `npm run bench` has it too
  readonly ours: Contestant
  readonly limits: readonly Contestant[] // the least anybody could do by hand
  readonly peers: readonly Contestant[]
  readonly targets: readonly Target[]
}
/** Scenarios on one store, and how to leave it. Opened one after the other. */
export interface Group {
  readonly scenarios: readonly Scenario[]
  close(): Promise<void>
}
/** A figure that rounds do not make: counts, bytes, milliseconds of a process of its own. */
export interface Figure {
  readonly id: string
  readonly name: string
  readonly group: string
  readonly unit: string
  readonly values: readonly {
    readonly name: string
    readonly value: number
    readonly spread?: readonly [number, number]
  }[] // ours is named 'ringcache'
  readonly target?: {
    readonly of: string
    readonly atMost?: number
    readonly atLeast?: number
    readonly relativeTo?: string
  }
}
/** What grows with what: cost of one operation at each size, and the slope of log(cost) over log(size) (0: constant, 1: linear). */
export interface Growth {
  readonly id: string
  readonly name: string
  readonly unit: string
  readonly points: readonly { readonly size: number; readonly cost: number }[]
  readonly slope: number
}
