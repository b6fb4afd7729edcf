/** Many calls of one cold key at once in one process, and how often the function ran here. */
import { setTimeout as sleep } from 'node:timers/promises'
import { cached } from 'ringcache'
import { now } from './history.js'
import type { ColdReport, WorkerConfig } from './messages.js'
import { leaseOf } from './operations.js'

/** How long the function takes, in milliseconds: long enough for each process to come to the key meanwhile. */
const TAKES = 100

/** Calls `key` so many times at `at`. */
export type CallCold = (key: number, calls: number, at: number) => Promise<ColdReport>

export function createCold(config: WorkerConfig, store: object): CallCold {
  let runs = 0
  let ran = 0
  const f = cached(
    async (n: number) => {
      runs += 1
      const started = performance.now()
      await sleep(TAKES)
      ran = performance.now() - started
      return `value of ${n}`
    },
    { store, keyPrefix: `${config.prefix}.cold`, ...leaseOf(config.coldLease) },
  )
  f.on('error', () => {})
  return async (key, calls, at) => {
    runs = 0
    ran = 0
    await sleep(Math.max(0, (at - now()) / 1e6))
    const [started, working] = [performance.now(), process.cpuUsage()]
    const answers = await Promise.allSettled(Array.from({ length: calls }, () => f(key)))
    const took = performance.now() - started
    const { user, system } = process.cpuUsage(working)
    const right = answers.filter((answer) => answer.status === 'fulfilled' && answer.value === `value of ${key}`)
    const wrong = answers.find((answer) => answer.status === 'rejected')
    return {
      runs,
      right: right.length,
      took,
      ran,
      worked: (user + system) / 1000,
      ...(wrong && { error: String(wrong.reason) }),
    }
  }
}
