/** Many calls of one stale key at once in one process, and how often the function ran here. */
import { setTimeout as sleep } from 'node:timers/promises'
import { cached } from 'ringcache'
import { now } from './history.js'
import type { StaleReport, WorkerConfig } from './messages.js'
import { leaseOf } from './operations.js'

/** How long the function takes, in milliseconds: whoever waits for it does not get the old value. */
const TAKES = 1_000
/** Longer than anything may take that is waited for. */
const PATIENCE = 30_000

export interface Stale {
  /** Stores an old value, and expires it. */
  age(key: number): Promise<void>
  call(key: number, calls: number, at: number): Promise<StaleReport>
}

export function createStale(config: WorkerConfig, store: object): Stale {
  let runs = 0
  const f = cached(
    async (n: number) => {
      runs += 1
      await sleep(TAKES)
      return `new value of ${n}`
    },
    {
      ...{ store, keyPrefix: `${config.prefix}.aged`, ttl: 600_000, staleWhileRevalidate: 600_000 },
      ...leaseOf(config.coldLease),
    },
  )
  f.on('error', () => {})
  return {
    async age(key) {
      await f.set('old value', key)
      await f.expire(key)
    },
    async call(key, calls, at) {
      runs = 0
      await sleep(Math.max(0, (at - now()) / 1e6))
      const answers = await Promise.all(Array.from({ length: calls }, () => f(key)))
      let then: string | undefined
      for (const end = Date.now() + PATIENCE; then === undefined && Date.now() < end; await sleep(20)) {
        then = await f.get(key)
      }
      await f.idle()
      return { runs, old: answers.filter((answer) => answer === 'old value').length, then }
    },
  }
}
