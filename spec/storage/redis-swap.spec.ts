import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { createClient, createCluster } from '@keyv/redis'
import { leaseKey } from '../../lib/storage/lease-key.js'
import { openStorage } from '../../lib/storage/open.js'
import type { Attempt, Swap } from '../../lib/storage/storage.js'
import { type RedisCluster, startRedisCluster } from '../support/redis-cluster.js'
import { sharedRedis, startRedis, uniquePrefix } from '../support/servers.js'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const end of cleanups.splice(0).reverse()) await end()
})

const attempt = (): Attempt => ({ givenUp: false, onGiveUp: undefined, timeout: 5_000 })

async function connected(url = sharedRedis().url) {
  const client = createClient({ url })
  client.on('error', () => {})
  await client.connect()
  cleanups.push(() => client.destroy())
  return client
}

/** The storage over a client of its own, and another client past it. */
async function opened(url?: string) {
  const past = await connected(url)
  const { swapMany, leases } = openStorage(await connected(url))
  if (swapMany === undefined || leases === undefined) throw new Error('a Redis swaps and leases')
  const swap = async (key: string, more: Partial<Swap> = {}) => {
    const [told] = await swapMany(
      [{ key, from: '@ring1{}\n', to: '@ring1{"cost":7}\n', ttl: 60_000, fences: false, ...more }],
      attempt(),
    )
    return told
  }
  return { past, swap, swapMany, leases }
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 10_000
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error('it never came')
    await sleep(5)
  }
}

const leaseOf = (key: string): string => leaseKey(key) ?? ''

describe('a swap on Redis', () => {
  it('changes what the entry begins with, and leaves every byte after it', async () => {
    const { past, swap } = await opened()
    const key = uniquePrefix('swap')
    const bytes = Buffer.concat([Buffer.from(Array.from({ length: 256 }, (_, i) => i)), Buffer.alloc(2_000_000, 0xfe)])
    await past.set(key, Buffer.concat([Buffer.from('@ring1{}\n'), bytes]))

    const told = await swap(key)

    expect(told).toBe(true)
    const stored = await past.withTypeMapping({ 36: Buffer }).get(key)
    expect(stored?.equals(Buffer.concat([Buffer.from('@ring1{"cost":7}\n'), bytes]))).toBe(true)
  })

  it.each<[string, string, Partial<Swap>, string | false]>([
    ['gives metadata to an entry that has none', 'plain', { from: '' }, '@ring1{"cost":7}\nplain'],
    ['gives metadata to an empty entry', '', { from: '' }, '@ring1{"cost":7}\n'],
    ['takes the metadata away', '@ring1{}\nplain', { to: '' }, 'plain'],
    ['has an entry that is its metadata alone', '@ring1{}\n', {}, '@ring1{"cost":7}\n'],
    ['refuses an entry that has metadata where it was to have none', '@ring1{}\nplain', { from: '' }, false],
    ['refuses a form of another version where it was to have none', '@ring2{}\nplain', { from: '' }, false],
    ['refuses an entry that begins otherwise', '@ring1{"cost":1}\nplain', {}, false],
    ['refuses an entry that is shorter', '@ring1{', {}, false],
    ['takes a pattern for what it is', '@ring1{%a+}\nplain', { from: '@ring1{%a+}\n' }, '@ring1{"cost":7}\nplain'],
  ])('%s', async (_what, stored, more, expected) => {
    const { past, swap } = await opened()
    const key = uniquePrefix('swap')
    await past.set(key, stored)

    const told = await swap(key, more)

    expect([told, await past.get(key)]).toEqual(expected === false ? [false, stored] : [true, expected])
  })

  it.each(['', '@ring1{}\n'])('refuses where there is no entry, and makes none (from %j)', async (from) => {
    const { past, swap } = await opened()
    const key = uniquePrefix('swap')

    const told = await swap(key, { from })

    expect([told, await past.exists(key)]).toEqual([false, 0])
  })

  it.each(['', '@ring1{}\n'])('refuses what is of another type, and leaves it (from %j)', async (from) => {
    const { past, swap } = await opened()
    const key = uniquePrefix('swap')
    await past.hSet(key, 'field', 'value')

    const told = await swap(key, { from })

    expect([told, await past.hGet(key, 'field')]).toEqual([false, 'value'])
    await past.del(key)
  })

  it('has the ttl begin now, in whole milliseconds that are not less', async () => {
    const { past, swap } = await opened()
    const key = uniquePrefix('swap')
    await past.set(key, '@ring1{}\nplain', { expiration: { type: 'PX', value: 5_000 } })

    const told = await swap(key, { ttl: 90_000.5 })

    const left = await past.pTTL(key)
    expect(told).toBe(true)
    expect(left).toBeGreaterThan(80_000)
    expect(left).toBeLessThanOrEqual(90_001)
  })

  it('rounds the shortest ttl up, and ends the entry by it', async () => {
    const { past, swap } = await opened()
    const key = uniquePrefix('swap')
    await past.set(key, '@ring1{}\nplain')

    const told = await swap(key, { ttl: 0.25 })

    expect(told).toBe(true)
    await until(async () => (await past.exists(key)) === 0)
  })

  it('takes away the end of an entry where no ttl is given', async () => {
    const { past, swap } = await opened()
    const key = uniquePrefix('swap')
    await past.set(key, '@ring1{}\nplain', { expiration: { type: 'PX', value: 60_000 } })

    const told = await swap(key, { ttl: undefined })

    expect([told, await past.pTTL(key)]).toEqual([true, -1])
    await past.del(key)
  })

  it('tells of each of many, in order', async () => {
    const { past, swapMany } = await opened()
    const keys = Array.from({ length: 50 }, () => uniquePrefix('swap'))
    await Promise.all(keys.map((key, i) => (i % 3 === 0 ? undefined : past.set(key, `@ring1{"cost":${i % 3}}\n${i}`))))

    const told = await swapMany(
      keys.map((key) => ({ key, from: '@ring1{"cost":1}\n', to: '', ttl: 60_000, fences: false })),
      attempt(),
    )

    expect(told).toEqual(keys.map((_, i) => i % 3 === 1))
    expect(await past.mGet(keys)).toEqual(keys.map((_, i) => [null, String(i), `@ring1{"cost":2}\n${i}`][i % 3]))
  })

  it('never brings back what another client removes or sets meanwhile', async () => {
    const { past, swap } = await opened()
    const keys = Array.from({ length: 200 }, () => uniquePrefix('swap'))
    await Promise.all(keys.map((key) => past.set(key, '@ring1{}\nold')))

    await Promise.all(keys.flatMap((key, i) => [swap(key), i % 2 === 0 ? past.del(key) : past.set(key, 'new')]))

    expect(await past.mGet(keys)).toEqual(keys.map((_, i) => (i % 2 === 0 ? null : 'new')))
    await past.del(keys)
  })

  it('lets one of many who swap the same have it', async () => {
    const [one, other] = [await opened(), await opened()]
    const key = uniquePrefix('swap')
    await one.past.set(key, '@ring1{}\nplain')

    const told = await Promise.all(
      Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? one : other).swap(key, { to: `@ring1{"cost":${i}}\n` })),
    )

    const [winner] = told.flatMap((won, i) => (won === true ? i : []))
    expect(told.filter((won) => won === true)).toHaveLength(1)
    expect(await one.past.get(key)).toBe(`@ring1{"cost":${winner}}\nplain`)
  })

  it('is not sent where it was given up before', async () => {
    const { past, swapMany } = await opened()
    const key = uniquePrefix('swap')
    await past.set(key, '@ring1{}\nplain')

    const swapping = swapMany([{ key, from: '@ring1{}\n', to: '', ttl: 60_000, fences: true }], {
      ...attempt(),
      givenUp: true,
    })

    await expect(Promise.resolve(swapping)).rejects.toThrow('given up before it could be sent')
    expect(await past.get(key)).toBe('@ring1{}\nplain')
  })
})

describe('a swap on Redis that fences', () => {
  it.each<[string, string | undefined, boolean]>([
    ['is swapped', '@ring1{}\nplain', true],
    ['begins otherwise', 'plain', false],
    ['is not there', undefined, false],
  ])('ends the lease of an entry that %s', async (_what, stored, swapped) => {
    const { past, swap } = await opened()
    const key = uniquePrefix('swap')
    if (stored !== undefined) await past.set(key, stored)
    await past.set(leaseOf(key), 'a token')

    const told = await swap(key, { fences: true })

    expect([told, await past.exists(leaseOf(key))]).toEqual([swapped, 0])
  })

  it('ends the lease beside what is of another type', async () => {
    const { past, swap } = await opened()
    const key = uniquePrefix('swap')
    await past.hSet(key, 'field', 'value')
    await past.set(leaseOf(key), 'a token')

    const told = await swap(key, { fences: true })

    expect([told, await past.exists(leaseOf(key)), await past.exists(key)]).toEqual([false, 0, 1])
    await past.del(key)
  })

  it('leaves the lease where it does not fence', async () => {
    const { past, swap } = await opened()
    const key = uniquePrefix('swap')
    await past.set(key, '@ring1{}\nplain')
    await past.set(leaseOf(key), 'a token')

    const told = await swap(key)

    expect([told, await past.get(leaseOf(key))]).toEqual([true, 'a token'])
    await past.del(leaseOf(key))
  })

  it.each(['a}b', 'a{}'])('swaps an entry that can have no lease: %s', async (end) => {
    const { past, swap } = await opened()
    const key = `${uniquePrefix('swap')}${end}`
    await past.set(key, '@ring1{}\nplain')

    const told = await swap(key, { fences: true })

    expect([told, await past.get(key)]).toEqual([true, '@ring1{"cost":7}\nplain'])
  })

  it('refuses the run that had the lease', async () => {
    const { past, swap, leases } = await opened()
    const key = uniquePrefix('swap')
    await past.set(key, '@ring1{}\nold')
    const lease = { key, token: 'mine' }
    await leases.take([{ ...lease, known: '@ring1{}\n' }], 60_000, false, attempt())
    await swap(key, { fences: true })

    const stored = await leases.setMany([{ key, value: 'outdated', ttl: 60_000, lease }], attempt())

    expect([stored, await past.get(key)]).toEqual([['refused'], '@ring1{"cost":7}\nold'])
  })
})

describe('a swap on a Redis without memory', () => {
  const full = async () => {
    const server = await startRedis()
    cleanups.push(() => server.stop())
    const all = await opened(server.url)
    await all.past.set('entry', '@ring1{}\nplain')
    await all.past.set(leaseOf('entry'), 'a token')
    await all.past.configSet('maxmemory', '1')
    await expect(all.past.set('more', 'x')).rejects.toThrow('OOM')
    return all
  }

  it('ends the lease, and changes the entry, where it fences', async () => {
    const { past, swap } = await full()

    const told = await swap('entry', { fences: true })

    expect(told).toBe(true)
    expect([await past.exists(leaseOf('entry')), await past.get('entry')]).toEqual([0, '@ring1{"cost":7}\nplain'])
  })

  it('tells of its failure, and changes nothing, where it does not', async () => {
    const { past, swap } = await full()

    const told = await swap('entry')

    expect(told).toEqual({ error: expect.objectContaining({ message: expect.stringMatching(/^OOM /) }) })
    expect([await past.get(leaseOf('entry')), await past.get('entry')]).toEqual(['a token', '@ring1{}\nplain'])
  })
})

describe('a swap on a Redis Cluster', () => {
  let cluster: RedisCluster
  beforeAll(async () => {
    cluster = await startRedisCluster()
  }, 60_000)
  afterAll(() => cluster.stop())

  it('finds the entry and its lease in one slot, wherever that is', async () => {
    const client = createCluster({ rootNodes: cluster.urls.map((url) => ({ url })) })
    client.on('error', () => {})
    await client.connect()
    cleanups.push(() => client.destroy())
    const { swapMany } = openStorage(client)
    const ends = ['', '{tag}', '{t}a}g', 'a}b', 'a{}', '::obj="a"']
    const keys = Array.from({ length: 30 }, (_, i) => `${uniquePrefix('swap')}${ends[i % ends.length]}`)
    const leased = keys.filter((key) => leaseKey(key) !== undefined)
    await Promise.all(keys.map((key) => client.set(key, '@ring1{}\nplain')))
    await Promise.all(leased.map((key) => client.set(leaseOf(key), 'a token')))

    const told = await swapMany?.(
      keys.map((key) => ({ key, from: '@ring1{}\n', to: '@ring1{"cost":7}\n', ttl: 60_000, fences: true })),
      attempt(),
    )

    expect(told).toEqual(keys.map(() => true))
    expect(await Promise.all(keys.map((key) => client.get(key)))).toEqual(keys.map(() => '@ring1{"cost":7}\nplain'))
    expect(await Promise.all(leased.map((key) => client.exists(leaseOf(key))))).toEqual(leased.map(() => 0))
    expect(leased.length).toBeLessThan(keys.length)
  })
})
