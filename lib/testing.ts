export { conformance } from './testing/conformance.js'
export type { Runner } from './testing/runner.js'
export type { Clock, CommandNames, Looks, Opened, StoreCase } from './testing/store-case.js'
