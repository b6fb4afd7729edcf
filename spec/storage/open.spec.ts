import { describe, expect, it } from '@jest/globals'
import { KeyvMemcache } from '@keyv/memcache'
import KeyvRedis from '@keyv/redis'
import { Keyv } from 'keyv'
import { KeyvFile } from 'keyv-file'
import { Keyv as Keyv6 } from 'keyv6'
import { OptionError } from '../../lib/index.js'
import { openStorage } from '../../lib/storage/open.js'

const methods = { get: () => undefined, set: () => undefined, delete: () => true }

describe('openStorage', () => {
  it('tells what a store is by its methods', () => {
    const stores: [object | undefined, string][] = [
      [undefined, 'memory'],
      [new Map(), 'memory'],
      [{ ...methods, has: () => false, size: 0 }, 'memory'],
      [{ ...methods, has: () => false }, 'keyv'],
      [new Keyv(), 'keyv'],
      [new Keyv6(), 'keyv'],
      [new KeyvFile({ filename: '/nowhere/cache.json' }), 'keyv'], // it says `dialect: 'redis'`
      [new Keyv(new KeyvRedis()), 'keyv'],
      [new KeyvRedis(), 'redis'],
      [new KeyvRedis().client, 'redis'],
      [new KeyvMemcache('127.0.0.1:1'), 'memcached'],
      [new KeyvMemcache('127.0.0.1:1').client, 'memcached'],
    ]

    const names = stores.map(([store]) => openStorage(store).name)

    expect(names).toEqual(stores.map(([, name]) => name))
  })

  it('is the same Storage for the backend that it gave', () => {
    const owners = [undefined, new Map(), new KeyvRedis(), new KeyvMemcache('127.0.0.1:1'), new Keyv(), methods]

    const storages = owners.map((owner) => openStorage(owner))

    for (const storage of storages) expect(openStorage(storage.backend)).toBe(storage)
  })

  it('leaves a Keyv of the user what it is, also where a Storage names it as its backend', () => {
    const keyv = new Keyv()
    const named = { ...openStorage(new Map()), backend: keyv }

    const storages = [openStorage(named), openStorage(keyv)]

    expect(storages.map(({ name }) => name)).toEqual(['memory', 'keyv'])
  })

  it('is one Storage for all that use one object', () => {
    const adapter = new KeyvRedis<unknown>()
    const second = new KeyvRedis<unknown>(adapter.client)
    const map = new Map()

    const storages = [adapter, adapter, second, adapter.client].map(openStorage)

    expect(new Set(storages).size).toBe(1)
    expect(openStorage(map)).toBe(openStorage(map))
    expect(openStorage(new Map())).not.toBe(openStorage(map))
  })

  it('refuses a Keyv that keeps every failure to itself', () => {
    const silent = new Keyv({ emitErrors: false })
    const throwing = new Keyv({ emitErrors: false, throwOnErrors: true })

    expect(() => openStorage(silent)).toThrow(OptionError)
    expect(() => openStorage(silent)).toThrow(/emitErrors: false hides what fails: set throwOnErrors: true/)
    expect(openStorage(throwing).name).toBe('keyv')
  })

  it('is a Storage of its own for a function without a store', () => {
    const [one, other] = [openStorage(undefined), openStorage(undefined)]

    expect(one).not.toBe(other)
  })

  it.each([null, 'redis://localhost', 5, {}, { get: () => 1 }, [], new Set(), () => new Map()])(
    'refuses %p',
    (store) => {
      const opening = () => openStorage(store)

      expect(opening).toThrow(OptionError)
      expect(opening).toThrow(/store must be a Keyv, a Keyv adapter .*, a Map-like .* or a Storage/)
    },
  )

  it.each([
    ['KeyvRedis', () => new KeyvRedis(undefined, { namespace: 'mine' })],
    ['KeyvMemcache', () => Object.assign(new KeyvMemcache('127.0.0.1:1'), { namespace: 'mine' })],
    ['another adapter', () => ({ ...methods, namespace: 'mine' })],
  ])('refuses a bare %s with a namespace, and names keyPrefix', (_name, create) => {
    const opening = () => openStorage(create())

    expect(opening).toThrow(OptionError)
    expect(opening).toThrow(/no namespace of its own, got 'mine'.*keyPrefix/)
  })
})
