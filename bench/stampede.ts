/** Ten thousand calls of one key that nobody has, begun together in one process. */
import { setTimeout as sleep } from 'node:timers/promises'
import KeyvRedis from '@keyv/redis'
import { cached, lru } from 'ringcache'
import { pageOf, type Runs } from './contestants.js'
import { peers } from './peers/index.js'
import type { OfString } from './peers/peer.js'
import type { Figure } from './scenario.js'
import { median, quartiles } from './statistics.js'

const CALLS = 10_000
/** How long the function runs, in milliseconds. */
const RUN_TIME = 50

/** One way of calling, and what its stampedes were like. */
interface Stampeder {
  readonly name: string
  readonly call: (key: string) => unknown
  readonly runs: Runs
  readonly times: number[]
}

export async function stampedeFigures(redisUrl: string, full: boolean): Promise<Figure[]> {
  const rounds = full ? 11 : 5
  const store = new KeyvRedis(redisUrl)
  const stampeders = [
    stampeder('ringcache', (load) => cached(load, { store: lru({ max: 1_000 }), keyPrefix: 'page' })),
    stampeder('ringcache on Redis', (load) => cached(load, { store, keyPrefix: 'stampede', ttl: 60_000 })),
    ...peers.map((peer) => stampeder(peer.name, (load) => peer.ofString(load, { max: 1_000 }))),
  ]
  // A timer is late by itself: what the function takes alone is measured like the stampedes.
  const alone: number[] = []
  for (let round = -1; round < rounds; round++) {
    const first = Math.max(round, 0) % stampeders.length
    for (const one of [...stampeders.slice(first), ...stampeders.slice(0, first)]) {
      const time = await stampede(one, `round ${round}`)
      if (round >= 0) one.times.push(time)
    }
    if (round >= 0) alone.push(await timed(() => sleep(RUN_TIME)))
  }
  await store.disconnect()
  return [figureOf(stampeders, median(alone))]
}

function figureOf(stampeders: readonly Stampeder[], own: number): Figure {
  return {
    id: 'stampede',
    name: 'stampede of 10,000 calls in one process, over the time of the function',
    group: 'stampede',
    unit: 'ms',
    values: stampeders.map(({ name, times }) => {
      const [lower, median, upper] = quartiles(times)
      return { name, value: median - own, spread: [lower - own, upper - own] as const }
    }),
    target: { of: 'ringcache', atMost: 10 },
  }
}

function stampeder(name: string, create: (load: OfString) => (url: string) => unknown): Stampeder {
  const runs = { count: 0 }
  const load = async (url: string) => {
    runs.count += 1
    await sleep(RUN_TIME)
    return pageOf(url)
  }
  return { name, call: create(load), runs, times: [] }
}

/** @throws Error if the function ran more than once */
async function stampede({ name, call, runs }: Stampeder, key: string): Promise<number> {
  globalThis.gc?.()
  const before = runs.count
  const time = await timed(() => Promise.all(Array.from({ length: CALLS }, () => call(key))))
  if (runs.count !== before + 1) throw new Error(`${name} ran the function ${runs.count - before} times`)
  return time
}

async function timed(run: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await run()
  return performance.now() - started
}
