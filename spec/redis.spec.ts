import { afterEach, describe, expect, it } from '@jest/globals'
import { createClient } from '@keyv/redis'
import { cached, OptionError } from '../lib/index.js'
import { redis } from '../lib/redis.js'
import { answered, eventually, freeze, SLACK, STORE_TIMEOUT, timed } from './broken-store/support.js'
import { startRedis, uniquePrefix } from './support/servers.js'

type Adapter = ReturnType<typeof redis>

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const end of cleanups.splice(0)) await end()
})

async function server() {
  const started = await startRedis()
  cleanups.push(() => started.stop())
  return started
}

function closing(adapter: Adapter): Adapter {
  cleanups.push(() => adapter.client.isOpen && adapter.client.destroy())
  return adapter
}

/** On a server that is to stay sound, with as much time as a busy machine may take; else with a `storeTimeout` that is soon over. */
function wrap(store: Adapter, storeTimeout = SLACK) {
  const f = cached(async (n: number) => `value of ${n}`, {
    store,
    keyPrefix: uniquePrefix('f'),
    storeTimeout,
  })
  const errors: unknown[] = []
  f.on('error', ({ error }) => errors.push(error))
  return { f, errors }
}

describe('redis()', () => {
  it('is an adapter that connects with the first command', async () => {
    const { url } = await server()
    const adapter = closing(redis(url))
    const { f } = wrap(adapter)
    const before = adapter.client.isOpen

    await f(1)

    expect([before, adapter.client.isOpen]).toEqual([false, true])
    expect(await adapter.client.get(f.key(1))).toBe('{"json":"value of 1"}')
  })

  it('takes the options of a client, which go before its own', () => {
    const socket = { port: 1, connectTimeout: 7, reconnectStrategy: false } as const

    const { client } = redis({ socket, pingInterval: 60_000, disableOfflineQueue: false })

    expect(Reflect.get(client, 'options')).toMatchObject({
      socket: { ...socket, socketTimeout: 120_000 },
      pingInterval: 60_000,
      disableOfflineQueue: false,
    })
  })

  it('writes nothing to the options that it is given', () => {
    const options = Object.freeze({ url: 'redis://127.0.0.1:1', socket: Object.freeze({ connectTimeout: 7 }) })

    const making = () => redis(options)

    expect(making).not.toThrow()
    expect(options).toEqual({ url: 'redis://127.0.0.1:1', socket: { connectTimeout: 7 } })
  })

  it('does not end a silent connection that nobody pings', () => {
    const { client } = redis({ pingInterval: 0 })

    expect(Reflect.get(client, 'options').socket).not.toHaveProperty('socketTimeout')
  })

  it.each([
    ['', /takes a URL .*, got a string of 0 characters/],
    [undefined, /got undefined/],
    [null, /got null/],
    [6379, /got a number/],
    [{ url: '' }, /got an object/],
    ['localhost:6379', /takes a URL .*: Invalid protocol/],
    ['http://localhost', /Invalid protocol/],
    [createClient(), /got a client: pass it as the store itself/],
    [{ rootNodes: [] }, /got a cluster or a sentinel: pass the client itself/],
  ])('refuses %p', (given, message) => {
    const making = () => redis(given as string)

    expect(making).toThrow(OptionError)
    expect(making).toThrow(message)
  })

  it('shows no password when it refuses a URL', () => {
    let refusal: unknown

    try {
      redis('redis://me:secret@host:port')
    } catch (error) {
      refusal = error
    }

    expect(refusal).toBeInstanceOf(OptionError)
    expect(JSON.stringify([refusal, String(refusal), (refusal as Error).cause])).not.toContain('secret')
  })

  it('answers within storeTimeout where nothing listens, and says why', async () => {
    const { f, errors } = wrap(closing(redis('redis://127.0.0.1:1')), STORE_TIMEOUT)

    const { value, took } = await timed(() => f(1))

    expect(value).toBe('value of 1')
    expect(took).toBeLessThan(STORE_TIMEOUT + SLACK)
    expect(errors).toEqual([expect.objectContaining({ code: 'ERR_STORE_TIMEOUT' })])
    // On a busy machine the refusal may come later than the first storeTimeout ends.
    await eventually(async () => /ECONNREFUSED/.test(String(await f.get(1).catch((error: unknown) => error))))
  })

  it('comes back when its server does, and sends nothing late', async () => {
    const started = await server()
    const { f } = wrap(closing(redis(started.url)), STORE_TIMEOUT)
    await eventually(() => f.has(0).then(() => true))
    await started.kill()
    const late = await Promise.allSettled([f.set('late', 1), f.update(1)])

    await started.restart()

    await eventually(() => f.set('new', 2).then(() => true))
    expect(late.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(await answered(() => f.getMany([1], [2]))).toEqual([undefined, 'new'])
  })

  it('gives up a connection that has fallen silent', async () => {
    const started = await server()
    const adapter = closing(redis({ url: started.url, pingInterval: 100 }))
    const { f } = wrap(adapter)
    await f(0)
    await freeze(started)

    await eventually(() => !Reflect.get(adapter.client, 'isReady')) // its type may be a cluster's

    started.resume()
    await eventually(() => f.set('new', 1).then(() => true))
  })

  it('keeps a connection that nobody uses', async () => {
    const { url } = await server()
    const adapter = closing(redis({ url, pingInterval: 1_000 }))
    const { f } = wrap(adapter)
    await f(0)
    let pings = 0
    let lost = 0
    adapter.client.on('ping-interval', () => (pings += 1)).on('reconnecting', () => (lost += 1))

    await eventually(() => pings > 2) // by then it would have been given up

    expect(lost).toBe(0)
  })

  it.each([
    ['while it is connected', (url: string) => url, true],
    ['while it tries to connect', () => 'redis://127.0.0.1:1', false],
  ])('is closed by backend.disconnect() %s', async (_when, urlOf, works) => {
    const { url } = await server()
    const adapter = closing(redis(urlOf(url)))
    const { f, errors } = wrap(adapter, works ? SLACK : STORE_TIMEOUT)
    await f(0)

    await f.storage.backend.disconnect()

    expect(adapter.client.isOpen).toBe(false)
    expect(errors.length === 0).toBe(works)
  })

  it('may be used directly by a Keyv, whose failures end no process', async () => {
    const adapter = closing(redis({ url: 'redis://127.0.0.1:1', socket: { reconnectStrategy: false } }))

    const reading = adapter.get('a')

    await expect(reading).rejects.toThrow(/not connected/)
  })
})
