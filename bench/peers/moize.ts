/** moize: compares the arguments with those of its entries, one after the other; `isDeepEqual` for objects. */
import moizeModule from 'moize'
import type { Bounds, Peer } from './peer.js'

const moizeFunction = moizeModule.default // as its types have it: it is CommonJS

function optionsOf({ max, ttl }: Bounds) {
  return { isPromise: true, maxSize: max, ...(ttl !== undefined && { maxAge: ttl }) }
}

export const moize: Peer = {
  name: 'moize',
  kind: 'memoizer',
  composes: true,
  expires: true,
  ofString: (load, bounds) => moizeFunction(load, optionsOf(bounds)),
  ofNumbers: (load, bounds) => moizeFunction(load, optionsOf(bounds)),
  ofQuery: (load, bounds) => moizeFunction(load, { ...optionsOf(bounds), isDeepEqual: true }),
}
