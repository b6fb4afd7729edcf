import { afterEach, describe, expect, it } from '@jest/globals'
import KeyvRedis, { createClient, type RedisClientType } from '@keyv/redis'
import { Keyv } from 'keyv'
import { cached, StoreTimeoutError } from '../../lib/index.js'
import {
  answered,
  bareRedis,
  cleanUp,
  eventually,
  freeze,
  redisKeyv,
  SLACK,
  STORE_TIMEOUT,
  setup,
  times,
  type Way,
} from './support.js'

afterEach(cleanUp)

function clientOf(store: object): RedisClientType {
  return Reflect.get(store instanceof Keyv ? store.store : store, 'client') // a url makes a plain client
}

/** What the client was handed and has no answer to. It tells so nowhere but in its own queue. */
function pendingCommands(store: object): number {
  const { pendingCount } = Reflect.apply(Reflect.get(clientOf(store), '_getQueue'), clientOf(store), [])
  if (typeof pendingCount !== 'number') throw new Error('the client has no pendingCount any more')
  return pendingCount
}

const both: [name: string, way: Way][] = [
  ['a bare KeyvRedis', bareRedis],
  ["a user's Redis Keyv", redisKeyv],
]

describe.each(both)('%s whose server is gone', (_name, way) => {
  it('never stores later what was given up on', async () => {
    const { server, f, ready } = await setup(way)
    await ready(0)
    await server.kill()
    const givenUp = await Promise.allSettled([f.set('late', 1), f.update(2), f.setMany([[3], [4]], ['late', 'late'])])

    await server.restart()

    for (const { status } of givenUp) expect(status).toBe('rejected')
    await eventually(() => f.set('new', 5).then(() => true))
    expect(await answered(() => f.hasMany([1], [2], [3], [4]))).toEqual([false, false, false, false])
  })

  it('leaves nothing in the queue of the client, however many calls there are', async () => {
    const { server, store, f, ready } = await setup(way)
    await ready(0)
    await server.kill()
    await eventually(() => !clientOf(store).isReady)

    await Promise.all(times(300, (i) => f(i)))
    await Promise.allSettled(times(300, (i) => f.set('late', i)))

    expect(pendingCommands(store)).toBe(0)
  })

  it('writes the same keys again when it is back: a write that was given up on holds up nothing', async () => {
    const { server, f, ready } = await setup(way)
    await ready(0)
    await server.kill()
    await Promise.allSettled(times(20, () => f.set('late', 1)))

    await server.restart()

    await eventually(() => f.set('new', 1).then(() => true))
    expect(await answered(() => f.get(1))).toBe('new')
  })

  it('adds no listener to the client, however often it comes and goes', async () => {
    const { server, store, f, ready } = await setup(way)
    await ready(0)
    const listeners = () =>
      ['error', 'ready', 'connect', 'end', 'reconnecting'].map((name) => clientOf(store).listenerCount(name))
    const before = listeners()

    for (const i of [1, 2]) {
      await server.kill()
      await Promise.allSettled([f(i), f.set('x', i), f.get(i)])
      await server.restart()
      await eventually(() => f.set('new', i).then(() => true))
    }

    expect(listeners()).toEqual(before)
  })

  it('does not try to write after a read that got no answer', async () => {
    const { server, f, ready, errors } = await setup(way)
    await ready(0)
    await freeze(server)

    await f(1)

    expect(errors).toEqual([expect.objectContaining({ operation: 'get', code: 'ERR_STORE_TIMEOUT' })])
    server.resume()
    await eventually(() => f.set('new', 2).then(() => true))
    expect(await answered(() => f.has(1))).toBe(false)
  })
})

describe("a user's Redis Keyv whose server is frozen", () => {
  it('gets no more commands once one has been given up on', async () => {
    const { server, store, f, ready } = await setup(redisKeyv)
    await ready(0)
    await freeze(server)
    await f(1)
    const before = pendingCommands(store)

    await Promise.all(times(300, (i) => f(i)))

    expect(pendingCommands(store)).toBe(before)
  })
})

describe('a bare KeyvRedis whose server is frozen', () => {
  it('gets no more commands once one has been given up on', async () => {
    const { server, store, f, ready } = await setup(bareRedis)
    await ready(0)
    await freeze(server)
    await f(1)
    const before = pendingCommands(store)

    await Promise.all(times(300, (i) => f(i)))
    await Promise.allSettled(times(100, (i) => f.set('late', i)))

    expect(before).toBe(1)
    expect(pendingCommands(store)).toBe(1)
    server.resume()
    await eventually(() => f.set('new', 1_000).then(() => true))
    // Nothing came late; and what a set failed to replace is gone.
    await eventually(async () => (await clientOf(store).dbSize()) === 1)
    expect(await answered(() => f.has(1_000))).toBe(true)
  })

  it('holds up all functions and adapters on this client alike, and frees them alike', async () => {
    const server = await bareRedis.start()
    const client = createClient({ url: server.url }) as RedisClientType // with the modules it is typed for
    const options = { keyPrefix: 'g', storeTimeout: STORE_TIMEOUT, overload: true }
    const f = cached(async (n: number) => `f${n}`, { ...options, store: new KeyvRedis(client) })
    const g = cached(async (n: number) => `g${n}`, { ...options, store: new KeyvRedis(client) })
    for (const one of [f, g]) one.on('error', () => {})
    try {
      await eventually(async () => (await f(0)) && (await f.has(0)))
      await freeze(server)

      const answers = await Promise.all([f(1), g(2)])

      expect(answers).toEqual(['f1', 'g2'])
      server.resume()
      await eventually(() => f.set('new', 1).then(() => true))
      expect(await answered(() => g.get(1))).toBe('new')
      expect(f.storage.backend).toBe(g.storage.backend)
    } finally {
      client.destroy()
      await server.stop()
    }
  })

  it('rejects a delete that it could not see done, though it may still happen', async () => {
    const { server, f, ready } = await setup(bareRedis)
    await ready(1)
    await freeze(server)

    const removed = f.delete(1)

    await expect(removed).rejects.toThrow(StoreTimeoutError)
  })
})

describe.each<[string, Way, string, string]>([
  ['a bare KeyvRedis', bareRedis, '', 'lease'],
  ["a user's Redis Keyv", redisKeyv, 'keyv::keyv:', 'set'],
])('%s that answers with an error', (_name, way, prefix, refused) => {
  it('has data of another type replaced, with an event', async () => {
    const { server, f, ready, errors } = await setup(way, { storeTimeout: SLACK })
    await ready(0)
    const client = createClient({ url: server.url })
    await client.connect()
    await client.lPush(`${prefix}${f.key(1)}`, 'not a string')

    const value = await f(1)

    expect(value).toBe('value of 1')
    expect(errors).toHaveLength(1)
    expect(String(errors[0])).toContain('WRONGTYPE')
    expect(await f.get(1)).toBe('value of 1')
    client.destroy()
  })

  it('has a refused write survived by a call, and told by set', async () => {
    const { server, f, ready, errors } = await setup(way, { storeTimeout: SLACK })
    await ready(0)
    const client = createClient({ url: server.url })
    await client.connect()
    await client.configSet('maxmemory', '1')

    const value = await f(1)

    expect(value).toBe('value of 1')
    expect(errors).toEqual([expect.objectContaining({ code: 'ERR_STORE', operation: refused })])
    await expect(f.set('x', 1)).rejects.toMatchObject({ code: 'ERR_STORE', message: expect.stringContaining('OOM') })
    client.destroy()
  })
})
