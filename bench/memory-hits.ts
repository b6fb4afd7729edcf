/** What the scenarios of hits in memory call, and with what. */
import { cached, lru } from 'ringcache'
import { BY_HAND, type lookingUp } from './by-hand.js'
import { load, type Runs } from './contestants.js'
import type { Operation } from './loops.js'
import { fullCaches, peers } from './peers/index.js'
import type { Bounds, Peer, Query } from './peers/peer.js'
import type { Scenario, Target } from './scenario.js'

export const BOUNDS: Bounds = { max: 1_000 }
const composing = peers.filter(({ composes }) => composes).map(({ name }) => name)

/** What differs between scenarios of hits. */
export interface Hits extends Pick<Scenario, 'id' | 'name' | 'short' | 'targets'> {
  readonly bounds?: Bounds
  readonly turns?: number
  readonly peers?: readonly Peer[]
  /** Each makes a cached function, and says how it is called. */
  readonly ours: (bounds: Bounds, runs: Runs) => Operation
  readonly theirs: (peer: Peer, bounds: Bounds, runs: Runs) => Operation
  readonly byHand: (kept: ReturnType<typeof lookingUp>) => Operation
}

export function ofStrings(): Hits[] {
  const targets: Target[] = [
    { against: [BY_HAND], atLeast: 0.8 },
    { against: ['memoize'], atLeast: 0.95 },
    { against: fullCaches, atLeast: 10 },
  ]
  const base = { id: 'memory-hit-string', name: 'memory hit, one string', short: true, targets: [] as Target[] }
  return [
    { ...base, ...calledWith((n) => `https://example.com/page/${n}`, 100), targets },
    {
      ...base,
      ...calledWith((n) => `https://example.com/page/${n}`, 10_000),
      id: 'memory-hit-many-keys',
      name: 'memory hit, one string, 10,000 keys in turn',
      short: false,
      bounds: { max: 20_000 },
    },
    {
      ...base,
      ...calledWith((n) => `${n}:`.padEnd(1_024, 'a long text '), 100),
      id: 'memory-hit-long-string',
      name: 'memory hit, a string of 1 KB',
      short: false,
    },
    {
      ...base,
      ...calledWith((n) => `https://example.com/page/${n}`, 100),
      id: 'memory-hit-ttl',
      name: 'memory hit, one string, ttl of an hour',
      short: false,
      bounds: { ...BOUNDS, ttl: 3_600_000 },
      peers: peers.filter(({ expires }) => expires),
    },
  ]
}

/** One string from a list, which is made beforehand. */
function calledWith(textOf: (n: number) => string, turns: number): Pick<Hits, 'turns' | 'ours' | 'theirs' | 'byHand'> {
  const texts = Array.from({ length: turns }, (_, n) => textOf(n))
  const called = (fn: (text: string) => unknown) => (n: number) => fn(texts[n] ?? '')
  return {
    turns,
    ours: ({ max, ttl }, runs) =>
      called(cached((text: string) => load(text, runs), { store: lru({ max }), keyPrefix: 'page', ttl })),
    theirs: (peer, bounds, runs) => called(peer.ofString((text) => load(text, runs), bounds)),
    byHand: called,
  }
}

export function ofNumbers(): Hits {
  return {
    id: 'memory-hit-numbers',
    name: 'memory hit, two numbers',
    short: true,
    targets: [],
    ours: ({ max }, runs) => {
      const getTile = cached((x: number, y: number) => load(`${x}:${y}`, runs), {
        store: lru({ max }),
        keyPrefix: 'tile',
      })
      return (n) => getTile(n, n + 1)
    },
    theirs: (peer, bounds, runs) => {
      const getTile = peer.ofNumbers((x, y) => load(`${x}:${y}`, runs), bounds)
      return (n) => getTile(n, n + 1)
    },
    byHand: (getKept) => (n) => getKept(`${n}:${n + 1}`),
  }
}

/** Each call has an object of its own, as calls in programs have. */
export function ofQueries(): Hits {
  return {
    id: 'memory-hit-object',
    name: 'memory hit, a small object',
    short: true,
    targets: [{ against: composing, atLeast: 2 }],
    ours: ({ max }, runs) => {
      const search = cached(({ lang, page }: Query) => load(`${lang}:${page}`, runs), {
        store: lru({ max }),
        keyPrefix: 'search',
      })
      return (n) => search({ lang: 'en', page: n })
    },
    theirs: (peer, bounds, runs) => {
      const search = peer.ofQuery(({ lang, page }) => load(`${lang}:${page}`, runs), bounds)
      return (n) => search({ lang: 'en', page: n })
    },
    byHand: (getKept) => (n) => {
      const query: Query = { lang: 'en', page: n }
      return getKept(`${query.lang}:${query.page}`)
    },
  }
}
