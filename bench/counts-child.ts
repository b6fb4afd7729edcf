/** Counts one kind of hits: `counts-child.ts <kind> <redis url> <memcached url>`, with a collector and no collections of its own. */
import { PerformanceObserver } from 'node:perf_hooks'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { promiseHooks } from 'node:v8'
import { ROTATING } from './fixture.js'
import { HIT_KINDS, type Hit, hitsOf } from './hits.js'

/** What one hit of a contestant costs. */
export interface HitCounts {
  readonly promises: number
  readonly bytes: number
  /** Only for hits that need no server: the chain that counts would keep its answer out. */
  readonly turns: number | undefined
}

const PROMISE_HITS = 100

const [name, redis = '', memcached = ''] = process.argv.slice(2)
const kind = HIT_KINDS.find((known) => known === name)
if (kind === undefined) throw new Error(`no such kind of hits: ${name}`)
const onServer = kind === 'redis' || kind === 'memcached'
/** So many that all is compiled, and so few that the young generation holds what they leave. */
const TIMES = onServer ? 3_000 : 20_000
const { hits, close } = await hitsOf(kind, { redis, memcached })

const counts: Record<string, HitCounts> = {}
for (const [contestant, hit] of Object.entries(hits)) {
  const given = hit(0)
  await given
  // What a loop costs that only waits for something like what the hit gives.
  const idle: Hit = () => (given instanceof Promise ? given : undefined)
  counts[contestant] = {
    promises: ((await promisesOf(hit)) - (await promisesOf(idle))) / PROMISE_HITS,
    bytes: ((await bytesOf(hit)) - (await bytesOf(idle))) / TIMES,
    turns: onServer ? undefined : await turnsOf(hit),
  }
}
console.log(JSON.stringify(counts))
await close()

/** Those that V8 makes for each `await` while something listens are among them, but for the loop's own. */
async function promisesOf(hit: Hit): Promise<number> {
  await nextTurn() // so that those who wait for this function are not counted
  let promises = 0
  const stop = promiseHooks.onInit(() => {
    promises++
  })
  await repeat(hit, PROMISE_HITS)
  stop()
  return promises
}

/** What the heap grew by while nothing was collected. */
async function bytesOf(hit: Hit): Promise<number> {
  globalThis.gc?.()
  await repeat(hit, TIMES) // a collection also drops compiled code
  let collections = 0
  const observer = new PerformanceObserver((list) => {
    collections += list.getEntries().length
  })
  observer.observe({ entryTypes: ['gc'] })
  await nextTurn()
  const before = process.memoryUsage().heapUsed
  await repeat(hit, TIMES)
  const after = process.memoryUsage().heapUsed
  await nextTurn()
  await nextTurn() // what was observed is told later
  observer.disconnect()
  if (collections > 0) throw new Error(`the heap was collected ${collections} times: raise --max-semi-space-size`)
  return after - before
}

/** How many microtasks, one after the other, run until the caller goes on: none where the call gives no promise. */
async function turnsOf(hit: Hit): Promise<number> {
  let turns = 0
  let waits = true
  const tick = (): void => {
    if (!waits) return
    turns++
    queueMicrotask(tick)
  }
  queueMicrotask(tick)
  const given = hit(0)
  if (given instanceof Promise) await given
  waits = false
  return turns
}

async function repeat(hit: Hit, times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    const given = hit(i % ROTATING)
    if (given instanceof Promise) await given
  }
}
