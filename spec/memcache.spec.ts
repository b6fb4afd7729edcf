import { afterEach, describe, expect, it } from '@jest/globals'
import { cached, OptionError } from '../lib/index.js'
import { memcache } from '../lib/memcache.js'
import { answered, eventually, freeze, SLACK, STORE_TIMEOUT, timed } from './broken-store/support.js'
import { controlledRuns } from './support/controlled-store.js'
import { sharedMemcached, startMemcached, uniquePrefix } from './support/servers.js'

type Adapter = ReturnType<typeof memcache>

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const end of cleanups.splice(0)) await end()
})

async function server() {
  const started = await startMemcached()
  cleanups.push(() => started.stop())
  return started
}

function closing(adapter: Adapter): Adapter {
  cleanups.push(() => adapter.client.close())
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

/** memjs brings no types. */
interface Memjs {
  readonly servers: readonly { host: string; port: number; _socket?: { readonly destroyed: boolean } }[]
  readonly options: object
  perform(...args: unknown[]): void
}

const clientOf = (adapter: Adapter): Memjs => adapter.client

describe('memcache()', () => {
  it('is an adapter that connects with the first command', async () => {
    const adapter = closing(memcache(sharedMemcached().url))
    const { f } = wrap(adapter)
    const isConnected = () => clientOf(adapter).servers.some(({ _socket }) => _socket !== undefined)
    const before = isConnected()

    await f(1)

    expect([before, isConnected()]).toEqual([false, true])
    expect(await f.get(1)).toBe('value of 1')
  })

  it.each([
    ['a string with commas', 'one:11211, user:pass@two:1,three'],
    ['a list', ['one:11211', 'user:pass@two:1', 'three']],
  ])('takes servers as %s', (_name, servers) => {
    const client = clientOf(memcache(servers))

    expect(client.servers.map(({ host, port }) => [host, port])).toEqual([
      ['one', 11211],
      ['two', 1],
      ['three', 11211],
    ])
  })

  it('tries once, and lets the options of memjs go before its own', () => {
    const own = clientOf(memcache('one'))
    const given = clientOf(memcache('one', { retries: 5, timeout: 0.1 }))

    expect(own.options).toMatchObject({ retries: 1, timeout: 5, conntimeout: 1, keepAlive: true })
    expect(given.options).toMatchObject({ retries: 5, timeout: 0.1, conntimeout: 1 })
  })

  it.each([
    '',
    ' ',
    undefined,
    null,
    11211,
    {},
    [],
    [11211],
    'one,,two',
    'memcached://one:11211',
    'one:port',
    ['one', ''],
  ])('refuses %p', (given) => {
    const making = () => memcache(given as string)

    expect(making).toThrow(OptionError)
    expect(making).toThrow(/memcache takes servers, 'host:port'/)
  })

  it('refuses options that are none', () => {
    const making = () => memcache('one', null as never)

    expect(making).toThrow(/the options of memcache must be an object, got null/)
  })

  it('answers within storeTimeout where nothing listens', async () => {
    const { f, errors } = wrap(closing(memcache('127.0.0.1:1')))

    const { value, took } = await timed(() => f(1))

    expect(value).toBe('value of 1')
    expect(took).toBeLessThan(STORE_TIMEOUT + SLACK)
    expect(errors).toEqual([expect.objectContaining({ failure: 'connection' })])
  })

  it('comes back when its server does', async () => {
    const started = await server()
    const { f } = wrap(closing(memcache(started.url)), STORE_TIMEOUT)
    await f(0)
    await started.kill()
    await f(1)

    await started.restart()

    await eventually(() => f.set('new', 2).then(() => true))
    expect(await answered(() => f.getMany([1], [2]))).toEqual([undefined, 'new'])
  })

  it('stays closed when its backend is disconnected, whatever still runs', async () => {
    const { url } = sharedMemcached()
    const adapter = memcache(url)
    const run = controlledRuns<string, [number]>()
    const f = cached(run.fn, { store: adapter, keyPrefix: uniquePrefix('f'), storeTimeout: SLACK })
    const errors: unknown[] = []
    f.on('error', ({ error }) => errors.push(error))
    const call = f(1)
    await eventually(() => run.pending[0])

    await f.storage.backend.disconnect()
    run.pending[0]?.resolve('value')

    expect(await call).toBe('value')
    expect(errors).toEqual([expect.objectContaining({ message: expect.stringContaining('was disconnected') })])
    await expect(f.delete(1)).rejects.toThrow('the client was disconnected')
    await eventually(() => clientOf(adapter).servers.every(({ _socket }) => _socket?.destroyed !== false))
  })

  it('sends a write that got no answer once', async () => {
    const started = await server()
    const adapter = closing(memcache(started.url, { timeout: 0.1 }))
    const { f } = wrap(adapter)
    await f(0)
    await freeze(started)
    const client = clientOf(adapter)
    const { perform } = client
    let sent = 0
    client.perform = (...args) => {
      sent += 1
      return Reflect.apply(perform, client, args)
    }

    const writing = f.set('once', 1)

    await expect(writing).rejects.toThrow(/timed out waiting on response/)
    expect(sent).toBe(1)
    started.resume()
  })

  it('ends no process by a failure of direct use', async () => {
    const adapter = closing(memcache('127.0.0.1:1'))

    const reading = adapter.get('a')

    await expect(reading).rejects.toThrow(/ECONNREFUSED/)
  })
})
