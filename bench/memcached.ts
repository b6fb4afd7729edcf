/** Hits on memcached, against the same client used by hand. */
import { KeyvMemcache } from '@keyv/memcache'
import type { Group } from './compare.js'
import { filled } from './fixture.js'
import { IN_FLIGHT, inFlight, sequential } from './loops.js'

/** The part of a `memjs` client that is used here: the package has no types. */
interface Memjs {
  get(key: string): Promise<{ value: Buffer | null }>
  close(): void
}

export async function memcachedScenarios(url: string): Promise<Group> {
  const client: Memjs = new KeyvMemcache(url).client
  const { findProduct, keys } = await filled(new KeyvMemcache(url))
  const getParsed = async (n: number) => parsed((await client.get(keys[n] ?? '')).value)

  return {
    scenarios: [
      {
        name: 'memcached hit, sequential',
        against: 'memjs get + JSON.parse',
        aim: 0.9,
        limit: sequential(getParsed),
        ours: sequential((n) => findProduct(n)),
      },
      {
        name: 'memcached hits, 64 in flight, 64 keys',
        against: 'memjs get + JSON.parse',
        size: IN_FLIGHT,
        limit: inFlight(getParsed),
        ours: inFlight((n) => findProduct(n)),
      },
    ],
    close: async () => {
      client.close()
      await findProduct.storage.backend.disconnect()
    },
  }
}

function parsed(bytes: Buffer | null): unknown {
  if (bytes === null) throw new Error('only hits are measured')
  return JSON.parse(bytes.toString())
}
