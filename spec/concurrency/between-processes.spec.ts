/** What one process makes of its own order while another one, here a second client, works on the same keys. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterEach, describe, expect, it } from '@jest/globals'
import { createClient } from '@keyv/redis'
import { cached } from '../../lib/index.js'
import { redis } from '../../lib/redis.js'
import { eventually } from '../broken-store/support.js'
import { controlledRuns, type Runs } from '../support/controlled-store.js'
import { sharedRedis, uniquePrefix } from '../support/servers.js'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const end of cleanups.splice(0).reverse()) await end()
})

/** A cached function with a connection of its own, as if in a process of its own. */
function wrap(
  keyPrefix: string,
  { url = sharedRedis().url, lease = true }: { url?: string; lease?: { ttl: number; wait: number } | true } = {},
) {
  const store = redis(url)
  cleanups.push(() => store.client.isOpen && store.client.destroy())
  const runs = controlledRuns<string, [number]>()
  const f = cached(runs.fn, { store, keyPrefix, coder: 'text', lease, storeTimeout: 10_000 })
  f.on('error', () => {})
  return { f, runs }
}

/** The first run that has not ended, when there is one. */
async function begun<T extends unknown[]>(runs: Runs<string, T>) {
  await eventually(() => runs.pending.length > 0)
  return runs.next()
}

/** What is in the store, by nobody's cached function. */
async function looker() {
  const client = await createClient({ url: sharedRedis().url }).connect()
  cleanups.push(() => client.destroy())
  return client
}

/** A way to the shared Redis whose answers can be held up. */
async function slowWay() {
  let flows = true
  const held: (() => void)[] = []
  const server = createServer((near) => {
    const far = connect({ port: Number(new URL(sharedRedis().url).port), host: '127.0.0.1' })
    cleanups.push(
      () => near.destroy(),
      () => far.destroy(),
    )
    for (const end of [near, far]) end.on('error', () => {})
    near.pipe(far)
    far.on('data', (chunk) => {
      if (flows) near.write(chunk)
      else held.push(() => near.write(chunk))
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanups.push(() => server.close())
  const { port } = server.address() as AddressInfo // it listens on a port
  return {
    url: `redis://127.0.0.1:${port}`,
    hold: () => {
      flows = false
    },
    release: () => {
      flows = true
      for (const go of held.splice(0)) go()
    },
  }
}

describe('a process among others', () => {
  it('does not keep a set in place of an update that began after it', async () => {
    const { f, runs } = wrap(uniquePrefix('f'))

    const set = f.set('by the set', 1)
    const update = f.update(1)
    await set
    const run = await begun(runs)
    run.resolve('by the update')
    await update

    expect(await f.get(1)).not.toBe('by the set')
  })

  it('does not answer with what was stored, and deleted elsewhere, before the call began', async () => {
    const way = await slowWay()
    const prefix = uniquePrefix('f')
    const [{ f, runs }, other, past] = [wrap(prefix, way), wrap(prefix), await looker()]
    const first = f(1)
    const run = await begun(runs)
    way.hold()
    run.resolve('old')
    await eventually(async () => (await past.get(f.key(1))) === 'old')
    await other.f.delete(1)

    const second = f(1)
    await nextTurn()
    way.release()
    const again = await begun(runs)
    again.resolve('new')

    expect(await Promise.all([first, second])).toEqual(['old', 'new'])
  })

  it('answers a later call anew where the run that it joined had no lease', async () => {
    const { f, runs } = wrap(uniquePrefix('f'), { lease: { ttl: 50, wait: 50 } })
    const past = await looker()
    await past.set(`{${f.key(1)}}=lease`, 'of another process')
    const first = f(1)
    const run = await begun(runs)
    await past.del(`{${f.key(1)}}=lease`)

    const second = f(1)
    run.resolve('old')
    const again = await begun(runs)
    again.resolve('new')

    expect(await Promise.all([first, second])).toEqual(['old', 'new'])
  })

  it('outlives a run that getOrUpdateMany joined, and that fails before the others have ended', async () => {
    const { f, runs } = wrap(uniquePrefix('f'))
    const first = f(1)
    const run = await begun(runs)

    const many = f.getOrUpdateMany([1], [2])
    await eventually(() => runs.pending.length === 2)
    run.reject(new Error('failed'))
    await expect(first).rejects.toThrow('failed')
    await nextTurn() // in which jest fails the spec over a rejection that nobody hears
    runs.pending[0]?.resolve('two')

    await expect(many).rejects.toThrow('failed')
  })
})
