/** memoizee in its primitive mode, the fast one; `normalizer` for objects, as its README has it. */
import memoizeeFunction from 'memoizee'
import type { Bounds, Peer } from './peer.js'

function optionsOf({ max, ttl }: Bounds) {
  return { promise: true, max, ...(ttl !== undefined && { maxAge: ttl }) }
}

export const memoizee: Peer = {
  name: 'memoizee',
  kind: 'memoizer',
  composes: true,
  expires: true,
  ofString: (load, bounds) => memoizeeFunction(load, { ...optionsOf(bounds), primitive: true }),
  ofNumbers: (load, bounds) => memoizeeFunction(load, { ...optionsOf(bounds), primitive: true }),
  ofQuery: (load, bounds) =>
    memoizeeFunction(load, { ...optionsOf(bounds), normalizer: (args) => JSON.stringify(args[0]) }),
}
