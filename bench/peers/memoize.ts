/** memoize: a Map without a bound; `cacheKey` for more than one argument and for objects, as its README has it. */
import memoizeFunction from 'memoize'
import type { Bounds, Peer } from './peer.js'

const timed = ({ ttl }: Bounds) => (ttl === undefined ? {} : { maxAge: ttl })

export const memoize: Peer = {
  name: 'memoize',
  kind: 'memoizer',
  composes: true,
  expires: true,
  ofString: (load, bounds) => memoizeFunction(load, timed(bounds)),
  ofNumbers: (load, bounds) => memoizeFunction(load, { ...timed(bounds), cacheKey: (args) => args.join(',') }),
  ofQuery: (load, bounds) => memoizeFunction(load, { ...timed(bounds), cacheKey: JSON.stringify }),
}
