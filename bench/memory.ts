/** Hits and misses in memory, with all peers. */
import { keepers, lookingUp } from './by-hand.js'
import { hitting, load, type Runs } from './contestants.js'
import { BOUNDS, type Hits, ofNumbers, ofQueries, ofStrings } from './memory-hits.js'
import { missScenario } from './miss.js'
import { peers } from './peers/index.js'
import type { Contestant, Group, Scenario } from './scenario.js'

/** A group for each scenario, so that each is measured beside its own entries only. */
export const memoryGroups: readonly (readonly [id: string, open: () => Promise<Group>])[] = [
  ...[...ofStrings(), ofNumbers(), ofQueries()].map(
    (hits) => [hits.id, async () => groupOf(await hitScenario(hits))] as const,
  ),
  ['memory-miss', async () => groupOf(missScenario())],
]

function groupOf(scenario: Scenario): Group {
  return { scenarios: [scenario], close: async () => {} }
}

async function hitScenario({ bounds = BOUNDS, turns, ours, theirs, byHand, ...hits }: Hits): Promise<Scenario> {
  const limits: Contestant[] = []
  for (const [name, kept] of keepers(bounds)) {
    const create = (runs: Runs) => byHand(lookingUp(kept, (key) => load(key, runs)))
    limits.push(await hitting(name, create, turns))
  }
  const others: Contestant[] = []
  for (const peer of hits.peers ?? peers) {
    others.push(await hitting(peer.name, (runs) => theirs(peer, bounds, runs), turns))
  }
  const { id, name, short, targets } = hits
  return {
    id,
    name,
    group: 'memory',
    short,
    ours: await hitting('ringcache', (runs) => ours(bounds, runs), turns),
    limits,
    peers: others,
    targets,
  }
}
