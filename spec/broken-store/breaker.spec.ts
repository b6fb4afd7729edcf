import { afterAll, describe, expect, it } from '@jest/globals'
import { createClient } from '@keyv/redis'
import { StoreError } from '../../lib/index.js'
import type { TestServer } from '../support/server-process.js'
import {
  type Bench,
  bareMemcached,
  bareRedis,
  cleanUp,
  eventually,
  freeze,
  memcachedKeyv,
  redisKeyv,
  SLACK,
  STORE_TIMEOUT,
  setup,
  timed,
  times,
  type Way,
  ways,
} from './support.js'

// The specs run side by side, each with a server of its own: mostly they wait.
afterAll(cleanUp)

const breaks: [name: string, brk: (server: TestServer) => Promise<void>, mend: (server: TestServer) => unknown][] = [
  ['killed', (server) => server.kill(), (server) => server.restart()],
  ['frozen', freeze, (server) => server.resume()],
]

/** Far below `STORE_TIMEOUT`, far above what a call takes that waits for nothing. */
const AT_ONCE = STORE_TIMEOUT / 2

/** Does it until it takes no time: on a busy machine even what waits for nothing may take some. */
async function atOnce<T>(act: () => Promise<T>): Promise<T> {
  return eventually(async () => {
    const { value, took } = await timed(act)
    return took < AT_ONCE && { value }
  }).then((done) => (done as { value: T }).value) // it waits for something true
}

/** Does it while nobody tries the store; fails where somebody may have: on a busy machine its time may come meanwhile. */
async function leftAlone<T>({ f }: Bench, act: () => Promise<T>): Promise<T> {
  const before = f.storage.health
  const value = await act()
  const { state, lastError } = f.storage.health
  if (before.state !== 'open' || state !== 'open' || lastError !== before.lastError)
    throw new Error('it was tried meanwhile')
  return value
}

/** Has the store fail until it is left alone. */
async function open({ f }: Bench): Promise<number> {
  const openUntil = await eventually(async () => {
    await f.get(0).catch(() => {})
    return f.storage.health.openUntil
  })
  return openUntil ?? 0
}

describe.each(ways)('%s', (_name, way) => {
  describe.each(breaks)('whose server is %s', (_broken, brk, mend) => {
    it.concurrent('is left alone after five failures, and answers at once meanwhile', async () => {
      const bench = await setup(way)
      const { server, f, ready, runs } = bench
      await ready(1)
      await brk(server)
      const failures: unknown[] = []
      while (f.storage.health.state === 'closed') failures.push(await f.get(1).catch((error) => error))
      const before = runs()

      const value = await atOnce(() => Promise.all(times(50, (i) => f(i))))

      // What was on its way when the server went may have been answered.
      expect(failures.length).toBeGreaterThanOrEqual(5)
      expect(failures.length).toBeLessThanOrEqual(6)
      expect(value).toEqual(times(50, (i) => `value of ${i}`))
      expect(runs() - before).toBeGreaterThanOrEqual(50)
    })

    it.concurrent('has controls reject at once, with what is wrong and until when', async () => {
      const bench = await setup(way)
      const { server, f, ready, runs } = bench
      await ready(1)
      await brk(server)
      await open(bench)
      const controls = () => [f.get(1), f.set('x', 1), f.update(1), f.delete(1), f.has(1), f.touch(1), f.getMany([1])]

      const { results, ran } = await atOnce(() =>
        leftAlone(bench, async () => {
          const before = runs()
          const results = await Promise.allSettled([...controls(), f.storage.get(f.key(1))])
          return { results, ran: runs() - before }
        }),
      )

      for (const result of results) {
        const { reason } = result as PromiseRejectedResult // a value has none, and fails here
        expect(reason).toMatchObject({ code: 'ERR_STORE', failure: expect.stringMatching(/^(timeout|connection)$/) })
        expect(reason.until).toBeGreaterThan(Date.now() - 10_000)
        expect(reason.message).toContain(`is left alone until ${new Date(reason.until).toISOString()}`)
        expect(reason.cause).toBe(f.storage.health.lastError)
      }
      expect(ran).toBe(0)
    })

    it.concurrent('is used again, with nothing done to it, when its server is back', async () => {
      const bench = await setup(way)
      const { server, f, ready } = bench
      await ready(1)
      await brk(server)
      await open(bench)

      await mend(server)

      await eventually(async () => (await f(2)) && (await f.has(2)))
      expect(f.storage.health).toMatchObject({ state: 'closed', lastError: expect.any(Error) })
    })
  })

  it.concurrent('is tried by one operation at a time, the others go on without waiting', async () => {
    const bench = await setup(way)
    const { server, f, ready, errors } = bench
    await ready(1)
    await freeze(server)
    await open(bench)
    await eventually(() => f.storage.health.state === 'half-open')
    errors.splice(0)

    await Promise.all(times(20, (i) => f(i)))

    expect(errors.filter((error) => error instanceof StoreError && error.until === undefined)).toHaveLength(1)
    expect(errors).toHaveLength(20)
    expect(f.storage.health.state).toBe('open')
  })
})

describe.each<[string, Way, string]>([
  ['a bare KeyvRedis', bareRedis, ''],
  ["a user's Redis Keyv", redisKeyv, 'keyv::keyv:'],
])('%s that answers with errors', (_name, way, prefix) => {
  it.concurrent('is not left alone for data of another type, nor for want of memory', async () => {
    const { server, f, ready } = await setup(way, { storeTimeout: SLACK })
    await ready(0)
    const client = createClient({ url: server.url })
    await client.connect()
    for (const i of times(8, (i) => i + 1)) await client.lPush(`${prefix}${f.key(i)}`, 'not a string')
    await client.configSet('maxmemory', '1')

    const reads = await Promise.allSettled(times(8, (i) => f.get(i + 1)))
    const writes = await Promise.allSettled(times(8, (i) => f.set('x', i + 1)))
    client.destroy()

    expect(reads).toEqual(times(8, () => ({ status: 'fulfilled', value: undefined })))
    for (const write of writes) expect(write).toMatchObject({ reason: { failure: 'reply' } })
    expect(f.storage.health.state).toBe('closed')
  })
})

describe.each([
  ['a bare KeyvMemcache', bareMemcached],
  ["a user's memcached Keyv", memcachedKeyv],
])('%s that answers with errors', (_name, way) => {
  it.concurrent('is not left alone for values that are too large', async () => {
    const { f } = await setup(way, { storeTimeout: SLACK })
    const large = 'x'.repeat(2_000_000)

    const writes: unknown[] = []
    for (const i of times(8, (i) => i)) writes.push(await f.set(large, i).catch((error) => error.failure))

    expect(writes).toEqual(times(8, () => 'reply'))
    expect(f.storage.health.state).toBe('closed')
  })
})
