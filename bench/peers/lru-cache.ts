/** lru-cache: `fetch` with a `fetchMethod`; keys of more than a string are made by hand. */
import { LRUCache } from 'lru-cache'
import type { Bounds, Page, Peer, Query } from './peer.js'

const timed = ({ ttl }: Bounds) => (ttl === undefined ? {} : { ttl })

export const lruCacheFetch: Peer = {
  name: 'lru-cache fetch',
  kind: 'memoizer',
  composes: false,
  expires: true,
  ofString: (load, bounds) => {
    const cache = new LRUCache<string, Page>({ max: bounds.max, ...timed(bounds), fetchMethod: load })
    return (url) => cache.fetch(url)
  },
  ofNumbers: (load, bounds) => {
    const cache = new LRUCache<string, Page, [number, number]>({
      max: bounds.max,
      ...timed(bounds),
      fetchMethod: (_key, _stale, { context: [x, y] }) => load(x, y),
    })
    return (x, y) => cache.fetch(`${x}:${y}`, { context: [x, y] })
  },
  ofQuery: (load, bounds) => {
    const cache = new LRUCache<string, Page, Query>({
      max: bounds.max,
      ...timed(bounds),
      fetchMethod: (_key, _stale, { context }) => load(context),
    })
    return (query) => cache.fetch(`${query.lang}:${query.page}`, { context: query })
  },
}
