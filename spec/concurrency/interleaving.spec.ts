/**
 * `SEED=...` repeats what was drawn. `TORTURE=1` plays what `npm test` draws from in full, and more of the rest:
 * `TORTURE=1 npm run spec -- spec/concurrency/interleaving.spec.ts spec/concurrency/two-processes.spec.ts`.
 */
import { describe, expect, it } from '@jest/globals'
import { explore } from './explore.js'
import type { OneProcessStore } from './one-process.js'
import { specsOf, stopTime } from './place-specs.js'
import { COMPLETE, endings, PATIENCE, plansOf } from './plans.js'
import type { Op, Verb } from './world.js'

stopTime()

/** A bare adapter and a Keyv over it wait for the same steps. */
const IN_FULL: readonly OneProcessStore[] = ['adapter', 'map']

describe.each<OneProcessStore>(['adapter', 'keyv', 'map'])(
  'the order of operations on one key, on a store that is a %s,',
  (store) => {
    specsOf(store, { threeInFull: COMPLETE || IN_FULL.includes(store) })
  },
)

/** What must be found: else finding nothing says nothing. */
describe('the orders that are played', () => {
  it.each<Verb>(['set', 'update', 'delete'])('show that without ringcache a call outlives a %s', async (verb) => {
    const ops: Op[] = [
      ['call', 0],
      [verb, 0],
    ]

    const { violations } = await explore({ place: 'naive', ops, stored: false }, { reduced: true })

    expect([...violations.keys()]).toContain('0.0 is stored after write 1 has ended')
  })

  it(
    'of every two operations leave out none that would show more',
    async () => {
      for (const plan of plansOf('naive', 2)) {
        const [reduced, all] = [await explore(plan, { reduced: true }), await explore(plan, { reduced: false })]

        expect(endings(reduced)).toEqual(endings(all))
      }
    },
    PATIENCE,
  )
})
