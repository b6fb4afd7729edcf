import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { createCluster } from '@keyv/redis'
import { cached } from '../lib/index.js'
import { type RedisCluster, startRedisCluster } from './support/redis-cluster.js'
import { ask } from './support/server-process.js'
import { uniquePrefix } from './support/servers.js'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const end of cleanups.splice(0)) await end()
})

describe('a Redis Cluster of three masters', () => {
  let servers: RedisCluster
  beforeAll(async () => {
    servers = await startRedisCluster()
  }, 60_000)
  afterAll(() => servers?.stop())

  const wrap = (keyPrefix = uniquePrefix('f')) => {
    const store = createCluster({ rootNodes: servers.urls.map((url) => ({ url })) })
    cleanups.push(() => store.isOpen && store.destroy())
    return { store, f: cached(async (n: number) => n, { store, keyPrefix, storeTimeout: 10_000 }) }
  }
  const many = Array.from({ length: 30 }, (_, n): [number] => [n])
  const misses = many.map(() => undefined)

  it('is sent nothing before it knows its masters', async () => {
    const { f } = wrap()

    const got = await Promise.all(many.map(([n]) => f.get(n)))

    expect(got).toEqual(misses)
  })

  it('is waited for where its user has just begun to connect it', async () => {
    const { f, store } = wrap()
    const connecting = store.connect()

    const got = await Promise.all(many.map(([n]) => f.get(n)))

    expect(got).toEqual(misses)
    await connecting
  })

  it('keeps entries on all masters, and those of one hash tag on one', async () => {
    const [spread, together] = [wrap().f, wrap(`{${uniquePrefix('tag')}}`).f]

    const before = await sizes()
    await spread.getOrUpdateMany(...many)
    const between = await sizes()
    await together.getOrUpdateMany(...many)
    const after = await sizes()

    expect(grown(before, between)).toBe(3)
    expect(grown(between, after)).toBe(1)
    expect(await spread.getMany(...many)).toEqual(many.flat())
    expect(await together.deleteMany(...many)).toEqual(many.map(() => true))
  })

  /** How many keys each master has. */
  const sizes = () =>
    Promise.all(servers.nodes.map(async ({ port }) => Number((await ask(port, 'DBSIZE\r\n', 10_000)).slice(1))))
  const grown = (before: readonly number[], after: readonly number[]) =>
    after.filter((size, i) => size > (before[i] ?? 0)).length
})
