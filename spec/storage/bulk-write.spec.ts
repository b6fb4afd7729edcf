import { EventEmitter } from 'node:events'
import { afterEach, describe, expect, it } from '@jest/globals'
import { KeyvMemcache } from '@keyv/memcache'
import KeyvRedis from '@keyv/redis'
import { Keyv } from 'keyv'
import { Keyv as Keyv6 } from 'keyv6'
import { CoderError } from '../../lib/index.js'
import { openStorage } from '../../lib/storage/open.js'
import type { Attempt } from '../../lib/storage/storage.js'
import { sharedMemcached, sharedRedis, uniquePrefix } from '../support/servers.js'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

const attempt = (): Attempt => ({ givenUp: false, onGiveUp: undefined, timeout: 10_000 })

function memcache() {
  const silent: object = { logger: { log: () => {} } }
  const adapter = new KeyvMemcache(sharedMemcached().url, silent)
  closers.push(() => adapter.client.close())
  return adapter
}

function redis() {
  const adapter = new KeyvRedis<unknown>(sharedRedis().url)
  closers.push(() => adapter.client.isOpen && adapter.client.destroy())
  return adapter
}

/** Refuses what says so. */
const picky = () =>
  Object.assign(new Map<string, unknown>(), {
    set(this: Map<string, unknown>, key: string, value: unknown) {
      if (JSON.stringify(value).includes('bad')) throw new Error('refused')
      return Map.prototype.set.call(this, key, value)
    },
  })
const adapter = () => {
  const kept = picky()
  return {
    get: (key: string): unknown => kept.get(key),
    set: (key: string, value: unknown): unknown => kept.set(key, value),
    delete: (key: string) => kept.delete(key),
    clear: () => kept.clear(),
  }
}
/** Refuses likewise, and tells of it by an event alone, as KeyvRedis does. */
const quietAdapter = () => {
  const { set, ...rest } = adapter()
  const quiet = Object.assign(new EventEmitter(), rest, {
    set: async (key: string, value: unknown) => {
      try {
        set(key, value)
      } catch (error) {
        quiet.emit('error', error)
      }
    },
  })
  return quiet
}
// Keyv's own type of a store is narrower than what it takes.
const inKeyv = (store: object, options?: object) =>
  new Keyv({ store: store as never, ...options }).on('error', () => {})

const tooLong = 'x'.repeat(2_000_000)
const stores: [name: string, open: () => object, bad: unknown, failure: unknown][] = [
  ['a Map-like', picky, 'bad', /refused/],
  ['another adapter', adapter, 'bad', /refused/],
  ['another adapter, given no text', adapter, { object: true }, CoderError],
  ["a user's Keyv", () => inKeyv(adapter()), 'bad', /refused/],
  ["a user's Keyv that throws", () => inKeyv(adapter(), { throwOnErrors: true }), 'bad', /refused/],
  ["a user's Keyv 6", () => new Keyv6({ store: adapter() as never }).on('error', () => {}), 'bad', /refused/],
  ['Redis', redis, 5, /takes text or bytes/],
  ['memcached', memcache, tooLong, /Value too large/],
  [
    "a user's memcached Keyv",
    () => new Keyv({ store: memcache() }).on('error', () => {}),
    tooLong,
    /Value too large|too large/i,
  ],
]

describe('a bulk write of which one item fails', () => {
  it.each(stores)('tells which, and stores the others: %s', async (_name, open, bad, failure) => {
    const storage = openStorage(open())
    const prefix = uniquePrefix('bulk')
    const items = ['good', bad, 'fine'].map((value, i) => ({ key: `${prefix}:${i}`, value, ttl: undefined }))

    const failures = await storage.setMany(items, attempt())

    const thrown = () => {
      throw failures[1]?.error
    }
    expect(failures.map(Boolean)).toEqual([false, true, false])
    expect(thrown).toThrow(failure as RegExp)
    const found = await storage.getMany(
      items.map(({ key }) => key),
      attempt(),
    )
    expect(found.map((stored) => stored && String(stored.value))).toEqual(['good', undefined, 'fine'])
  })

  it('fails all where a Keyv keeps to itself which one it was', async () => {
    const keyv = inKeyv(quietAdapter())
    const items = ['good', 'bad'].map((value) => ({ key: value, value, ttl: undefined }))

    const failures = await openStorage(keyv).setMany(items, attempt())

    expect(failures.map((failed) => String(failed?.error))).toEqual(['Error: refused', 'Error: refused'])
  })

  it('fails the raw set of a backend', async () => {
    const { backend } = openStorage(memcache())

    const setting = backend.set(uniquePrefix('raw'), tooLong)

    await expect(setting).rejects.toThrow(/Value too large/)
  })
})
