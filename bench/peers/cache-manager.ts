/** cache-manager over cacheable's memory: `wrap` with keys made by hand. */
import { createCache } from 'cache-manager'
import { createKeyv } from 'cacheable'
import type { Bounds, Peer } from './peer.js'

// `useClone: false` has it hand out the object itself, as ringcache does in memory.
function create({ max, ttl }: Bounds) {
  return createCache({
    stores: [createKeyv({ lruSize: max, useClone: false })],
    ...(ttl !== undefined && { ttl }),
  })
}

export const cacheManager: Peer = {
  name: 'cache-manager',
  kind: 'full cache',
  composes: false,
  expires: true,
  ofString: (load, bounds) => {
    const cache = create(bounds)
    return (url) => cache.wrap(`page:${url}`, () => load(url))
  },
  ofNumbers: (load, bounds) => {
    const cache = create(bounds)
    return (x, y) => cache.wrap(`tile:${x}:${y}`, () => load(x, y))
  },
  ofQuery: (load, bounds) => {
    const cache = create(bounds)
    return (query) => cache.wrap(`search:${query.lang}:${query.page}`, () => load(query))
  },
}
