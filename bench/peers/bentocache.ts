/** bentocache, one layer in memory: `getOrSet` with keys made by hand. */
import { BentoCache, bentostore } from 'bentocache'
import { memoryDriver } from 'bentocache/drivers/memory'
import type { Bounds, Peer } from './peer.js'

// `serialize: false` has it hand out the object itself, as ringcache does in memory.
function create({ max, ttl }: Bounds) {
  return new BentoCache({
    default: 'memory',
    ttl: ttl ?? null,
    stores: { memory: bentostore().useL1Layer(memoryDriver({ maxItems: max, serialize: false })) },
  })
}

export const bentocache: Peer = {
  name: 'bentocache',
  kind: 'full cache',
  composes: false,
  expires: true,
  ofString: (load, bounds) => {
    const bento = create(bounds)
    return (url) => bento.getOrSet({ key: `page:${url}`, factory: () => load(url) })
  },
  ofNumbers: (load, bounds) => {
    const bento = create(bounds)
    return (x, y) => bento.getOrSet({ key: `tile:${x}:${y}`, factory: () => load(x, y) })
  },
  ofQuery: (load, bounds) => {
    const bento = create(bounds)
    return (query) => bento.getOrSet({ key: `search:${query.lang}:${query.page}`, factory: () => load(query) })
  },
}
