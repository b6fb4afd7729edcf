/** Hits on memcached of an object of 1 KB, against its client used by hand, and beside libraries that read it as well. */
import { KeyvMemcache } from '@keyv/memcache'
import { memcache } from 'ringcache/memcache'
import { filled, type Memjs, parsed } from './fixture.js'
import { OURS } from './hits.js'
import { IN_FLIGHT, inFlight, sequential } from './loops.js'
import { peersOverMemcached } from './peers/over-servers.js'
import type { Contestant, Group, Runner, Scenario, Target } from './scenario.js'

/** One call of one of a hundred things. */
type Call = (n: number) => Promise<unknown>

const MEMJS = 'memjs get + JSON.parse'

export async function memcachedScenarios(url: string): Promise<Group> {
  const client: Memjs = new KeyvMemcache(url).client
  const store = memcache(url)
  const { findProduct, keys } = await filled(store)
  const peers = await peersOverMemcached(url)

  const getParsed: Call = async (n) => parsed((await client.get(keys[n] ?? '')).value?.toString() ?? null)
  const scenario = (
    about: Pick<Scenario, 'id' | 'name' | 'size' | 'short'>,
    loop: (call: Call) => Runner,
    targets: readonly Target[] = [],
  ) => ({
    ...about,
    group: 'memcached' as const,
    ours: { name: OURS, run: loop((n) => findProduct(n)) },
    limits: [{ name: MEMJS, run: loop(getParsed) }],
    peers: peers.map(({ name, get }): Contestant => ({ name, run: loop(get) })),
    targets,
  })

  return {
    scenarios: [
      scenario({ id: 'memcached-hit-sequential', name: 'memcached hit, sequential', short: true }, sequential, [
        { against: [MEMJS], atLeast: 0.95 },
      ]),
      scenario(
        {
          id: 'memcached-hit-64-keys',
          name: `memcached hits, ${IN_FLIGHT} in flight on ${IN_FLIGHT} keys`,
          size: IN_FLIGHT,
          short: false,
        },
        inFlight,
      ),
      scenario(
        {
          id: 'memcached-hit-one-key',
          name: `memcached hits, ${IN_FLIGHT} in flight on one key`,
          size: IN_FLIGHT,
          short: false,
        },
        (call) => inFlight(() => call(7)),
      ),
    ],
    close: async () => {
      client.close()
      await Promise.all([findProduct.storage.backend.disconnect(), ...peers.map((peer) => peer.close())])
    },
  }
}
