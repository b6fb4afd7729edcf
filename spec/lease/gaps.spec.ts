/** What a lease does where one of many fails, where calls wait in a row, and where the store takes no writes. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it } from '@jest/globals'
import { createClient } from '@keyv/redis'
import { cached } from '../../lib/index.js'
import { redis } from '../../lib/redis.js'
import { controlledRuns } from '../support/controlled-store.js'
import { startRedis, uniquePrefix } from '../support/servers.js'
import { elsewhere, redisClient, running, until } from './elsewhere.js'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const end of cleanups.splice(0).reverse()) await end()
})

describe('a lease on Redis', () => {
  it('is not kept by a bulk call that was rejected before its functions ran', async () => {
    const { here, runs } = elsewhere('redis', { coder: 'json', onStoreError: 'throw', lease: { ttl: 300, wait: 300 } })
    here.on('error', () => {})
    const client = await redisClient()
    await client.set(here.key(1), '{')
    await client.lPush(`{${here.key(1)}}=lease`, 'none of ours')

    const [outcome] = await Promise.allSettled([here.getOrUpdateMany([1], [2])])

    expect([outcome.status, runs.count]).toEqual(['rejected', 0])
    await sleep(700) // more than twice its ttl
    expect(await client.exists(`{${here.key(2)}}=lease`)).toBe(0)
  })

  it('of one key that the server refuses leaves the others of a bulk call stored', async () => {
    const { here, there, runs } = elsewhere('redis')
    here.on('error', () => {})
    const client = await redisClient()
    await client.lPush(`{${here.key(1)}}=lease`, 'none of ours')
    const calls = here.getOrUpdateMany([1], [2])
    await running(runs, 2)

    for (const run of [...runs.pending]) run.resolve(`of ${run.args[0]}`)

    expect(await calls).toEqual(['of 1', 'of 2'])
    expect(await there.get(2)).toBe('of 2')
  })

  it('of one key that the server refuses lets no other process wait for the others', async () => {
    const { here, there, runs } = elsewhere('redis')
    here.on('error', () => {})
    const client = await redisClient()
    await client.lPush(`{${here.key(1)}}=lease`, 'none of ours')
    const calls = here.getOrUpdateMany([1], [2])
    await running(runs, 2)
    for (const run of [...runs.pending]) run.resolve(`of ${run.args[0]}`)
    await calls
    const started = performance.now()

    const call = there(2)
    await Promise.race([call, running(runs, 1).catch(() => {})])

    expect(performance.now() - started).toBeLessThan(5_000) // half of what leases last
    for (const run of [...runs.pending]) run.resolve('later')
    await call
  })

  it('has a call wait for another process no longer than wait, also when it joined one that waited', async () => {
    const { here, there, runs } = elsewhere('redis', { lease: { ttl: 3_000, wait: 3_000 } })
    const slow = here(1)
    await running(runs, 1)
    const first = there(1)
    await sleep(50)
    const started = performance.now()
    const joined = there(1)
    await running(runs, 2)
    runs.pending[1]?.resolve('by the first itself')
    await first

    await running(runs, 2)

    expect(performance.now() - started).toBeLessThan(4_500) // to wait twice takes 6,000
    for (const run of [...runs.pending]) run.resolve('end')
    await Promise.all([slow, joined])
  })

  it('does not bring back what a delete that the server refused was to remove', async () => {
    const server = await startRedis()
    cleanups.push(() => server.stop())
    const store = redis(server.url)
    const runs = controlledRuns<string, [number]>()
    const f = cached(runs.fn, { store, keyPrefix: uniquePrefix('f'), coder: 'text' })
    cleanups.push(() => f.storage.backend.disconnect())
    f.on('error', () => {})
    await f.set('deleted', 1)
    const client = createClient({ url: server.url })
    await client.connect()
    cleanups.push(() => client.destroy())
    await client.sendCommand(['REPLICAOF', '127.0.0.1', '1'])
    await expect(f.delete(1)).rejects.toMatchObject({ code: 'ERR_STORE' })

    const call = f(1)
    await Promise.race([call, until(() => runs.pending.length > 0, 'a run')])
    runs.pending[0]?.resolve('run anew')

    expect(await call).toBe('run anew')
  })

  it('leaves what a storageInterface reads in force', async () => {
    const { wrap, runs } = elsewhere('redis', {
      storageInterface: (_backend, { storage }) => ({ ...storage, get: async () => undefined }),
    })
    const f = wrap()
    await f.set('hidden', 1)

    const call = f(1)
    await Promise.race([call, until(() => runs.pending.length > 0, 'a run')])
    runs.pending[0]?.resolve('run')

    expect(await call).toBe('run')
  })

  it('is not taken by a call that a delete of its own process has outdated while it waited', async () => {
    const url = await ownServer()
    const { here, there, runs } = elsewhere('redis', {}, url)
    const far = there(1)
    await running(runs, 1)
    const before = here(1)
    const client = await redisClient(url)
    const asked = await evaluations(client)
    await until(async () => (await evaluations(client)) > asked + 2, 'a call that waits')
    await here.delete(1)

    const after = here(1)

    await until(() => runs.pending.length === 3, 'the runs of both')
    for (const run of [...runs.pending]) run.resolve('value')
    expect(await Promise.all([far, before, after])).toEqual(['value', 'value', 'value'])
    expect(await here.get(1)).toBe('value')
  })

  it('is renewed no more when its run has ended', async () => {
    const url = await ownServer()
    const { here, runs } = elsewhere('redis', { lease: { ttl: 150, wait: 150 } }, url)
    const client = await redisClient(url)
    const call = here(1)
    await running(runs, 1)
    runs.pending[0]?.resolve('stored')
    await call
    const before = await evaluations(client)

    await sleep(200)

    expect((await evaluations(client)) - before).toBe(0)
  })

  it('is renewed no more when it has been taken away', async () => {
    const url = await ownServer()
    const { here, runs } = elsewhere('redis', { lease: { ttl: 150, wait: 150 } }, url)
    const client = await redisClient(url)
    const call = here(1)
    await running(runs, 1)
    await client.del(`{${here.key(1)}}=lease`)
    const isLeftAlone = async (): Promise<boolean> => {
      const before = await evaluations(client)
      await sleep(300) // twice its ttl
      return (await evaluations(client)) === before
    }

    await until(isLeftAlone, 'that it is renewed no more')

    expect(await isLeftAlone()).toBe(true)
    runs.pending[0]?.resolve('late')
    await call
  })

  it('that comes when nobody waits for it any more is given back', async () => {
    const url = await ownServer()
    const { here, runs } = elsewhere('redis', { storeTimeout: 200 }, url)
    here.on('error', () => {})
    const client = await redisClient(url)
    const first = here(0) // the server knows the scripts then
    await running(runs, 1)
    runs.pending[0]?.resolve('stored')
    await first
    await client.sendCommand(['CLIENT', 'PAUSE', '800', 'WRITE'])
    const call = here(1)
    await running(runs, 1)
    runs.pending[0]?.resolve('not stored')

    await call

    await sleep(800)
    const started = performance.now()
    await until(async () => (await client.exists(`{${here.key(1)}}=lease`)) === 0, 'that it is given back')
    expect(performance.now() - started).toBeLessThan(5_000) // long before it ends by itself
  })
})

/** A server that nobody else asks anything. */
async function ownServer(): Promise<string> {
  const server = await startRedis()
  cleanups.push(() => server.stop())
  return server.url
}

type Client = Awaited<ReturnType<typeof redisClient>>

const callsOf = async (client: Client, command: string): Promise<number> =>
  Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(await client.info('commandstats'))?.[1] ?? 0)
/** How often scripts have run on the server. */
const evaluations = (client: Client) => callsOf(client, 'evalsha')
