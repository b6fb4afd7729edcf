import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { KeyvMemcache } from '@keyv/memcache'
import { Keyv } from 'keyv'
import { cached, KeyError, StoreError } from '../../lib/index.js'
import { askMemcached } from '../conformance/ask-memcached.js'
import { commandCounts } from '../conformance/stores/memcached.js'
import { type MemcachedServer, startMemcached, uniquePrefix } from '../support/servers.js'
import { until } from './trial.js'

let server: MemcachedServer
let adapter: KeyvMemcache
beforeAll(async () => {
  server = await startMemcached()
})
afterAll(() => server.stop())
afterEach(() => adapter?.client.close())

/** memjs prints what we tell. */
const quiet: object = { logger: { log: () => {} } }
const openAdapter = () => {
  adapter = new KeyvMemcache(server.url, quiet)
  return adapter
}
const kinds: [name: string, open: () => object, prefix: string][] = [
  ['a bare KeyvMemcache', (): object => openAdapter(), ''],
  ["a user's Keyv on memcached", (): object => new Keyv(openAdapter(), { namespace: 'mine' }), 'mine:mine:'],
]
const counts = async () => commandCounts(await askMemcached(server.port, 'stats', 'END'))

describe('trap: memcached key > 250 bytes', () => {
  it.each(kinds)('is made to fit before it is sent: %s', async (_name, open, prefix) => {
    const f = cached(async (x: string) => x.length, { store: open(), keyPrefix: uniquePrefix('f') })
    const long = ['x'.repeat(251), `${'y'.repeat(5_000)}1`, `${'y'.repeat(5_000)}2`, 'short']

    const answers = await Promise.all(long.map((x) => f(x)))

    expect(answers).toEqual([251, 5_001, 5_001, 5])
    expect(await f.getMany(...long.map((x): [string] => [x]))).toEqual(answers)
    for (const x of long) expect(Buffer.byteLength(prefix + f.key(x))).toBeLessThanOrEqual(250)
  })

  it.each(kinds)('is refused where it was made by hand, and other requests go on: %s', async (_name, open, _prefix) => {
    const f = cached(async (x: string) => x, { store: open(), keyPrefix: uniquePrefix('f') })

    const outcomes = await Promise.allSettled([
      f.storage.set('x'.repeat(251), 'A'),
      f.storage.get('x'.repeat(251)),
      f('a'),
    ])

    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled'])
    expect(outcomes[0]).toMatchObject({ reason: expect.any(KeyError) })
    expect(await f.get('a')).toBe('a')
  })

  it.each(kinds)('is counted in bytes, not characters: %s', async (_name, open, _prefix) => {
    const f = cached(async (x: string) => x, { store: open(), keyPrefix: 'f', key: (x) => x })

    const answer = await f('é'.repeat(130))

    expect([answer, await f.get('é'.repeat(130))]).toEqual(['é'.repeat(130), 'é'.repeat(130)])
  })
})

/** When the last look began that found it, and when the first one ended that did not: a busy machine changes neither. */
async function endOf(look: () => Promise<boolean>): Promise<{ found: number; gone: number }> {
  let found = 0
  let began = 0
  await until(async () => {
    began = Date.now()
    const isThere = await look()
    if (isThere) found = began
    return !isThere
  })
  return { found, gone: Date.now() }
}

describe('trap: memcached ttl < 1 s; 1.5 s', () => {
  it.each(kinds)('ends to the millisecond: %s', async (_name, open, _prefix) => {
    const store = open()
    const keyPrefix = uniquePrefix('f')
    const wrap = (ttl: number) => cached(async (x: string) => x, { store, keyPrefix, ttl, overload: true })
    const half = wrap(500)
    const more = wrap(1_500)
    const begun = Date.now()
    await half('half')
    await more('more')
    const stored = Date.now()

    const [first, second] = await Promise.all([
      endOf(() => half.has('half')),
      endOf(async () => (await more.get('more')) !== undefined),
    ])

    expect(first.gone - begun).toBeGreaterThanOrEqual(499)
    expect(first.found - stored).toBeLessThanOrEqual(501)
    expect(second.gone - begun).toBeGreaterThanOrEqual(1_499)
    expect(second.found - stored).toBeLessThanOrEqual(1_501)
  })
})

describe('trap: memcached ttl > 30 days', () => {
  it.each(kinds)('is kept for as long: %s', async (_name, open, prefix) => {
    const days = 45
    const f = cached(async (x: string) => x, { store: open(), keyPrefix: uniquePrefix('f'), ttl: days * 86_400_000 })

    await f('a')

    expect([await f.get('a'), await f.has('a'), await f.touch('a'), await f.get('a')]).toEqual(['a', true, true, 'a'])
    const [, left = ''] = (await askMemcached(server.port, `mg ${prefix}${f.key('a')} t`, '\r\n')).split(' t')
    expect(Number.parseInt(left, 10) / 86_400).toBeCloseTo(days, 1)
  })
})

describe('trap: memcached value > 1 MB', () => {
  const big = 'x'.repeat(1_100_000)

  it('is a StoreError that names the size; a call still returns its value', async () => {
    const f = cached(async (_x: string) => big, { store: openAdapter(), keyPrefix: uniquePrefix('f'), coder: 'text' })
    const heard = jest.fn()
    f.on('error', heard)

    const setting = f.set(big, 'a')

    await expect(setting).rejects.toThrow(StoreError)
    await expect(f.set(big, 'a')).rejects.toThrow(/1100000 bytes/)
    expect(await f('a')).toBe(big)
    expect(heard).toHaveBeenCalledTimes(1)
  })

  it("is a StoreError on a user's Keyv too", async () => {
    const f = cached(async (_x: string) => big, { store: new Keyv(openAdapter()), keyPrefix: uniquePrefix('f') })
    f.on('error', () => {})

    const setting = f.set(big, 'a')

    await expect(setting).rejects.toThrow(StoreError)
    expect(await f('a')).toBe(big)
  })
})

describe('trap: a miss on memcached', () => {
  it('is one command', async () => {
    const f = cached(async (x: string) => x, { store: openAdapter(), keyPrefix: uniquePrefix('f') })
    const before = await counts()

    await f.get('a')

    expect(await counts()).toEqual({ ...before, get: (before.get ?? 0) + 1 })
  })

  it("does not take a write with it, where a user's Keyv sends a DELETE as well", async () => {
    const f = cached(async (x: string) => x, { store: new Keyv(openAdapter()), keyPrefix: uniquePrefix('f') })

    await Promise.all([
      f.get('a'),
      f.has('b'),
      f.getMany(['c'], ['d']),
      f.set('A', 'a'),
      f.setMany([['b'], ['c']], ['B', 'C']),
    ])

    expect(await f.getMany(['a'], ['b'], ['c'])).toEqual(['A', 'B', 'C'])
  })
})

describe('trap: @keyv/memcache with any serializer but Keyv’s', () => {
  it.each(['text', 'json', 'v8', 'superjson'])('reads back what the coder gave: %s', async (coder) => {
    const f = cached(async (x: string): Promise<unknown> => x, {
      store: openAdapter(),
      keyPrefix: uniquePrefix('f'),
      coder,
    })

    const answers = [await f('a'), await f('a'), await f.get('a')]

    expect(answers).toEqual(['a', 'a', 'a'])
  })
})

describe('trap: memjs’ sequence number beyond 2^31', () => {
  it('starts anew before it', async () => {
    const f = cached(async (x: string) => x, { store: openAdapter(), keyPrefix: uniquePrefix('f') })
    adapter.client.seq = 2 ** 31 - 4

    const answers = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((x) => f(x)))

    expect(answers).toEqual(['a', 'b', 'c', 'd', 'e'])
    expect(await f.getMany(['a'], ['b'], ['c'], ['d'], ['e'])).toEqual(answers)
    expect(adapter.client.seq).toBeLessThan(1_000)
  })
})

describe('trap: clear() on memcached', () => {
  it('is refused, and the server keeps all it has', async () => {
    const f = cached(async (x: string) => x, { store: openAdapter(), keyPrefix: uniquePrefix('f') })
    await f('a')

    const clearing = f.storage.backend.clear()

    await expect(clearing).rejects.toThrow(/clear\(\) would empty the whole memcached server/)
    expect(await f.get('a')).toBe('a')
  })
})

describe('trap: no touch in Keyv (memcached)', () => {
  it('is a command of memcached for whole seconds, asked of what is there', async () => {
    const f = cached(async (x: string) => x, { store: openAdapter(), keyPrefix: uniquePrefix('f'), ttl: 60_000 })
    await f('a')
    const before = await counts()

    const touched = await f.touchMany(['a'], ['b'])

    expect(touched).toEqual([true, false])
    const { get = 0, touch = 0 } = before
    expect(await counts()).toEqual({ ...before, get: get + 2, touch: touch + 1 })
  })

  it('moves the end that an entry carries itself, by writing it again', async () => {
    const f = cached(async (x: string) => x, { store: openAdapter(), keyPrefix: uniquePrefix('f'), ttl: 60_000 })
    await f.storage.set(f.key('a'), 'A', 1_500)
    const own = await f.storage.backend.get<string>(f.key('a'))

    const touched = await f.touch('a')

    expect(own).toMatch(/^@ring1\{"expires":\d+\}\n/)
    expect(touched).toBe(true)
    expect(await f.storage.backend.get(f.key('a'))).toBe(await f.encode('A'))
    expect(await f.get('a')).toBe('A')
  })
})
