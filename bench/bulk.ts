/** Many hits on Redis in one call, against one `MGET` by hand, and beside libraries with a bulk read. */
import { createClient } from '@keyv/redis'
import { Redis } from 'ioredis'
import { redis } from 'ringcache/redis'
import { filled, numbered, parsed } from './fixture.js'
import { OURS } from './hits.js'
import { sequential } from './loops.js'
import { bulkPeersOverRedis } from './peers/over-servers.js'
import type { Group, Scenario } from './scenario.js'

const MOST = 1_000
const MGET = '@redis/client MGET + JSON.parse'

export async function bulkScenarios(redisUrl: string): Promise<Group> {
  const client = createClient({ url: redisUrl })
  await client.connect()
  const ioredis = new Redis(redisUrl)
  const store = redis(redisUrl)
  const { findProduct, keys } = await filled(store, MOST)
  const peers = await bulkPeersOverRedis(redisUrl, MOST)

  const scenario = (count: number, control: 'getMany' | 'getOrUpdateMany', id: string): Scenario => {
    const some = keys.slice(0, count)
    const argsList = numbered(count).map((n): [number] => [n])
    const read = findProduct[control]
    return {
      id: `${id}-${count}`,
      name: `Redis, ${control} of ${count.toLocaleString('en-US')} hits`,
      group: 'bulk',
      size: count,
      short: count === 100 && control === 'getMany',
      ours: { name: OURS, run: sequential(() => read(...argsList)) },
      limits: [
        { name: MGET, run: sequential(async () => (await client.mGet(some)).map(parsed)) },
        { name: 'ioredis MGET + JSON.parse', run: sequential(async () => (await ioredis.mget(some)).map(parsed)) },
        {
          name: `@redis/client ${count} GET at once + JSON.parse`,
          run: sequential(() => Promise.all(some.map(async (key) => parsed(await client.get(key))))),
        },
      ],
      // They have no other bulk read.
      peers: (control === 'getMany' ? peers : []).map(({ name, getMany }) => ({
        name,
        run: sequential(() => getMany(count)),
      })),
      targets: count === 100 ? [{ against: [MGET], atLeast: 0.95 }] : [],
    }
  }

  return {
    scenarios: [
      scenario(100, 'getMany', 'bulk-get-many'),
      scenario(100, 'getOrUpdateMany', 'bulk-get-or-update-many'),
      scenario(MOST, 'getMany', 'bulk-get-many'),
      scenario(MOST, 'getOrUpdateMany', 'bulk-get-or-update-many'),
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
