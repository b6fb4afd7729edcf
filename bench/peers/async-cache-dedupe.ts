/** async-cache-dedupe: `define`, whose functions take one argument. */
import { createCache } from 'async-cache-dedupe'
import { type Bounds, FOR_LONG, type Peer } from './peer.js'

function defined<A, R>(
  load: (argument: A) => Promise<R>,
  { max, ttl = FOR_LONG }: Bounds,
): (argument: A) => Promise<R> {
  const cache = createCache({ ttl: ttl / 1_000, storage: { type: 'memory', options: { size: max } } })
  return cache.define('load', load).load
}

export const asyncCacheDedupe: Peer = {
  name: 'async-cache-dedupe',
  kind: 'full cache',
  composes: true,
  expires: true,
  ofString: defined,
  ofNumbers: (load, bounds) => {
    const loadTile = defined(({ x, y }: { x: number; y: number }) => load(x, y), bounds)
    return (x, y) => loadTile({ x, y })
  },
  ofQuery: defined,
}
