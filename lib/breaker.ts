import type { StoreError } from './errors.js'

/** Whether a store is asked at all, by how it answered lately: after failures in a row it is left alone for a while. */
export interface Breaker {
  /**
   * Lets an operation begin that waits so many milliseconds at most: its pass, by which it tells how it ended.
   * `undefined` while the store is left alone, but for one operation at a time when the cooling time is over: the probe.
   */
  enter(patience: number): number | undefined
  /** Whether `enter` would let an operation begin now. */
  readonly admits: boolean
  /** The store answered, be it with an error. */
  answered(pass: number): void
  /** The store did not answer, and so many operations wanted the same. */
  failed(pass: number, error: StoreError, operations?: number): void
  /** It ended, and says nothing of the store. */
  left(pass: number): void
  /** What is known now. */
  readonly status: BreakerStatus
  /** Told each time the store has answered after it had failed. */
  onRecovery: (() => void) | undefined
}

export interface BreakerStatus {
  /**
   * - `closed`: the store is used;
   * - `open`: it is left alone until `until`;
   * - `half-open`: the cooling time is over: the next operation tries the store, or one is trying it now.
   */
  readonly state: 'closed' | 'open' | 'half-open'
  /** How often it has failed in a row. */
  readonly failures: number
  /** The last time-out or lost connection, from however long ago. */
  readonly lastError: StoreError | undefined
  /** Until when nothing is sent: Unix time in milliseconds. While one operation tries the store: until when it waits at most. */
  readonly until: number | undefined
}

/** What a breaker goes by. Specs have a clock of their own. */
export interface BreakerClock {
  /** Milliseconds of a clock that is never set. */
  now(): number
  /** From 0 to 1. */
  random(): number
}

/** So many failures in a row, and the store is left alone. */
const THRESHOLD = 5
/** How long at first, and at most, in milliseconds. */
const FIRST_COOLING = 1_000
const LONGEST_COOLING = 30_000

interface Opened {
  /** By the clock that is never set. */
  readonly until: number
  readonly failedProbes: number
  /** Until when the probe waits; `undefined` while there is none. */
  probeEnds: number | undefined
}

const realClock: BreakerClock = { now: () => performance.now(), random: Math.random }

export function createBreaker({ now, random }: BreakerClock = realClock): Breaker {
  let opened: Opened | undefined
  let failures = 0
  let lastError: StoreError | undefined
  /** Goes on with each change of state: what began before it says nothing any more, however late it ends. */
  let current = 0

  const open = (): void => {
    const failedProbes = opened === undefined ? 0 : opened.failedProbes + 1
    const cooling = Math.min(FIRST_COOLING * 2 ** failedProbes, LONGEST_COOLING) * (0.5 + random() / 2)
    opened = { until: now() + cooling, failedProbes, probeEnds: undefined }
    current += 1
  }
  const isCooling = ({ until }: Opened): boolean => now() < until
  const unixTime = (time: number): number => Math.ceil(Date.now() + Math.max(time - now(), 0))

  const breaker: Breaker = {
    onRecovery: undefined,
    get admits() {
      return opened === undefined || (opened.probeEnds === undefined && !isCooling(opened))
    },
    enter(patience) {
      if (opened === undefined) return current
      if (!breaker.admits) return undefined
      opened.probeEnds = now() + patience
      current += 1
      return current
    },
    answered(pass) {
      if (pass !== current || failures === 0) return
      failures = 0
      if (opened !== undefined) current += 1
      opened = undefined
      breaker.onRecovery?.()
    },
    failed(pass, error, operations = 1) {
      if (pass !== current) return
      failures += operations
      lastError = error
      if (opened !== undefined || failures >= THRESHOLD) open()
    },
    left(pass) {
      if (pass === current && opened !== undefined) opened.probeEnds = undefined
    },
    get status(): BreakerStatus {
      if (opened === undefined) return { state: 'closed', failures, lastError, until: undefined }
      if (isCooling(opened)) return { state: 'open', failures, lastError, until: unixTime(opened.until) }
      const until = opened.probeEnds === undefined ? undefined : unixTime(opened.probeEnds)
      return { state: 'half-open', failures, lastError, until }
    },
  }
  return breaker
}

const breakers = new WeakMap<object, Breaker>()

/** The breaker of a store (its innermost object). */
export function breakerOf(identity: object): Breaker {
  let breaker = breakers.get(identity)
  if (breaker === undefined) {
    breaker = createBreaker()
    breakers.set(identity, breaker)
  }
  return breaker
}
