/** How the cost of a call grows: with functions on one store, keys in it, flights at once, and the size of an argument. */
import { cached, lru } from 'ringcache'
import { redis } from 'ringcache/redis'
import { numbered } from './fixture.js'
import { computing, grown, passing, type Step } from './grown.js'
import { keyGrowths } from './growth-keys.js'
import { IN_FLIGHT } from './loops.js'
import type { Growth } from './scenario.js'

export async function growths(redisUrl: string, full: boolean): Promise<Growth[]> {
  const rounds = full ? 11 : 3
  return [
    await grown(
      { id: 'growth-functions', name: 'memory hit: functions on one store' },
      functionsInMemory(),
      rounds,
      computing,
    ),
    await functionsOnRedis(redisUrl, rounds),
    ...(await keyGrowths(full, rounds)),
    await grown(
      { id: 'growth-flights', name: 'call of a cold key in memory: flights at once' },
      flights(),
      rounds,
      computing,
    ),
    await grown(
      { id: 'growth-argument', name: 'memory hit: characters of the argument' },
      argumentSizes(),
      rounds,
      computing,
    ),
  ]
}

const ENTRIES = 1_000

/** As many entries in all for each size, so that only the number of functions grows. */
function functionsInMemory(): Step[] {
  return [1, 10, 100].map((size): Step => {
    const store = lru({ max: ENTRIES })
    const functions = numbered(size).map((n) => cached(async (id: number) => ({ id }), { store, keyPrefix: `f${n}` }))
    const ids = ENTRIES / size
    return {
      size,
      run: async (times) => {
        for (let i = 0; i < times; i++) await functions[i % size]?.(Math.floor(i / size) % ids)
      },
    }
  })
}

async function functionsOnRedis(url: string, rounds: number): Promise<Growth> {
  const store = redis(url)
  const steps: Step[] = []
  for (const size of [1, 10, 100]) {
    const functions = numbered(size).map((n) =>
      cached(async (id: number) => ({ id }), { store, coder: 'json', keyPrefix: `growth${size}.${n}` }),
    )
    const hits = () => Promise.all(numbered(IN_FLIGHT).map((n) => functions[n % size]?.(n)))
    await hits() // from now on there are entries
    steps.push({
      size,
      results: IN_FLIGHT,
      run: async (times) => {
        for (let i = 0; i < times; i++) await hits()
      },
    })
  }
  const name = `Redis hit, ${IN_FLIGHT} in flight: functions on one store`
  const growth = await grown({ id: 'growth-functions-redis', name }, steps, rounds, passing)
  await store.disconnect()
  return growth
}

/** All are under way together: none ends before the last has begun. */
function flights(): Step[] {
  let next = 0
  return [1, 10, 100, 1_000, 10_000].map((size): Step => {
    let started = Promise.resolve()
    const load = cached(
      async (id: number) => {
        await started
        return id
      },
      { store: lru({ max: 20_000 }), keyPrefix: 'load' },
    )
    return {
      size,
      results: size,
      run: async (times) => {
        for (let i = 0; i < times; i++) {
          let go = (): void => {}
          started = new Promise<void>((resolve) => {
            go = resolve
          })
          const all = Array.from({ length: size }, () => load(next++))
          go()
          await Promise.all(all)
        }
      },
    }
  })
}

/** Bytes that texts made beforehand may take at once. */
const TEXTS = 64_000_000

/** Every call gets a text of its own, as it comes from a request: with the same one over and over, nothing would be left to do. */
function argumentSizes(): Step[] {
  const find = cached(async (text: string) => text.length, { store: lru({ max: 100 }), keyPrefix: 'find' })
  return [10, 100, 1_000, 10_000, 100_000, 1_000_000].map((size): Step => {
    const bytes = Buffer.alloc(size, 'abc def')
    let texts: string[] = []
    return {
      size,
      most: TEXTS / size,
      prepare: (times) => {
        texts = Array.from({ length: times }, () => bytes.toString('latin1'))
      },
      run: async () => {
        for (const text of texts) await find(text)
      },
    }
  })
}
