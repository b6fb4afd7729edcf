import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { KeyvMemcache } from '@keyv/memcache'
import { leaseKey } from '../../lib/storage/lease-key.js'
import type { MemcacheClient } from '../../lib/storage/memcache-client.js'
import { openStorage } from '../../lib/storage/open.js'
import type { Attempt, Swap } from '../../lib/storage/storage.js'
import { askMemcached } from '../conformance/ask-memcached.js'
import { type MemcachedServer, startMemcached, uniquePrefix } from '../support/servers.js'

let server: MemcachedServer
beforeAll(async () => {
  server = await startMemcached()
})
afterAll(() => server.stop())
const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const end of cleanups.splice(0).reverse()) await end()
})

const attempt = (): Attempt => ({ givenUp: false, onGiveUp: undefined, timeout: 5_000 })
const leaseOf = (key: string): string => leaseKey(key) ?? ''

function connected(url = server.url, options: object = {}) {
  const { client } = new KeyvMemcache(url, { logger: { log: () => {} }, ...options } as object) // it hands them to memjs
  cleanups.push(() => client.close())
  return client
}

/** The storage over a client of its own, and another client past it. */
function opened(url?: string, options?: object) {
  const past = connected(url)
  const client = connected(url, options)
  const { swapMany, leases } = openStorage(client)
  if (swapMany === undefined || leases === undefined) throw new Error('a memcached swaps and leases')
  const swap = async (key: string, more: Partial<Swap> = {}, its = attempt()) => {
    const [told] = await swapMany(
      [{ key, from: '@ring1{}\n', to: '@ring1{"cost":7}\n', ttl: 60_000, fences: false, ...more }],
      its,
    )
    return told
  }
  const read = async (key: string) => (await past.get(key)).value?.toString()
  return { past, client, swap, swapMany, leases, read }
}

/** Does it after the entry was read, and before it is written. */
function between(client: object, act: () => Promise<unknown>): void {
  const its = client as MemcacheClient
  const perform = its.perform.bind(its)
  its.perform = (key, request, seq, callback, tries) => {
    const isGet = request.readUInt8(1) === 0
    perform(
      key,
      request,
      seq,
      isGet ? (error, response) => void act().then(() => callback(error, response)) : callback,
      tries,
    )
  }
}

describe('a swap on memcached', () => {
  it('changes what the entry begins with, and leaves every byte after it', async () => {
    const { past, swap } = opened()
    const key = uniquePrefix('swap')
    const bytes = Buffer.concat([Buffer.from(Array.from({ length: 256 }, (_, i) => i)), Buffer.alloc(900_000, 0xfe)])
    await past.set(key, Buffer.concat([Buffer.from('@ring1{}\n'), bytes]), {})

    const told = await swap(key)

    const { value } = await past.get(key)
    expect(told).toBe(true)
    expect(value?.equals(Buffer.concat([Buffer.from('@ring1{"cost":7}\n'), bytes]))).toBe(true)
  })

  it.each<[string, string, Partial<Swap>, string | false]>([
    ['gives metadata to an entry that has none', 'plain', { from: '' }, '@ring1{"cost":7}\nplain'],
    ['gives metadata to an empty entry', '', { from: '' }, '@ring1{"cost":7}\n'],
    ['takes the metadata away', '@ring1{}\nplain', { to: '' }, 'plain'],
    ['refuses an entry that has metadata where it was to have none', '@ring1{}\nplain', { from: '' }, false],
    ['refuses a form of another version where it was to have none', '@ring2{}\nplain', { from: '' }, false],
    ['refuses an entry that begins otherwise', '@ring1{"cost":1}\nplain', {}, false],
    ['refuses an entry that is shorter', '@ring1{', {}, false],
  ])('%s', async (_what, stored, more, expected) => {
    const { past, swap, read } = opened()
    const key = uniquePrefix('swap')
    await past.set(key, stored, {})

    const told = await swap(key, more)

    expect([told, await read(key)]).toEqual(expected === false ? [false, stored] : [true, expected])
  })

  it.each(['', '@ring1{}\n'])('refuses where there is no entry, and makes none (from %j)', async (from) => {
    const { swap, read } = opened()
    const key = uniquePrefix('swap')

    const told = await swap(key, { from })

    expect([told, await read(key)]).toEqual([false, undefined])
  })

  it.each<[string, number | undefined, RegExp]>([
    ['from now on', 90_000, /^HD t(90|89)\r/],
    ['beyond 30 days', 40 * 24 * 60 * 60 * 1_000, /^HD t345(6000|600[12]|599\d)\r/],
    ['with the second that the clock may take', 89_000.5, /^HD t(91|90)\r/],
    ['until it is removed', undefined, /^HD t-1\r/],
  ])('has the entry kept %s', async (_what, ttl, expected) => {
    const { past, swap } = opened()
    const key = uniquePrefix('swap')
    await past.set(key, '@ring1{}\nplain', { expires: 5 })

    await swap(key, { ttl })

    expect(await askMemcached(server.port, `mg ${key} t`, '\r\n')).toMatch(expected)
  })

  it('leaves the flags that another client gave the entry', async () => {
    const { swap } = opened()
    const key = uniquePrefix('swap')
    await askMemcached(server.port, `set ${key} 12345 0 14\r\n@ring1{}\nplain`, 'STORED')

    const told = await swap(key)

    expect(told).toBe(true)
    expect(await askMemcached(server.port, `mg ${key} f`, '\r\n')).toBe('HD f12345\r\n')
  })

  it('changes what the serializer of the client makes of an entry', async () => {
    const turned = (value: string | Buffer) => Buffer.from(value).map((byte) => byte ^ 0xff)
    const serializer = {
      serialize: (_opcode: number, value: string | Buffer, extras: Buffer) => ({
        value: Buffer.from(turned(value)),
        extras,
      }),
      deserialize: (_opcode: number, value: Buffer, extras: Buffer) => ({ value: Buffer.from(turned(value)), extras }),
    }
    const { client, past, swap } = opened(server.url, { serializer })
    const key = uniquePrefix('swap')
    await client.set(key, '@ring1{}\nplain', {})

    const told = await swap(key)

    const [{ value }, { value: raw }] = [await client.get(key), await past.get(key)]
    expect([told, value?.toString()]).toEqual([true, '@ring1{"cost":7}\nplain'])
    expect(raw?.[0]).toBe('@'.charCodeAt(0) ^ 0xff)
  })

  it('tells of each of many, in order', async () => {
    const { past, swapMany, read } = opened()
    const keys = Array.from({ length: 50 }, () => uniquePrefix('swap'))
    await Promise.all(
      keys.map((key, i) => (i % 3 === 0 ? undefined : past.set(key, `@ring1{"cost":${i % 3}}\n${i}`, {}))),
    )

    const told = await swapMany(
      keys.map((key) => ({ key, from: '@ring1{"cost":1}\n', to: '', ttl: 60_000, fences: false })),
      attempt(),
    )

    expect(told).toEqual(keys.map((_, i) => i % 3 === 1))
    expect(await Promise.all(keys.map(read))).toEqual(
      keys.map((_, i) => [undefined, String(i), `@ring1{"cost":2}\n${i}`][i % 3]),
    )
  })

  it.each<[string, (past: ReturnType<typeof connected>, key: string) => Promise<unknown>, string | undefined]>([
    ['removes', (past, key) => past.delete(key), undefined],
    ['sets', (past, key) => past.set(key, 'new', {}), 'new'],
    ['writes the same again', (past, key) => past.set(key, '@ring1{}\nold', {}), '@ring1{}\nold'],
    [
      'removes and sets again',
      (past, key) => past.delete(key).then(() => past.set(key, '@ring1{}\nnew', {})),
      '@ring1{}\nnew',
    ],
  ])('leaves what another client %s between its reading and its writing', async (_what, act, expected) => {
    const { past, client, swap, read } = opened()
    const key = uniquePrefix('swap')
    await past.set(key, '@ring1{}\nold', {})
    between(client, () => act(past, key))

    const told = await swap(key)

    expect([told, await read(key)]).toEqual([false, expected])
  })

  it('lets one of many who swap the same have it', async () => {
    const [one, other] = [opened(), opened()]
    const key = uniquePrefix('swap')
    await one.past.set(key, '@ring1{}\nplain', {})

    const told = await Promise.all(
      Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? one : other).swap(key, { to: `@ring1{"cost":${i}}\n` })),
    )

    const [winner] = told.flatMap((won, i) => (won === true ? i : []))
    expect(told.filter((won) => won === true)).toHaveLength(1)
    expect(await one.read(key)).toBe(`@ring1{"cost":${winner}}\nplain`)
  })

  it('tells that a value has become too large, and of what size it is', async () => {
    const { past, swap } = opened()
    const key = uniquePrefix('swap')
    const room = 1024 * 1024 - key.length - 100
    await past.set(key, `@ring1{}\n${'x'.repeat(room)}`, {})

    const told = await swap(key, { to: `@ring1{"cost":${'7'.repeat(200)}}\n` })

    const size = room + 200 + '@ring1{"cost":}\n'.length
    expect(told).toEqual({
      error: expect.objectContaining({ message: `MemJS SET: Value too large: the value has ${size} bytes` }),
    })
  })

  it('writes nothing where it was given up on after its reading', async () => {
    const { past, client, swap, read } = opened()
    const key = uniquePrefix('swap')
    await past.set(key, '@ring1{}\nplain', {})
    const its = attempt()
    between(client, async () => {
      its.givenUp = true
    })

    const told = await swap(key, {}, its)

    expect([told, await read(key)]).toEqual([
      { error: new Error('given up before it could be sent') },
      '@ring1{}\nplain',
    ])
  })

  it('goes on where memjs must begin to count its requests anew', async () => {
    const { past, client, swap } = opened()
    const key = uniquePrefix('swap')
    await past.set(key, '@ring1{}\nplain', {})
    ;(client as unknown as MemcacheClient).seq = 2 ** 31 - 3

    const told = [await swap(key), await swap(key, { from: '@ring1{"cost":7}\n' })]

    expect(told).toEqual([true, true])
  })

  it('fails where memcached does not number its writes, and writes nothing', async () => {
    const unnumbered = await startMemcached({ args: ['-C'] })
    cleanups.push(() => unnumbered.stop())
    const { past, swap, read } = opened(unnumbered.url)
    await past.set('entry', '@ring1{}\nplain', {})

    const told = await swap('entry')

    expect(told).toEqual({
      error: expect.objectContaining({ code: 'ERR_UNSUPPORTED', message: expect.stringContaining('-C') }),
    })
    expect(await read('entry')).toBe('@ring1{}\nplain')
  })
})

describe('a swap on memcached that fences', () => {
  it.each<[string, string | undefined, boolean]>([
    ['is swapped', '@ring1{}\nplain', true],
    ['begins otherwise', 'plain', false],
    ['is not there', undefined, false],
  ])('ends the lease of an entry that %s', async (_what, stored, swapped) => {
    const { past, swap, read } = opened()
    const key = uniquePrefix('swap')
    if (stored !== undefined) await past.set(key, stored, {})
    await past.set(leaseOf(key), 'a token', {})

    const told = await swap(key, { fences: true })

    expect([told, await read(leaseOf(key))]).toEqual([swapped, undefined])
  })

  it('leaves the lease where it does not fence', async () => {
    const { past, swap, read } = opened()
    const key = uniquePrefix('swap')
    await past.set(key, '@ring1{}\nplain', {})
    await past.set(leaseOf(key), 'a token', {})

    const told = await swap(key)

    expect([told, await read(leaseOf(key))]).toEqual([true, 'a token'])
  })

  it.each([
    ['has a brace of its own', `a}b`],
    ['has no room for one', 'x'.repeat(200)],
  ])('swaps an entry whose key %s: it can have no lease', async (_what, end) => {
    const { past, swap, read } = opened()
    const key = `${uniquePrefix('swap')}${end}`.padEnd(250, 'y')
    await past.set(key, '@ring1{}\nplain', {})

    const told = await swap(key, { fences: true })

    expect([told, await read(key)]).toEqual([true, '@ring1{"cost":7}\nplain'])
  })
})

describe('a lease on memcached', () => {
  it('that was left goes to whoever asks next, and stands for its own run until then', async () => {
    const { leases } = opened()
    const key = uniquePrefix('lease')
    const [mine, yours] = [
      { key, token: 'mine' },
      { key, token: 'yours' },
    ]
    await leases.take([mine], 60_000, false, attempt())
    const held = await leases.take([yours], 60_000, false, attempt())

    const left = await leases.yield([mine], 60_000, attempt())

    const renewed = await leases.renew([mine], 60_000, attempt())
    const taken = await leases.take([yours], 60_000, false, attempt())
    const stored = await leases.setMany([{ key, value: 'outdated', ttl: 60_000, lease: mine }], attempt())
    expect([held, left, renewed, taken, stored]).toEqual([['held'], [true], [true], ['taken'], ['refused']])
    expect(await leases.yield([mine, yours], 60_000, attempt())).toEqual([false, true])
  })

  it('that was left takes the value of its own run', async () => {
    const { leases, read } = opened()
    const lease = { key: uniquePrefix('lease'), token: 'mine' }
    await leases.take([lease], 60_000, false, attempt())
    await leases.yield([lease], 60_000, attempt())

    const stored = await leases.setMany([{ key: lease.key, value: 'value', ttl: 60_000, lease }], attempt())

    expect([stored, await read(lease.key), await read(leaseOf(lease.key))]).toEqual([[undefined], 'value', undefined])
  })

  it('is left for the time that is said', async () => {
    const { leases, read } = opened()
    const lease = { key: uniquePrefix('lease'), token: 'mine' }
    await leases.take([lease], 600_000, false, attempt())

    await leases.yield([lease], 1, attempt())

    const deadline = performance.now() + 10_000
    while ((await read(leaseOf(lease.key))) !== undefined) {
      expect(performance.now()).toBeLessThan(deadline)
      await sleep(20)
    }
  })

  it('is given where the entry is known, and the entry where it is another', async () => {
    const { past, leases } = opened()
    const [known, other] = [uniquePrefix('lease'), uniquePrefix('lease')]
    await past.set(known, '@ring1{}\nold', {})
    await past.set(other, '@ring1{"cost":1}\nnew', {})
    const wanted = [known, other].map((key) => ({ key, token: 'mine', known: '@ring1{}\n' }))

    const told = await leases.take(wanted, 60_000, false, attempt())

    expect(told).toEqual(['taken', { value: Buffer.from('@ring1{"cost":1}\nnew') }])
  })
})
