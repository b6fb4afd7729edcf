import { afterAll, describe, expect, it, jest } from '@jest/globals'
import { KeyvMemcache } from '@keyv/memcache'
import KeyvRedis from '@keyv/redis'
import { Keyv } from 'keyv'
import { LRUCache } from 'lru-cache'
import { cached, KeyError, OptionError, StoreError } from '../../lib/index.js'
import { sharedMemcached, sharedRedis, uniquePrefix } from '../support/servers.js'
import { snapshot } from './trial.js'

const redis = new KeyvRedis<unknown>(sharedRedis().url)
const memcached = new KeyvMemcache(sharedMemcached().url)
const userRedis = new KeyvRedis<unknown>(sharedRedis().url)
const stores: [string, object][] = [
  ['Map', new Map()],
  ['LRUCache', new LRUCache<string, object>({ max: 100 })],
  ['new Keyv()', new Keyv()],
  ['KeyvRedis', redis],
  ['KeyvMemcache', memcached],
  ["a user's Keyv on Redis", new Keyv(userRedis)],
]
afterAll(() => {
  for (const { client } of [redis, userRedis]) if (client.isOpen) client.destroy()
  memcached.client.close()
})

describe('trap: undefined', () => {
  it.each(stores)('is kept as a value, and so is null: %s', async (_name, store) => {
    const run = jest.fn(async (x: undefined | null) => x)
    const f = cached(run, { store, keyPrefix: uniquePrefix('f'), key: (x) => [String(x)], missValue: 'a miss' })

    const answers = [await f(undefined), await f(undefined), await f(null), await f(null)]

    expect(answers).toEqual([undefined, undefined, null, null])
    expect(run).toHaveBeenCalledTimes(2)
    expect(await f.getMany([undefined], [null])).toEqual([undefined, null])
    expect(await f.hasMany([undefined], [null])).toEqual([true, true])
  })
})

describe('trap: a key that begins with the Keyv’s own namespace', () => {
  it('is refused when the function is wrapped, where the prefix does', () => {
    const wrapping = () => cached(async (x: string) => x, { store: new Keyv(), keyPrefix: 'keyv:f' })

    expect(wrapping).toThrow(OptionError)
    expect(wrapping).toThrow(/namespace 'keyv'/)
  })

  it('is refused when it is made, where the key option makes it', async () => {
    const keyv = new Keyv({ namespace: 'mine' })
    const f = cached(async (x: string) => x, { store: keyv, keyPrefix: 'f', key: (x) => x })
    await f.set('A', 'a')

    const setting = f.set('B', 'mine:a')

    await expect(setting).rejects.toThrow(KeyError)
    await expect(f.storage.delete('mine:a')).rejects.toThrow(KeyError)
    expect(() => f.key('mine:a')).toThrow(KeyError)
    expect(await f.get('a')).toBe('A')
  })

  it('is fine where the Keyv writes no prefix', async () => {
    const keyv = new Keyv({ namespace: 'mine', useKeyPrefix: false })
    const f = cached(async (x: string) => x, { store: keyv, keyPrefix: 'mine:f' })

    await f('a')

    expect(await keyv.get('mine:f::a')).toBe('{"json":"a"}')
  })
})

describe('trap: Keyv over lru-cache with a ttl', () => {
  it('does not arise with the LRUCache itself: the ttl never reaches it', async () => {
    const store = new LRUCache<string, object>({ max: 10 })
    const set = jest.spyOn(store, 'set')
    const f = cached(async (x: string) => x, { store, ttl: 60_000, keyPrefix: 'f' })

    await f('a')

    expect(set.mock.calls.map((args) => args.length)).toEqual([2])
    expect([await f.get('a'), await f.touch('a'), await f.get('a')]).toEqual(['a', true, 'a'])
  })

  it("is seen with a user's Keyv", async () => {
    const f = cached(async (x: string) => x, {
      store: new Keyv({ store: new LRUCache<string, object>({ max: 10 }) }),
      keyPrefix: 'f',
      ttl: 60_000,
    })

    const setting = f.set('A', 'a')

    await expect(setting).rejects.toThrow(StoreError)
  })
})

describe('trap: Keyv’s default JSON serializer', () => {
  const rich = { at: new Date(0), map: new Map([['a', new Set([1n])]]), bytes: Buffer.from([0, 255]), none: undefined }

  it.each(stores)('has no part in it: Date, Map, Set, bytes come back: %s', async (_name, store) => {
    const f = cached(async (_x: string) => rich, { store, keyPrefix: uniquePrefix('f') })

    await f('a')

    const found = await f.get('a')
    expect(found).toEqual(rich)
    expect([found?.at.getTime(), found?.map.get('a')?.has(1n), Buffer.isBuffer(found?.bytes)]).toEqual([0, true, true])
  })

  it.each(stores.filter(([, store]) => !(store instanceof Keyv)))('is in none of our own Keyvs: %s', (_name, store) => {
    const f = cached(async (x: string) => x, { store, keyPrefix: 'f' })

    const { backend } = f.storage

    expect([backend.serialize, backend.deserialize, backend.namespace]).toEqual([undefined, undefined, undefined])
  })
})

describe('trap: getMany, hasMany, deleteMany', () => {
  it('are one contract on every store', async () => {
    const outcomes = await Promise.all(
      stores.map(async ([, store]) => {
        const f = cached(async (x: string) => x, { store, keyPrefix: uniquePrefix('f') })
        await f.setMany([['a'], ['b']], ['A', 'B'])
        const found = [await f.getMany(['b'], ['x'], ['a']), await f.hasMany(['b'], ['x'], ['a'])]
        return [...found, await f.deleteMany(['a'], ['x'], ['b']), await f.deleteMany(['a']), await f.hasMany(['a'])]
      }),
    )

    for (const outcome of outcomes) {
      expect(outcome).toEqual([['B', undefined, 'A'], [true, false, true], [true, false, true], [false], [false]])
    }
  })
})

describe('trap: clear()', () => {
  it.each(stores)('is never called: %s', async (_name, store) => {
    const cleared = jest.fn()
    const inner: object = store instanceof Keyv ? store.store : store
    Object.assign(inner, { clear: cleared })
    const f = cached(async (x: string) => x, { store, keyPrefix: uniquePrefix('f'), ttl: 60_000 })

    await f.getOrUpdateMany(['a'], ['b'])
    await f.update('a')
    await f.touchMany(['a'], ['b'])
    await f.deleteMany(['a'], ['b'])

    expect(cleared).not.toHaveBeenCalled()
    Reflect.deleteProperty(inner, 'clear')
  })
})

describe('trap: an adapter given to a Keyv', () => {
  it('stays as it was: KeyvMemcache, and one that we know nothing of', async () => {
    const rows = new Map<string, string>()
    const unknown = {
      namespace: undefined,
      get: async (key: string) => rows.get(key),
      set: async (key: string, value: string) => void rows.set(key, value),
      delete: async (key: string) => rows.delete(key),
    }
    const before = [snapshot(memcached), snapshot(unknown)]

    for (const store of [memcached, unknown]) {
      const f = cached(async (x: string) => x, { store, keyPrefix: uniquePrefix('f'), ttl: 60_000 })
      await f('a')
      await f.touch('a')
    }

    expect([snapshot(memcached), snapshot(unknown)]).toEqual(before)
    expect(memcached.namespace).toBeUndefined()
  })
})
