/** p-memoize: a Map without a bound or an end; `cacheKey` for more than one argument and for objects. */
import memoizePromises from 'p-memoize'
import type { Peer } from './peer.js'

export const pMemoize: Peer = {
  name: 'p-memoize',
  kind: 'memoizer',
  composes: true,
  expires: false,
  ofString: (load) => memoizePromises(load),
  ofNumbers: (load) => memoizePromises(load, { cacheKey: (args) => args.join(',') }),
  ofQuery: (load) => memoizePromises(load, { cacheKey: JSON.stringify }),
}
