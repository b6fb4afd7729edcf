import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import KeyvRedis, { createClient, createCluster } from '@keyv/redis'
import { cached, OptionError, StoreError, StoreTimeoutError, UnsupportedError } from '../../lib/index.js'
import { redisHash } from '../../lib/redis.js'
import { answered, eventually, freeze, SLACK, STORE_TIMEOUT, timed, times } from '../broken-store/support.js'
import { type RedisServer, sharedRedis, startRedis, uniquePrefix } from '../support/servers.js'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const end of cleanups.splice(0).reverse()) await end()
})

function client(url = sharedRedis().url) {
  const made = createClient({ url })
  made.on('error', () => {})
  cleanups.push(() => made.isOpen && made.destroy())
  return made
}

async function looker(url?: string) {
  return client(url).connect()
}

type Store = ReturnType<typeof redisHash>

/** With as much time as a busy machine may take, where the server is to stay sound. */
function wrap(store: Store, fn: (n: number) => Promise<unknown> = async (n) => `value of ${n}`, storeTimeout = SLACK) {
  const f = cached(fn, { store, keyPrefix: 'f', storeTimeout })
  const errors: unknown[] = []
  f.on('error', ({ error }) => errors.push(error))
  return { f, errors }
}

async function own() {
  const server = await startRedis()
  const store = redisHash(server.url, 'hash')
  cleanups.push(() => server.stop())
  cleanups.push(() => {
    const { client: its } = store.backend.store
    if (its.isOpen) its.destroy()
  })
  const wrapped = wrap(store, undefined, STORE_TIMEOUT)
  await eventually(async () => (await wrapped.f(0)) && (await wrapped.f.has(0)))
  wrapped.errors.splice(0)
  return { server, store, ...wrapped }
}

describe('redisHash', () => {
  it('keeps each entry as a field of one hash, by the key that fn.key tells, in the bytes of the coder', async () => {
    const hashKey = uniquePrefix('hash')
    const { f } = wrap(redisHash(client(), hashKey))
    const past = await looker()

    await f(1)
    await f.setMany([[2], [3]], ['two', 'three'])
    await f.delete(3)

    expect({ ...(await past.hGetAll(hashKey)) }).toEqual({
      [f.key(1)]: '{"json":"value of 1"}',
      [f.key(2)]: '{"json":"two"}',
    })
    expect(await f.getMany([1], [2], [3])).toEqual(['value of 1', 'two', undefined])
    expect(await f.hasMany([1], [3])).toEqual([true, false])
    expect(await f.deleteMany([1], [3])).toEqual([true, false])
  })

  it('takes a client, an adapter, a URL or options', async () => {
    const hashKey = uniquePrefix('hash')
    const stores = [client(), new KeyvRedis<unknown>(client()), sharedRedis().url, sharedRedis()].map((given) =>
      redisHash(given, hashKey),
    )
    for (const { backend } of stores) cleanups.push(() => backend.disconnect())

    await wrap(stores[0] as Store).f(1)

    for (const store of stores) expect(await wrap(store).f.get(1)).toBe('value of 1')
  })

  it('is one Storage for one client and one hash key, and another for another', () => {
    const one = client()
    const adapter = new KeyvRedis<unknown>(one)

    expect(redisHash(adapter, 'a')).toBe(redisHash(one, 'a'))
    expect(redisHash(one, 'b').identity).not.toBe(redisHash(one, 'a').identity)
    expect(redisHash(client(), 'a').identity).not.toBe(redisHash(one, 'a').identity)
  })

  it('brings back bytes that are no text', async () => {
    const bytes = Buffer.from(times(256, (i) => i))
    const f = cached(async (_n: number) => bytes, {
      store: redisHash(client(), uniquePrefix('hash')),
      keyPrefix: 'f',
      coder: 'bypass',
    })
    await f(1)

    const found = [await f.get(1), (await f.getMany([1]))[0]]

    expect(found).toEqual([bytes, bytes])
  })

  it('reads more than a thousand entries', async () => {
    const store = redisHash(client(), uniquePrefix('hash'))
    const f = cached(async (n: number) => `value of ${n}`, { store, keyPrefix: 'f', storeTimeout: 10_000 })
    const args = times(2_500, (n): [number] => [n])
    await f.setMany(
      args,
      times(2_500, (n) => `set ${n}`),
    )

    const found = await f.getMany(...args)

    expect(found).toEqual(times(2_500, (n) => `set ${n}`))
  })

  it('has one bad item fail alone', async () => {
    const store = redisHash(client(), uniquePrefix('hash'))
    const item = (key: string, value: unknown, ttl?: number) => ({ key, value, ttl })

    const failures = await store.setMany(
      [item('a', 'text'), item('b', {}), item('c', 'text', 5), item('d', Buffer.from('bytes'))],
      { givenUp: false, onGiveUp: undefined, timeout: SLACK },
    )

    expect(failures).toEqual([
      undefined,
      { error: expect.any(TypeError) },
      { error: expect.any(UnsupportedError) },
      undefined,
    ])
  })

  it('refuses a ttl, and says why', async () => {
    const store = redisHash(client(), uniquePrefix('hash'))
    const { f } = wrap(store)

    const wrapping = () => cached(async () => 1, { store, keyPrefix: 'f', ttl: 5 })

    expect(wrapping).toThrow(OptionError)
    expect(wrapping).toThrow(/ttl needs a store that can end an entry, and redis hash keeps each until it is removed/)
    await expect(f.storage.set(f.key(1), 'x', 5)).rejects.toThrow(UnsupportedError)
    await expect(f.storage.backend.set(f.key(1), 'x', 5)).rejects.toThrow(/a Redis hash ends as a whole/)
    await expect(f.touch(1)).rejects.toThrow(UnsupportedError)
  })

  it.each<[what: string, given: unknown, hashKey: unknown, message: RegExp]>([
    ['an empty key', 'redis://localhost', '', /the key of a Redis hash is a non-empty string, got ""/],
    ['no key', 'redis://localhost', undefined, /non-empty string, got undefined/],
    ['an empty URL', '', 'hash', /redis takes a URL/],
    ['another adapter', { client: new Map() }, 'hash', /an adapter without a Redis client/],
    [
      'an adapter with a namespace',
      new KeyvRedis(undefined, { namespace: 'mine' }),
      'hash',
      /without a namespace of its own, got 'mine'/,
    ],
  ])('refuses %s', (_what, given, hashKey, message) => {
    const making = () => redisHash(given as string, hashKey as string)

    expect(making).toThrow(OptionError)
    expect(making).toThrow(message)
  })
})

describe('two functions on one hash', () => {
  it('fence each other: a delete during a run keeps its result out', async () => {
    const shared = client()
    const hashKey = uniquePrefix('hash')
    let finish: ((value: string) => void) | undefined
    const run = () => new Promise<string>((resolve) => (finish = resolve))
    const slow = wrap(redisHash(shared, hashKey), run).f
    const other = wrap(redisHash(new KeyvRedis<unknown>(shared), hashKey)).f
    const running = slow(1)
    await eventually(() => finish !== undefined)

    await other.delete(1)
    finish?.('old')

    expect(await running).toBe('old')
    expect(await other.has(1)).toBe(false)
  })
})

describe('the backend of a hash', () => {
  it('is a Keyv over its fields, with the client below', async () => {
    const its = client()
    const { f } = wrap(redisHash(its, uniquePrefix('hash')))
    const { backend } = f.storage
    await f(1)

    const told = [await backend.get(f.key(1)), await backend.set('raw', 'text'), await backend.delete('raw')]

    expect(told).toEqual(['{"json":"value of 1"}', true, true])
    expect(await f.decode(await backend.get(f.key(1)))).toBe('value of 1')
    expect(backend.store.client).toBe(its)
  })

  it('clears this hash alone', async () => {
    const its = client()
    const [one, other] = ['a', 'b'].map((name) => wrap(redisHash(its, uniquePrefix(name))).f)
    await one?.(1)
    await other?.(1)

    await one?.storage.backend.clear()

    expect([await one?.has(1), await other?.has(1)]).toEqual([false, true])
  })

  it('closes the client of its own', async () => {
    const store = redisHash(sharedRedis().url, uniquePrefix('hash'))
    await wrap(store).f(1)

    await store.backend.disconnect()

    expect(store.backend.store.client.isOpen).toBe(false)
  })
})

describe('another type under the hash key', () => {
  it('is a miss with an event for reads; writes and controls are told', async () => {
    const hashKey = uniquePrefix('hash')
    const past = await looker()
    await past.set(hashKey, 'no hash')
    const { f, errors } = wrap(redisHash(client(), hashKey))

    const value = await f(1)
    const found = await f.getMany([1], [2])

    expect(value).toBe('value of 1')
    expect(found).toEqual([undefined, undefined])
    expect(errors).toHaveLength(4) // the read and the write of the call, and two reads
    for (const error of errors) expect(error).toHaveProperty('message', expect.stringContaining('WRONGTYPE'))
    await expect(f.set('x', 1)).rejects.toThrow(StoreError)
    await expect(f.has(1)).rejects.toMatchObject({ failure: 'reply', store: 'redis hash' })
    expect(await past.get(hashKey)).toBe('no hash')
    // What set failed to replace is deleted once that can be done: not before the client is closed, and it would be opened again.
    await past.del(hashKey)
    await eventually(() => f.storage.health.pendingReplays === 0)
  })
})

describe('a hash on a server that fails', () => {
  it('gives a StoreTimeoutError within storeTimeout while the server is frozen, and calls run', async () => {
    const { server, f, errors } = await own()
    await freeze(server)

    const call = await timed(() => f(1))
    const control = await timed(() => f.get(1).catch((error: unknown) => error))

    expect(call.value).toBe('value of 1')
    expect(errors).toEqual([expect.any(StoreTimeoutError)])
    expect(control.value).toBeInstanceOf(StoreTimeoutError)
    expect(Math.max(call.took, control.took)).toBeLessThan(STORE_TIMEOUT + SLACK)
    server.resume()
    await eventually(() => f.set('new', 2).then(() => true))
    expect(await answered(() => f.has(1))).toBe(false)
  })

  it('answers calls while the server is gone, and stores nothing late', async () => {
    const { server, f } = await own()
    await server.kill()

    const { value, took } = await timed(() => f(1))
    const late = await Promise.allSettled([f.set('late', 2), f.update(3), f.delete(4)])

    expect(value).toBe('value of 1')
    expect(took).toBeLessThan(STORE_TIMEOUT + SLACK)
    expect(late.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    await server.restart()
    await eventually(() => f.set('new', 5).then(() => true))
    expect(await answered(() => f.hasMany([1], [2], [3]))).toEqual([false, false, false])
  })

  it('takes back what a client with a queue had been handed and could not send', async () => {
    const server = await startRedis()
    cleanups.push(() => server.stop())
    const { f } = wrap(redisHash(client(server.url), 'hash'), undefined, STORE_TIMEOUT)
    await eventually(() => f.has(0).then(() => true))
    await freeze(server)
    const filling = f.set('x'.repeat(32 * 2 ** 20), 1) // more than the socket takes
    const unsent = f.set('late', 2)
    await Promise.allSettled([filling, unsent])

    await server.kill()
    await server.restart()

    await eventually(() => f.set('new', 3).then(() => true))
    await expect(unsent).rejects.toThrow(StoreTimeoutError)
    expect(await answered(() => f.hasMany([2], [3]))).toEqual([false, true])
  })
})

describe('a hash on a cluster', () => {
  let server: RedisServer
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ringcache-cluster-')) // where a cluster keeps its map
    server = await startRedis({ args: ['--cluster-enabled', 'yes', '--dir', folder] })
  })
  afterAll(async () => {
    await server.stop()
    await rm(folder, { recursive: true })
  })

  it('is one key, read by one command', async () => {
    const past = await looker(server.url)
    await past.sendCommand(['CLUSTER', 'ADDSLOTSRANGE', '0', '16383'])
    await eventually(async () => String(await past.sendCommand(['CLUSTER', 'INFO'])).includes('cluster_state:ok'))
    const cluster = createCluster({ rootNodes: [{ url: server.url }] })
    cleanups.push(() => cluster.destroy())
    const { f, errors } = wrap(redisHash(cluster, 'hash'))

    await f.setMany([[1], [2]], ['one', 'two'])

    expect(await f.getMany([1], [2], [3])).toEqual(['one', 'two', undefined])
    expect(await f(1)).toBe('one')
    expect(await f.deleteMany([1], [3])).toEqual([true, false])
    expect(await past.hLen('hash')).toBe(1)
    expect(errors).toEqual([])
  })
})
