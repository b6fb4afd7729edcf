import { afterEach, describe, expect, it, jest } from '@jest/globals'
import { KeyvMemcache } from '@keyv/memcache'
import KeyvRedis from '@keyv/redis'
import { Keyv } from 'keyv'
import { type CacheEvent, cached, StoreError, StoreTimeoutError } from '../../lib/index.js'
import { startLine } from '../broken-store/line.js'
import { freeze } from '../broken-store/support.js'
import { startMemcached, startRedis } from '../support/servers.js'
import { timed, until } from './trial.js'

const storeTimeout = 200
/** Far above any delay of a busy machine, far below "for ever". */
const SOON = 5_000

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})
const closing = <T>(value: T, close: (value: T) => unknown): T => {
  closers.push(() => close(value))
  return value
}

const ownRedis = async (...args: string[]) => closing(await startRedis({ args }), (server) => server.stop())
const keyvRedis = (url: string) =>
  closing(new KeyvRedis<unknown>(url), ({ client }) => client.isOpen && client.destroy())
const kinds = [
  ['a bare KeyvRedis', (url: string): object => keyvRedis(url)],
  ["a user's Keyv on Redis", (url: string): object => new Keyv(keyvRedis(url))],
] as const

const wrap = (store: object, patience = storeTimeout) =>
  cached(async (x: string) => `${x} made`, { store, keyPrefix: 'f', storeTimeout: patience })
/** Tries until the store has answered in time, which on a busy machine may take it longer than `storeTimeout`. */
const done = (act: () => Promise<unknown>) =>
  until(() =>
    act().then(
      () => true,
      () => false,
    ),
  )

describe('trap: Redis down or unreachable', () => {
  it.each(kinds)('runs the function when it never was there: %s', async (_name, open) => {
    const { url, stop } = await startRedis()
    await stop()
    const f = wrap(open(url))
    f.on('error', () => {})

    const { outcome, took } = await timed(() => f('a'))

    expect(outcome).toBe('a made')
    expect(took).toBeLessThan(SOON)
    await expect(f.get('a')).rejects.toThrow(StoreError)
  })

  it.each(kinds)('runs the function when it has died: %s', async (_name, open) => {
    const server = await ownRedis()
    const f = wrap(open(server.url))
    f.on('error', () => {})
    await f('a')
    await server.kill()

    const calling = await timed(() => f('a'))
    const setting = await timed(() => f.set('A', 'a'))

    expect(calling.outcome).toBe('a made')
    expect(setting.outcome).toBeInstanceOf(StoreError)
    expect(Math.max(calling.took, setting.took)).toBeLessThan(SOON)
  })
})

describe('trap: a frozen server (SIGSTOP), a half-open connection', () => {
  it.each(kinds)('gives up on a frozen server after storeTimeout: %s', async (_name, open) => {
    const server = await ownRedis()
    const f = wrap(open(server.url))
    f.on('error', () => {})
    await done(() => f.set('A', 'a'))
    await freeze(server)

    const calling = await timed(() => f('a'))
    const getting = await timed(() => f.get('a'))
    server.resume()

    expect(calling.outcome).toBe('a made')
    expect(getting.outcome).toBeInstanceOf(StoreTimeoutError)
    expect(Math.max(calling.took, getting.took)).toBeLessThan(SOON)
    await until(() =>
      f.get('a').then(
        (value) => value === 'A',
        () => false,
      ),
    )
  })

  it('gives up on a frozen memcached after storeTimeout', async () => {
    const server = closing(await startMemcached(), ({ stop }) => stop())
    const options: object = { logger: { log: () => {} }, timeout: 60 } // memjs would give up by itself after half a second
    const adapter = closing(new KeyvMemcache(server.url, options), ({ client }) => client.close())
    const f = wrap(adapter)
    f.on('error', () => {})
    await done(() => f.set('A', 'a'))
    await freeze(server)

    const calling = await timed(() => f('a'))
    const getting = await timed(() => f.get('a'))
    server.resume()

    expect(calling.outcome).toBe('a made')
    expect(getting.outcome).toBeInstanceOf(StoreTimeoutError)
    expect(Math.max(calling.took, getting.took)).toBeLessThan(SOON)
  })

  it.each(kinds)('gives up on a half-open connection after storeTimeout: %s', async (_name, open) => {
    const server = await ownRedis()
    const line = closing(await startLine(server.port), ({ close }) => close())
    const f = wrap(open(`redis://127.0.0.1:${line.port}`))
    f.on('error', () => {})
    await done(() => f.set('A', 'a'))
    line.fallSilent()

    const calling = await timed(() => f('a'))
    const deleting = await timed(() => f.delete('a'))

    expect(calling.outcome).toBe('a made')
    expect(deleting.outcome).toBeInstanceOf(StoreTimeoutError)
    expect(Math.max(calling.took, deleting.took)).toBeLessThan(SOON)
  })
})

describe('trap: Redis comes back after a given-up set', () => {
  it.each(kinds)('never stores what was given up: %s', async (_name, open) => {
    const server = await ownRedis()
    const f = wrap(open(server.url))
    f.on('error', () => {})
    await f('other')
    await server.kill()

    await expect(f.set('given up', 'a')).rejects.toThrow(StoreError)
    await expect(f('b')).resolves.toBe('b made')
    await server.restart()

    await done(() => f.set('B', 'other'))
    await done(() => f.getMany(['other'], ['a'], ['b']))
    expect(await f.getMany(['other'], ['a'], ['b'])).toEqual(['B', undefined, undefined])
  })

  it('takes back what the client had been handed and could not send', async () => {
    const server = await ownRedis()
    const f = wrap(keyvRedis(server.url))
    await done(() => f.set('here', 'other'))
    await server.pause()
    const filling = f.set('x'.repeat(32 * 2 ** 20), 'big') // more than the socket takes
    const unsent = f.set('given up', 'a')
    await Promise.allSettled([filling, unsent])

    await server.kill()
    await server.restart()
    await done(() => f.set('B', 'other'))

    await expect(unsent).rejects.toThrow(StoreTimeoutError)
    await done(() => f.getMany(['other'], ['a']))
    expect(await f.getMany(['other'], ['a'])).toEqual(['B', undefined])
  })
})

describe('trap: store errors', () => {
  it.each(kinds)('are seen by explicit controls, with what failed: %s', async (_name, open) => {
    const server = await ownRedis('--maxmemory', '1')
    const f = wrap(open(server.url), SOON)

    const setting = f.set('A', 'a')

    await expect(setting).rejects.toThrow(StoreError)
    await expect(f.set('A', 'a')).rejects.toThrow(/^set of 'f::a' on \w+ failed: OOM /)
    await expect(f.update('a')).rejects.toThrow(StoreError)
    await expect(f.setMany([['a']], ['A'])).rejects.toThrow(StoreError)
  })

  it.each(kinds)('are seen by every control when Redis is gone: %s', async (_name, open) => {
    const server = await ownRedis()
    const f = cached(async (x: string) => x, { store: open(server.url), keyPrefix: 'f', storeTimeout, ttl: 60_000 })
    await f('a')
    await server.kill()

    const doing = [f.get('a'), f.has('a'), f.delete('a'), f.touch('a'), f.getMany(['a']), f.deleteMany(['a'])]

    const outcomes = await Promise.all(doing.map((one) => one.then(String, (error: unknown) => error)))
    for (const outcome of outcomes) expect(outcome).toBeInstanceOf(StoreError)
  })

  it.each(kinds)('are one event for a call, also after a reconnect: %s', async (_name, open) => {
    const server = await ownRedis('--maxmemory', '1')
    const store = open(server.url)
    const f = wrap(store, SOON)
    const heard = jest.fn<(event: CacheEvent) => void>()
    await f.get('a')
    const { client } = store instanceof Keyv ? store.store : (store as KeyvRedis<unknown>)
    await client.close()
    await client.connect()
    f.on('error', heard)

    const answer = await f('a')

    expect(answer).toBe('a made')
    expect(heard).toHaveBeenCalledTimes(1)
    expect(heard.mock.calls[0]?.[0]).toMatchObject({ key: 'f::a', args: ['a'], error: expect.any(StoreError) })
  })
})
