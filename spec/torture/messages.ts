/** What the driver and its workers tell each other. */
import type { StoreAddress } from './store.js'

/** The option `lease`. */
export type Lease = boolean | { ttl: number; wait: number }

/** What a worker is started with. */
export interface WorkerConfig {
  /** Its name; no other has it, not even one that takes its place. */
  readonly process: string
  readonly seed: number
  readonly store: StoreAddress
  /** The URL of the Redis that has the versioned origin. */
  readonly origin: string
  readonly prefix: string
  /** Of the functions that random operations are about; `undefined`: not given. */
  readonly lease?: Lease | undefined
  /** Of the function with cold keys; `undefined`: not given. */
  readonly coldLease?: Lease | undefined
  /** The file for what it did. */
  readonly history: string
}

export type Order =
  /** Random operations, so many at a time, until `stop`. */
  | { readonly order: 'work'; readonly lanes: number }
  /** So many calls of one cold key at once, all workers at that time (`now()`). */
  | { readonly order: 'cold'; readonly key: number; readonly calls: number; readonly at: number }
  /** Stores a value for a key whose refresh takes long, and expires it. */
  | { readonly order: 'age'; readonly key: number }
  /** So many calls of that key at once, all workers at that time; and what it gives when a refresh has ended. */
  | { readonly order: 'stale'; readonly key: number; readonly calls: number; readonly at: number }
  /** Ends what is under way, then the process. */
  | { readonly order: 'stop' }

export type Report =
  | { readonly report: 'ready' }
  /** Operations that ended since the last such report. */
  | { readonly report: 'progress'; readonly operations: number }
  | ({ readonly report: 'cold' } & ColdReport)
  | { readonly report: 'aged' }
  | ({ readonly report: 'stale' } & StaleReport)

/** What became of the calls of one stale key in one process. */
export interface StaleReport {
  /** How often the function ran here. */
  readonly runs: number
  /** How many calls gave the old value: these have waited for no run. */
  readonly old: number
  /** What it gave when it was fresh again. */
  readonly then: string | undefined
}

/** What became of the calls of one cold key in one process. */
export interface ColdReport {
  /** How often the function ran here. */
  readonly runs: number
  /** How many calls gave what the function gives. */
  readonly right: number
  /** Why the first call that failed did. */
  readonly error?: string
  /** From the first call to the last answer, in milliseconds. */
  readonly took: number
  /** How long the function itself took, where it ran. */
  readonly ran: number
  /** What the process has worked meanwhile, in milliseconds: a machine that is busy with other things adds nothing. */
  readonly worked: number
}
