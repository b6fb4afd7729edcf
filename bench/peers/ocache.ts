/** ocache: `defineCachedFunction`, which hashes the arguments. */
import { createMemoryStorage, defineCachedFunction } from 'ocache'
import { type Bounds, FOR_LONG, type Peer } from './peer.js'

// `maxBytes: Infinity` saves it the estimate of sizes: entries are counted, as all others do.
function defined<A extends unknown[], R>(load: (...args: A) => Promise<R>, { max, ttl = FOR_LONG }: Bounds) {
  const storage = createMemoryStorage({ maxSize: max, maxBytes: Number.POSITIVE_INFINITY })
  return defineCachedFunction<R, A>(load, { name: 'page', maxAge: ttl / 1_000, storage })
}

export const ocache: Peer = {
  name: 'ocache',
  kind: 'full cache',
  composes: true,
  expires: true,
  ofString: defined,
  ofNumbers: defined,
  ofQuery: defined,
}
