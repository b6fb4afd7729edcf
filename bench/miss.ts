/** Misses in memory: each call has a key of its own, and the function does next to nothing. */
import { setImmediate as turn } from 'node:timers/promises'
import { cached, lru } from 'ringcache'
import { keepers, lookingUp } from './by-hand.js'
import { pageOf } from './contestants.js'
import { fullCaches, peers } from './peers/index.js'
import type { Bounds } from './peers/peer.js'
import type { Contestant, Scenario } from './scenario.js'

const BOUNDS: Bounds = { max: 1_000 }

export function missScenario(): Scenario {
  return {
    id: 'memory-miss',
    name: 'memory miss, one string',
    group: 'memory',
    short: true,
    ours: missing('ringcache', () => cached(load, { store: lru(BOUNDS), keyPrefix: 'page' })),
    limits: keepers(BOUNDS).map(([name], i) => missing(name, () => lookingUp(emptyKeeper(i), load))),
    peers: peers.map((peer) => missing(peer.name, () => peer.ofString(load, BOUNDS))),
    targets: [{ against: fullCaches, atLeast: 1 }],
  }
}

/** What has no bound begins anew now and then, and so do all: they would measure the memory of the machine. */
const AT_MOST = 100_000
/** After so many misses the event loop turns, as it does while a function waits: what is put off till then must not pile up. */
const TURN = 1_000

function missing(name: string, create: () => (url: string) => unknown): Contestant {
  let fn = create()
  let called = 0
  return {
    name,
    run: async (times) => {
      for (let i = 0; i < times; i++) {
        if (called === AT_MOST) {
          fn = create()
          called = 0
        }
        await fn(`https://example.com/page/${called++}`)
        if (called % TURN === 0) await turn()
      }
    },
  }
}

function emptyKeeper(which: number) {
  const keeper = keepers(BOUNDS)[which]
  if (keeper === undefined) throw new Error(`there is no limit ${which}`)
  return keeper[1]
}

async function load(url: string) {
  return pageOf(url)
}
