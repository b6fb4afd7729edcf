import type { EventEmitter } from 'node:events'
import { runInNewContext } from 'node:vm'
import { afterEach, describe, expect, it } from '@jest/globals'
import { KeyvMemcache } from '@keyv/memcache'
import KeyvRedis from '@keyv/redis'
import { Keyv } from 'keyv'
import { cached } from '../../lib/index.js'
import { asBuffer } from '../../lib/storage/client.js'
import { openStorage } from '../../lib/storage/open.js'
import { sharedRedis, uniquePrefix } from '../support/servers.js'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

describe('one client under many stores', () => {
  const listeners = (emitter: EventEmitter): number =>
    emitter.eventNames().reduce((sum, name) => sum + emitter.listenerCount(name), 0)

  it('is listened to once: Redis', () => {
    const { client } = new KeyvRedis<unknown>(sharedRedis().url)
    const keyvs = Array.from({ length: 4 }, () => new Keyv(new KeyvRedis<unknown>(client)))
    const before = [client.listenerCount('ready'), client.listenerCount('error')]

    for (const store of [...keyvs, client]) openStorage(store)

    const after = [client.listenerCount('ready'), client.listenerCount('error')]
    expect(after.map((count, i) => count - (before[i] ?? 0))).toEqual([1, 1])
  })

  it('is listened to once: memcached', () => {
    const adapter = new KeyvMemcache('127.0.0.1:1')
    const keyvs = Array.from({ length: 4 }, () => new Keyv(adapter))
    const servers: EventEmitter[] = adapter.client.servers
    const before = servers.map(listeners)

    for (const store of [...keyvs, adapter.client]) openStorage(store)

    expect(servers.map(listeners)).toEqual(before.map((count) => count + 1))
  })
})

describe('bytes of another realm', () => {
  it('are stored as they are', () => {
    const foreign = runInNewContext('new Uint8Array([9, 1, 2, 3]).subarray(1)')

    const buffer = asBuffer(foreign)

    expect(buffer).toEqual(Buffer.from([1, 2, 3]))
    expect(() => asBuffer(new Float64Array(1))).toThrow(/takes text or bytes/)
  })
})

describe('a Keyv without a serializer', () => {
  it('has a miss, with an event, where the key holds an object that is none of its own', async () => {
    const kept = new Map<string, unknown>()
    const keyv = new Keyv({ store: kept })
    keyv.serialize = undefined
    keyv.deserialize = undefined
    const f = cached(async (n: number) => n, { store: keyv, keyPrefix: uniquePrefix('f') })
    const errors: unknown[] = []
    f.on('error', ({ error }) => errors.push(error))
    kept.set(`keyv:${f.key(1)}`, { foo: 1 })

    const found = await f.has(1)
    const answer = await f(1)

    expect([found, answer]).toEqual([false, 1])
    expect(errors).toContainEqual(expect.objectContaining({ message: expect.stringContaining('envelope') }))
  })

  it('keeps an undefined that was cached', async () => {
    const keyv = new Keyv({ store: new Map() })
    let runs = 0
    const f = cached(
      async () => {
        runs += 1
      },
      { store: keyv, keyPrefix: uniquePrefix('f'), coder: 'bypass' },
    )

    await f()
    await f()

    expect(runs).toBe(1)
  })
})
