import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { createClient, createCluster } from '@keyv/redis'
import { leaseKey } from '../../lib/storage/lease-key.js'
import { openStorage } from '../../lib/storage/open.js'
import type { Attempt, WantedLease } from '../../lib/storage/storage.js'
import { type RedisCluster, startRedisCluster } from '../support/redis-cluster.js'
import { sharedRedis, startRedis, uniquePrefix } from '../support/servers.js'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const end of cleanups.splice(0).reverse()) await end()
})

const attempt = (): Attempt => ({ givenUp: false, onGiveUp: undefined, timeout: 5_000 })
const leaseOf = (key: string): string => leaseKey(key) ?? ''

async function connected(url = sharedRedis().url) {
  const client = createClient({ url })
  client.on('error', () => {})
  await client.connect()
  cleanups.push(() => client.destroy())
  return client
}

function leasesOver(client: object) {
  const { leases } = openStorage(client)
  if (leases === undefined) throw new Error('a Redis has leases')
  const take = async (wanted: WantedLease, anyway = false) =>
    (await leases.take([wanted], 60_000, anyway, attempt()))[0]
  return { leases, take }
}

/** Two runs of one key, each in a process of its own; the first has the lease, and has left it. */
async function left(ttl = 60_000, url?: string) {
  const past = await connected(url)
  const [here, there] = [leasesOver(await connected(url)), leasesOver(await connected(url))]
  const key = uniquePrefix('lease')
  const [mine, yours] = [
    { key, token: 'mine' },
    { key, token: 'yours' },
  ]
  const before = [await here.take(mine), await there.take(yours)]
  const told = await here.leases.yield([mine], ttl, attempt())
  return { past, here, there, key, mine, yours, before, told }
}

describe('a lease on Redis that was left', () => {
  it('goes to whoever asks next, and stands for its first run no more', async () => {
    const { here, there, mine, yours, before, told } = await left()

    const taken = await there.take(yours)

    expect([before, told, taken]).toEqual([['taken', 'held'], [true], 'taken'])
    const { leases } = here
    expect([
      await leases.renew([mine], 60_000, attempt()),
      await leases.yield([mine], 60_000, attempt()),
      await leases.setMany([{ key: mine.key, value: 'outdated', ttl: 60_000, lease: mine }], attempt()),
      await leases.release([mine], attempt()),
      await leases.release([yours], attempt()),
    ]).toEqual([[false], [false], ['refused'], [false], [true]])
  })

  it('goes to one alone of many who ask', async () => {
    const { here, there, key } = await left()

    const told = await Promise.all(
      Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? here : there).take({ key, token: `token ${i}` })),
    )

    expect(told.filter((answer) => answer === 'taken')).toHaveLength(1)
    expect(told.filter((answer) => answer === 'held')).toHaveLength(19)
  })

  it('takes the value of its own run until then', async () => {
    const { past, here, key, mine } = await left()

    const stored = await here.leases.setMany([{ key, value: 'value', ttl: 60_000, lease: mine }], attempt())

    expect([stored, await past.get(key), await past.exists(leaseOf(key))]).toEqual([[undefined], 'value', 0])
    await past.del(key)
  })

  it('stays left when it is renewed', async () => {
    const { past, here, there, key, mine, yours } = await left(5_000)

    const renewed = await here.leases.renew([mine], 60_000, attempt())

    expect(renewed).toEqual([true])
    expect(await past.pTTL(leaseOf(key))).toBeGreaterThan(50_000)
    expect(await there.take(yours)).toBe('taken')
  })

  it('ends after the time that was said then', async () => {
    const { past, key } = await left(0.5)

    const ended = await past.pTTL(leaseOf(key))

    expect(ended).toBeLessThanOrEqual(1)
    await until(async () => (await past.exists(leaseOf(key))) === 0)
  })

  it.each<[string, (all: Awaited<ReturnType<typeof left>>) => unknown]>([
    ['released', ({ here, mine }) => here.leases.release([mine], attempt())],
    ['replaced', ({ there, yours }) => there.leases.replace([yours], 60_000, attempt())],
    ['removed', ({ there, key }) => there.leases.deleteMany([key], attempt())],
    ['set over', ({ there, key }) => there.leases.setMany([{ key, value: 'new', ttl: 60_000 }], attempt())],
  ])('ends as any when it is %s', async (_what, act) => {
    const all = await left()

    await act(all)

    const stored = await all.here.leases.setMany(
      [{ key: all.key, value: 'outdated', ttl: 60_000, lease: all.mine }],
      attempt(),
    )
    expect(stored).toEqual(['refused'])
  })

  it('is lost like any: its next run gets it, whether it is remembered or not', async () => {
    const { here, key, mine } = await left()

    const told = await here.take({ key, token: 'next', lost: [mine.token, 'older'] })

    expect(told).toBe('taken')
    expect(await here.take({ key, token: 'last', lost: ['next'] })).toBe('taken')
    expect(await here.take({ key, token: 'late', lost: ['next'] })).toBe('held')
  })

  it('stands where it cannot be left for want of memory', async () => {
    const server = await startRedis()
    cleanups.push(() => server.stop())
    const past = await connected(server.url)
    const { leases, take } = leasesOver(await connected(server.url))
    const mine = { key: 'entry', token: 'mine' }
    await take(mine)
    await past.configSet('maxmemory', '1')

    const leaving = leases.yield([mine], 60_000, attempt())

    await expect(Promise.resolve(leaving)).rejects.toThrow('OOM')
    await past.configSet('maxmemory', '0')
    expect(await leases.renew([mine], 60_000, attempt())).toEqual([true])
    expect(await take({ key: 'entry', token: 'yours' })).toBe('held')
  })
})

describe('a lease on Redis beside an entry that is known', () => {
  const KNOWN = '@ring1{"expires":1}\n'

  it.each<[string, string, Partial<WantedLease>, boolean]>([
    ['is given where the entry begins as it was said', `${KNOWN}old`, { known: KNOWN }, true],
    ['is given where the entry is no more than that', KNOWN, { known: KNOWN }, true],
    ['is not given where the entry begins otherwise', '@ring1{"expires":2}\nnew', { known: KNOWN }, false],
    ['is not given where the entry is shorter', '@ring1{', { known: KNOWN }, false],
    ['is not given where the entry begins later like that', `new${KNOWN}`, { known: KNOWN }, false],
    ['is not given where nothing is known', `${KNOWN}old`, { known: '' }, false],
    ['is not given for an empty entry', '', { known: KNOWN }, false],
  ])('%s', async (_what, stored, more, given) => {
    const past = await connected()
    const { take } = leasesOver(await connected())
    const key = uniquePrefix('lease')
    await past.set(key, stored)

    const told = await take({ key, token: 'mine', ...more })

    expect(told).toEqual(given ? 'taken' : { value: Buffer.from(stored) })
    expect(await past.exists(leaseOf(key))).toBe(given ? 1 : 0)
    await past.del([key, leaseOf(key)])
  })

  it('gives the bytes of another entry as they are', async () => {
    const past = await connected()
    const { take } = leasesOver(await connected())
    const key = uniquePrefix('lease')
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i))
    await past.set(key, bytes)

    const told = await take({ key, token: 'mine', known: KNOWN })

    expect(told).toEqual({ value: bytes })
    await past.del(key)
  })

  it('is given, known or not, where it is asked for anyway, or the data is of another type', async () => {
    const past = await connected()
    const { take } = leasesOver(await connected())
    const [other, foreign] = [uniquePrefix('lease'), uniquePrefix('lease')]
    await past.set(other, 'new')
    await past.hSet(foreign, 'field', 'value')

    const told = [
      await take({ key: other, token: 'mine', known: KNOWN }, true),
      await take({ key: foreign, token: 'mine', known: KNOWN }),
    ]

    expect(told).toEqual(['taken', 'taken'])
    await past.del([other, foreign, leaseOf(other), leaseOf(foreign)])
  })

  it('is held by another run all the same', async () => {
    const past = await connected()
    const { take } = leasesOver(await connected())
    const key = uniquePrefix('lease')
    await past.set(key, `${KNOWN}old`)
    await take({ key, token: 'mine', known: KNOWN })

    const told = await take({ key, token: 'yours', known: KNOWN })

    expect(told).toBe('held')
    await past.del([key, leaseOf(key)])
  })
})

describe('leases on a Redis Cluster', () => {
  let cluster: RedisCluster
  beforeAll(async () => {
    cluster = await startRedisCluster()
  }, 60_000)
  afterAll(() => cluster.stop())

  it('are left, taken over and given beside what is known, wherever they lie', async () => {
    const client = createCluster({ rootNodes: cluster.urls.map((url) => ({ url })) })
    client.on('error', () => {})
    await client.connect()
    cleanups.push(() => client.destroy())
    const { leases } = leasesOver(client)
    const keys = Array.from({ length: 20 }, (_, i) => `${uniquePrefix('lease')}${i % 2 === 0 ? '{tag}' : ''}`)
    await Promise.all(keys.map((key) => client.set(key, '@ring1{}\nold')))
    const of = (token: string) => keys.map((key) => ({ key, token, known: '@ring1{}\n' }))

    const told = [
      await leases.take(of('mine'), 60_000, false, attempt()),
      await leases.yield(of('mine'), 60_000, attempt()),
      await leases.take(of('yours'), 60_000, false, attempt()),
      await leases.release(of('mine'), attempt()),
    ]

    expect(told).toEqual(['taken', true, 'taken', false].map((answer) => keys.map(() => answer)))
  })
})

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 10_000
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error('it never came')
    await sleep(5)
  }
}
