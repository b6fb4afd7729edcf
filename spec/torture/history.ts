/** What the processes did: one record for each operation that ended, kept in a file for each process. */
import { appendFileSync, openSync, readFileSync, writeSync } from 'node:fs'

/** Operations that neither give a value nor change it. */
export const LOOKS = ['has', 'touch'] as const
/** Operations that give a value. */
export const READS = ['call', 'get', 'getOrUpdateMany', 'getMany'] as const
/** Operations after which nothing older is fresh, and what was there may still be given to calls. */
export const ENDS = ['expire', 'expireMany'] as const
/** Operations after which nothing older may be seen. */
export const WRITES = ['set', 'setMany', 'update', 'updateMany', 'delete', 'deleteMany'] as const

export type Kind = (typeof LOOKS | typeof READS | typeof ENDS | typeof WRITES)[number]

/** What is cached: a version of the origin, and where it came from. */
export interface Value {
  readonly key: string
  readonly version: number
  /** The process that made it. */
  readonly process: string
  /** When the run that made it asked the origin, or its `set` was made ready. */
  readonly born: number
  /** The operation that set it; none if a run gave it. */
  readonly set?: string
}

/** What an operation had to do with one key. */
export interface Part {
  readonly key: string
  /** Of a write: a version that the origin had before the operation began. */
  readonly bound?: number
  /** What it gave; nothing for a miss. */
  readonly seen?: Value
}

/** One operation that ended. Times are nanoseconds of the clock that all processes of a machine share. */
export interface Operation {
  readonly id: string
  readonly process: string
  readonly kind: Kind
  readonly begin: number
  readonly end: number
  /** Why it failed; absent if it did not. */
  readonly error?: string
  readonly parts: readonly Part[]
  /** What happened in the process while it was the last to be recorded; absent if nothing did. */
  readonly met?: Met
}

/** How often calls met what windows are for, by what is told of it. */
export type Met = Partial<Record<State, number>>

/**
 * - `stale served`, `fallback`: a call was given what was fresh no more: at once; because the function failed or took long;
 * - `refresh behind`, `early refresh`: the function ran for nobody who waited, after the end of `ttl`; before it;
 * - `back-off`: a call was given an old value without a run, since the last one had failed;
 * - `hard timeout`: the function took too long.
 */
export const STATES = [
  'stale served',
  'fallback',
  'refresh behind',
  'early refresh',
  'back-off',
  'hard timeout',
] as const
export type State = (typeof STATES)[number]

/** Why an operation failed whose function was to fail. */
export const PLANNED = 'planned'
/** What the reasons begin with of operations that failed with their store. */
export const STORE = 'store: '

/** The time, comparable between the processes of one machine. Rounding keeps the order. */
export function now(): number {
  return Number(process.hrtime.bigint())
}

/**
 * Keeps operations, each before anything else can be done: what had ended when the process is killed is in the file.
 * A record that is lost with its process is that of an operation nobody knows to have ended, so it bounds nothing.
 */
export function openHistory(file: string): (operation: Operation) => void {
  const descriptor = openSync(file, 'a')
  return (operation) => {
    writeSync(descriptor, `${JSON.stringify(operation)}\n`)
  }
}

/** The operations in a file. A last line that a kill has cut short is left out. */
export function readHistory(file: string): Operation[] {
  appendFileSync(file, '') // a process that was killed early has written none
  return readFileSync(file, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line))
}
