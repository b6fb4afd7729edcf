/** Hits on Redis of an object of 1 KB, against clients used by hand, and beside libraries that read Redis as well. */
import { createClient } from '@keyv/redis'
import { Redis } from 'ioredis'
import { redis } from 'ringcache/redis'
import { filled, parsed } from './fixture.js'
import { OURS } from './hits.js'
import { IN_FLIGHT, inFlight, sequential } from './loops.js'
import { peersOverRedis } from './peers/over-servers.js'
import type { Contestant, Group, Runner, Scenario } from './scenario.js'

/** One call of one of a hundred things. */
type Call = (n: number) => Promise<unknown>

const NODE_REDIS = '@redis/client GET + JSON.parse'
const IOREDIS = 'ioredis GET + JSON.parse'

export async function redisScenarios(url: string): Promise<Group> {
  const client = createClient({ url })
  await client.connect()
  const ioredis = new Redis(url)
  const store = redis(url)
  const { findProduct, keys } = await filled(store)
  const peers = await peersOverRedis(url)

  const ours: Call = (n) => findProduct(n)
  const limits: readonly [name: string, call: Call][] = [
    [NODE_REDIS, async (n) => parsed(await client.get(keys[n] ?? ''))],
    [IOREDIS, async (n) => parsed(await ioredis.get(keys[n] ?? ''))],
  ]
  const scenario = (about: Pick<Scenario, 'id' | 'name' | 'size'>, loop: (call: Call) => Runner, atLeast: number) => ({
    ...about,
    group: 'redis' as const,
    short: true,
    ours: { name: OURS, run: loop(ours) },
    limits: limits.map(([name, call]): Contestant => ({ name, run: loop(call) })),
    peers: peers.map(({ name, get }): Contestant => ({ name, run: loop(get) })),
    targets: [{ against: [NODE_REDIS], atLeast }],
  })

  return {
    scenarios: [
      scenario({ id: 'redis-hit-sequential', name: 'Redis hit, sequential' }, sequential, 0.95),
      scenario(
        { id: 'redis-hit-64-keys', name: `Redis hits, ${IN_FLIGHT} in flight on ${IN_FLIGHT} keys`, size: IN_FLIGHT },
        inFlight,
        1.2,
      ),
      scenario(
        { id: 'redis-hit-one-key', name: `Redis hits, ${IN_FLIGHT} in flight on one key`, size: IN_FLIGHT },
        (call) => inFlight(() => call(7)),
        8,
      ),
    ],
    close: async () => {
      await Promise.all([
        client.close(),
        findProduct.storage.backend.disconnect(),
        ...peers.map((peer) => peer.close()),
      ])
      ioredis.disconnect()
    },
  }
}
