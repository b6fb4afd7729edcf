/** One function wrapped over several clients of one server, which know nothing of each other: as in several processes. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach } from '@jest/globals'
import { createClient } from '@keyv/redis'
import { type Cached, type CachedOptions, cached } from '../../lib/index.js'
import { memcache } from '../../lib/memcache.js'
import { redis } from '../../lib/redis.js'
import { controlledRuns, type Runs } from '../support/controlled-store.js'
import { sharedMemcached, sharedRedis, uniquePrefix } from '../support/servers.js'

export type Kind = 'redis' | 'memcached'
export type Fn = (n: number) => Promise<string>
export type Wrapped = Cached<Fn, 'text'>

export interface Elsewhere {
  readonly runs: Runs<string, [number]>
  /** Each on a client of its own. */
  readonly here: Wrapped
  readonly there: Wrapped
  /** One more. */
  wrap(options?: Pick<CachedOptions, 'lease' | 'ttl' | 'storeTimeout'>): Wrapped
}

const closing: (() => unknown)[] = []
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()))
})

export function elsewhere(kind: Kind, options: Partial<CachedOptions> = {}, url?: string): Elsewhere {
  const keyPrefix = uniquePrefix('lease')
  const runs = controlledRuns<string, [number]>()
  const wrap: Elsewhere['wrap'] = (own) => {
    const store = kind === 'redis' ? redis(url ?? sharedRedis().url) : memcache(url ?? sharedMemcached().url)
    // A machine that is busy with other things must not be taken for a store that does not answer.
    const shared = { keyPrefix, coder: 'text', ttl: 60_000, lease: true, overload: true, storeTimeout: 10_000 } as const
    const f = cached(runs.fn, { ...shared, ...options, ...own, store } as typeof shared)
    closing.push(() => f.storage.backend.disconnect())
    return f
  }
  return { runs, here: wrap(), there: wrap(), wrap }
}

/** A client past ringcache. */
export async function redisClient(url = sharedRedis().url) {
  const client = createClient({ url })
  await client.connect()
  closing.push(() => client.destroy())
  return client
}

/** Waits until it is so. */
export async function until(isSo: () => unknown, what: string): Promise<void> {
  const deadline = performance.now() + 10_000
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`it never came: ${what}`)
    await sleep(5)
  }
}

/** Waits until so many runs are under way, and a little for one more, which would be one too many. */
export async function running(runs: Runs<string, [number]>, count: number): Promise<void> {
  await until(() => runs.pending.length >= count, `run ${count}`)
}
