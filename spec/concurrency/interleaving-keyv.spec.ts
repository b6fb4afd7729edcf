/**
 * `SEED=...` repeats what was drawn. `TORTURE=1` plays what `npm test` draws from in full, and more of the rest:
 * `TORTURE=1 npm run spec -- spec/concurrency/interleaving spec/concurrency/two-processes`.
 */
import { describe } from '@jest/globals'
import { specsOf, stopTime } from './place-specs.js'
import { COMPLETE } from './plans.js'

stopTime()

/** A bare adapter and a Keyv over it wait for the same steps: here some are drawn. */
describe('the order of operations on one key, on a store that is a Keyv,', () => {
  specsOf('keyv', { threeInFull: COMPLETE })
})
