/** cacheable: `wrap`, which hashes the arguments. */
import { Cacheable, createKeyv } from 'cacheable'
import type { Bounds, Peer } from './peer.js'

// `useClone: false` has it hand out the object itself, as ringcache does in memory.
function wrapped<A extends unknown[], R>(load: (...args: A) => Promise<R>, { max, ttl }: Bounds) {
  const cache = new Cacheable({ primary: createKeyv({ lruSize: max, useClone: false }) })
  return cache.wrap(load, { keyPrefix: 'page', ...(ttl !== undefined && { ttl }) })
}

export const cacheable: Peer = {
  name: 'cacheable',
  kind: 'full cache',
  composes: true,
  expires: true,
  ofString: wrapped,
  ofNumbers: wrapped,
  ofQuery: wrapped,
}
