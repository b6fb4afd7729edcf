import { afterEach, describe, expect, it } from '@jest/globals'
import KeyvRedis, { type RedisClientType } from '@keyv/redis'
import { Keyv } from 'keyv'
import { cached } from '../../lib/index.js'
import { controlledRuns, controlledStore, faultyStore, quiet } from '../support/controlled-store.js'
import { sharedRedis, startRedis, uniquePrefix } from '../support/servers.js'

const opened: KeyvRedis<unknown>[] = []

function openRedis(): KeyvRedis<unknown> {
  const adapter = new KeyvRedis<unknown>(sharedRedis().url)
  opened.push(adapter)
  return adapter
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((adapter) => adapter.disconnect()))
})

const stores: [name: string, store: () => object | undefined][] = [
  ['the private store in memory', () => undefined],
  ['a Map', () => new Map()],
  ['a bare adapter', () => faultyStore().adapter],
  ["a user's Keyv", () => new Keyv({ store: faultyStore().adapter })],
  ['Redis', openRedis],
]

const times = <T>(count: number, act: () => T): T[] => Array.from({ length: count }, act)

describe.each(stores)('concurrent calls on %s', (_name, store) => {
  it('share one run, a thousand of them', async () => {
    const runs = controlledRuns<string, [number]>()
    const f = cached(runs.fn, { store: store(), keyPrefix: uniquePrefix('f') })
    const calls = times(1_000, () => f(1))
    await untilPending(runs)

    runs.pending[0]?.resolve('a')

    expect(new Set(await Promise.all(calls))).toEqual(new Set(['a']))
    expect(runs.count).toBe(1)
    expect(await f.get(1)).toBe('a')
  })

  it('get the same error object when their run fails, and the next call runs again', async () => {
    const runs = controlledRuns<string, [number]>()
    const f = cached(runs.fn, { store: store(), keyPrefix: uniquePrefix('f') })
    const error = new Error('no')
    const calls = times(10, () => f(1))
    await untilPending(runs)

    runs.pending[0]?.reject(error)

    for (const settled of await Promise.allSettled(calls))
      expect(settled).toEqual({ status: 'rejected', reason: error })
    const again = f(1)
    await untilPending(runs)
    runs.pending[0]?.resolve('b')
    expect(await again).toBe('b')
    expect(runs.count).toBe(2)
  })

  it('run again in the very moment in which they learn of a failure', async () => {
    const runs = controlledRuns<string, [number]>()
    const f = cached(runs.fn, { store: store(), keyPrefix: uniquePrefix('f') })
    const retried = f(1).catch(() => f(1))
    await untilPending(runs)

    runs.pending[0]?.reject(new Error('no'))

    await untilPending(runs)
    runs.pending[0]?.resolve('b')
    expect(await retried).toBe('b')
  })
})

describe('reads that are shared', () => {
  it('are one GET for 64 concurrent hits on a hot key', async () => {
    const store = controlledStore()
    const f = cached(async (n: number) => n + 1, { store: store.adapter, keyPrefix: 'f' })
    const stored = f.set(2, 1)
    await store.drain()
    await stored

    const hits = times(64, () => f(1))
    await store.drain()

    expect(await Promise.all(hits)).toEqual(times(64, () => 2))
    expect(store.count('get')).toBe(1)
  })

  it('are one GET for 64 concurrent hits on a hot key of Redis', async () => {
    const server = await startRedis()
    const adapter = new KeyvRedis<unknown>(server.url)
    try {
      const f = cached(async (n: number) => n + 1, { store: adapter, keyPrefix: 'f', storeTimeout: 10_000 })
      await f.set(2, 1)

      const hits = await Promise.all(times(64, () => f(1)))

      expect(hits).toEqual(times(64, () => 2))
      const client = adapter.client as RedisClientType // a url makes a plain client
      expect(await client.info('commandstats')).toContain('cmdstat_get:calls=1,')
    } finally {
      await adapter.disconnect()
      await server.stop()
    }
  })
})

async function untilPending(runs: { readonly pending: readonly unknown[] }): Promise<void> {
  for (const deadline = Date.now() + 10_000; runs.pending.length === 0 && Date.now() < deadline; ) await quiet()
}
