/** What events cost a hit: nothing where nobody listens. */
import { type Cached, cached, lru } from 'ringcache'
import { hitting, load, type Runs } from './contestants.js'
import type { Operation } from './loops.js'
import type { Page } from './peers/peer.js'
import type { Group } from './scenario.js'

type GetPage = Cached<(url: string) => Promise<Page>>

const urls = Array.from({ length: 100 }, (_, n) => `https://example.com/page/${n}`)
const NEVER = 'never had a listener'

export async function eventScenarios(): Promise<Group> {
  return {
    scenarios: [
      {
        id: 'events',
        name: 'memory hit, a listener was there and has left',
        group: 'events',
        short: true,
        ours: await hitting('ringcache', (runs) =>
          calling(runs, (getPage) => {
            getPage.on('hit', ignore)
            getPage.off('hit', ignore)
          }),
        ),
        // Two of the same: what they differ by, about a tenth, is what a machine cannot tell from nothing.
        limits: [
          await hitting(NEVER, (runs) => calling(runs)),
          await hitting(`${NEVER}, another one`, (runs) => calling(runs)),
        ],
        peers: [
          await hitting("with a listener of 'hit'", (runs) => calling(runs, (getPage) => getPage.on('hit', ignore))),
        ],
        targets: [{ against: [NEVER], atLeast: 0.9 }],
      },
    ],
    close: async () => {},
  }
}

function calling(runs: Runs, prepare?: (getPage: GetPage) => void): Operation {
  const getPage: GetPage = cached((url: string) => load(url, runs), { store: lru({ max: 1_000 }), keyPrefix: 'page' })
  prepare?.(getPage)
  return (n) => getPage(urls[n] ?? '')
}

function ignore(): void {}
