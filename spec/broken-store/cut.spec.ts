import { afterEach, describe, expect, it } from '@jest/globals'
import { KeyvMemcache } from '@keyv/memcache'
import { StoreError } from '../../lib/index.js'
import { lined } from './line.js'
import { answered, bareMemcached, cleanUp, eventually, memcachedKeyv, setup, times, type Way, ways } from './support.js'

/** Far above what a client takes to connect again, far below the time after which a lost command is given up. */
const SOON = 5_000

afterEach(cleanUp)

describe.each(ways)('%s', (_name, plain) => {
  it.each(['FIN', 'RST'] as const)('is used again after a %s cut commands off from their answers', async (how) => {
    const { way, line } = lined(plain)
    const { f } = await setup(way)
    await answered(() => f.set('old', 1))
    line().fallSilent()
    const before = line().sent()
    const doing = Promise.allSettled([f.get(1), f.set('lost', 1), f.delete(2), f.getMany([3], [4])])
    await eventually(() => line().sent() > before)

    line().cut(how)

    for (const one of await doing) {
      if (one.status === 'rejected') expect(one.reason).toBeInstanceOf(StoreError)
    }
    await eventually(() => f.set('new', 1).then(() => true), SOON)
    expect(await answered(() => f.get(1))).toBe('new')
    await eventually(async () => (await f(5)) === 'value of 5' && (await f.has(5)))
  })

  it('reads again after a connection ended in the middle of an answer', async () => {
    const { way, line } = lined(plain)
    const { f } = await setup(way)
    const long = 'x'.repeat(50_000)
    await answered(() => f.set(long, 1))
    line().cutAfter(1_000)

    await Promise.allSettled([f.get(1)])

    expect(await eventually(() => f.get(1), SOON)).toBe(long)
    await answered(() => f.set('short', 1))
    expect(await answered(() => f.get(1))).toBe('short')
  })
})

/** Its times are short, so that what it loses is missed soon. */
const hasty: Way = {
  ...bareMemcached,
  open: (url) => {
    const options: object = { timeout: 0.05, conntimeout: 0.1, retry_delay: 0.01, logger: { log: () => {} } }
    const store = new KeyvMemcache(url, options)
    return { store, close: async () => store.client.close() }
  },
}

describe('a bare KeyvMemcache whose client lost track of a command', () => {
  it('has it fail or be sent again, and is used again', async () => {
    const { way, line } = lined(hasty)
    const { f, store } = await setup(way)
    await eventually(() => f.set('old', 1).then(() => true))
    line().fallSilent()
    const before = line().sent()
    const doing = Promise.allSettled([f.get(1), f.set('lost', 1)])
    await eventually(() => line().sent() > before)

    Reflect.get(store, 'client').servers[0]._socket.setTimeout(0) // now it would wait for ever
    await doing

    await eventually(() => f.set('new', 1).then(() => true), SOON)
    expect(await eventually(() => f.get(1), SOON)).toBe('new')
  })
})

describe.each([
  ['a bare KeyvMemcache', bareMemcached],
  ["a user's memcached Keyv", memcachedKeyv],
])('%s under load', (_name, way) => {
  it.each(['SIGKILL', 'SIGTERM'] as const)('is used again after its server got %s amid answers', async (by) => {
    const { server, f } = await setup(way)
    await answered(() => f.set('x'.repeat(500_000), 0))
    // More than fits in the buffers between: the server has all the questions, and most of the answers.
    const reads = times(60, () => f.get(0).catch(() => {}))
    await Promise.race(reads)

    process.kill(server.pid, by)
    await Promise.all(reads)
    await server.restart()

    await eventually(() => f.set('there', 0).then(() => true), SOON)
    expect(await answered(() => f.get(0))).toBe('there')
  })
})
