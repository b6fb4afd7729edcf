import { afterAll, describe, expect, it } from '@jest/globals'
import KeyvRedis from '@keyv/redis'
import { cached } from '../lib/index.js'
import { sharedRedis, uniquePrefix } from './support/servers.js'

const adapter = new KeyvRedis<string>(sharedRedis().url)
const client = adapter.client as unknown as { unlink(key: string): Promise<number>; pTTL(key: string): Promise<number> }
afterAll(() => adapter.disconnect())

describe('touch with a ttl function on Redis', () => {
  it('moves the end by a command, and brings back nothing that another client removed meanwhile', async () => {
    let removing: Promise<unknown> | undefined
    let remove = false
    const f = cached(async (x: string) => x, {
      store: adapter,
      keyPrefix: uniquePrefix('f'),
      ttl: () => {
        if (remove) removing = client.unlink(f.key('a'))
        return 60_000
      },
    })
    await f('a')
    remove = true

    const touched = await f.touch('a')

    expect(await removing).toBe(1)
    expect(touched).toBe(false)
    expect(await f.storage.backend.get(f.key('a'))).toBeUndefined()
  })

  it('asks the function for each entry', async () => {
    const f = cached(async (n: number) => n * 10_000, {
      store: adapter,
      keyPrefix: uniquePrefix('f'),
      ttl: (value) => value,
    })
    await f.getOrUpdateMany([1], [2])
    await f.storage.set(f.key(1), 10_000, 500_000)

    const touched = await f.touchMany([1], [2], [3])

    expect(touched).toEqual([true, true, false])
    expect(await client.pTTL(f.key(1))).toBeLessThanOrEqual(10_000)
    expect(await client.pTTL(f.key(2))).toBeGreaterThan(10_000)
  })

  it('takes what does not decode for absent, and touches the rest', async () => {
    const f = cached(async (x: string) => x, { store: adapter, keyPrefix: uniquePrefix('f'), ttl: () => 60_000 })
    const errors: string[] = []
    f.on('error', ({ key }) => errors.push(key))
    await f.getOrUpdateMany(['a'], ['b'])
    await f.storage.backend.set(f.key('a'), 'no superjson')

    const touched = await f.touchMany(['a'], ['b'])

    expect(touched).toEqual([false, true])
    expect(errors).toEqual([f.key('a')])
  })
})

describe('touch whose coder never answers', () => {
  it('holds up no write', async () => {
    const stuck = {
      encode: (value: unknown) => value,
      decode: () => new Promise<never>(() => {}),
      stored: 'any',
    } as const
    const f = cached(async (x: string) => x, { store: new Map(), keyPrefix: 'f', ttl: () => 60_000, coder: stuck })
    await f.set('A', 'a')
    f.touch('a').catch(() => {})

    const deleted = await f.delete('a')

    expect(deleted).toBe(true)
  })
})

describe('a process that was busy', () => {
  it('does not take its own delay for that of the store', async () => {
    const f = cached(async (x: string) => x, { store: adapter, keyPrefix: uniquePrefix('f'), storeTimeout: 50 })
    await f.set('A', 'a')
    const asking = f.has('a')
    const until = performance.now() + 150
    while (performance.now() < until);

    const there = await asking

    expect(there).toBe(true)
  })
})
