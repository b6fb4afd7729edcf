import { afterEach, describe, expect, it } from '@jest/globals'
import KeyvRedis from '@keyv/redis'
import { cached } from '../../lib/index.js'
import { askRedis } from '../faults/servers.js'
import { startRedis } from '../support/servers.js'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

/** A function on a Redis that becomes a replica: it goes on answering reads with what it has, and refuses to write. */
async function setup() {
  const server = await startRedis()
  const store = new KeyvRedis<unknown>(server.url)
  closers.push(
    () => server.stop(),
    () => store.disconnect(true).catch(() => {}),
  )
  const f = cached(async (n: number) => `run of ${n}`, { store, keyPrefix: 'f', ttl: 60_000 })
  f.on('error', () => {})
  await f.setMany([[1], [2], [3]], ['old', 'old', 'old'])
  const replicaOf = (...place: [string, string]) => askRedis(server, 'REPLICAOF', ...place)
  return { f, refuse: () => replicaOf('127.0.0.1', '1'), allow: () => replicaOf('NO', 'ONE') }
}

describe('on a Redis with leases that refuses to write', () => {
  it('a call never gives what a delete was refused for', async () => {
    const { f, refuse } = await setup()
    await refuse()
    await expect(f.delete(1)).rejects.toMatchObject({ failure: 'reply' })

    const given = [await f(1), await f.getOrUpdateMany([2], [1]), await f(3)]

    expect(given).toEqual(['run of 1', ['old', 'run of 1'], 'old'])
  })

  it('it is deleted when it may be written to again', async () => {
    const { f, refuse, allow } = await setup()
    await refuse()
    await f.delete(1).catch(() => {})
    await allow()

    const found = await f.get(1)

    expect(found).toBeUndefined()
    expect(f.storage.health.pendingReplays).toBe(0)
  })
})
