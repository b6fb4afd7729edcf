/** Hits on Redis, against the same client used by hand. */
import KeyvRedis, { createClient } from '@keyv/redis'
import type { Group } from './compare.js'
import { filled, ids } from './fixture.js'
import { IN_FLIGHT, inFlight, sequential } from './loops.js'

export async function redisScenarios(url: string): Promise<Group> {
  const client = createClient({ url })
  await client.connect()
  const { findProduct, keys } = await filled(new KeyvRedis(url))
  const getParsed = async (n: number) => parsed(await client.get(keys[n] ?? ''))
  const everyArguments = ids.map((id): [number] => [id])

  return {
    scenarios: [
      {
        name: 'Redis hit, sequential',
        against: '@redis/client GET + JSON.parse',
        aim: 0.9,
        limit: sequential(getParsed),
        ours: sequential((n) => findProduct(n)),
      },
      {
        name: 'Redis hits, 64 in flight, 64 keys',
        against: '@redis/client GET + JSON.parse',
        size: IN_FLIGHT,
        limit: inFlight(getParsed),
        ours: inFlight((n) => findProduct(n)),
      },
      {
        name: 'Redis hits, 64 in flight, one key',
        against: '@redis/client GET + JSON.parse',
        size: IN_FLIGHT,
        limit: inFlight(() => getParsed(7)),
        ours: inFlight(() => findProduct(7)),
      },
      {
        name: 'Redis getMany of 100',
        against: '@redis/client MGET + 100 JSON.parse',
        size: ids.length,
        aim: 0.85,
        limit: sequential(async () => (await client.mGet(keys)).map(parsed)),
        ours: sequential(() => findProduct.getMany(...everyArguments)),
      },
    ],
    close: async () => {
      await client.close()
      await findProduct.storage.backend.disconnect()
    },
  }
}

function parsed(text: string | null): unknown {
  if (text === null) throw new Error('only hits are measured')
  return JSON.parse(text)
}
