import { describe, expect, it } from '@jest/globals'
import { explore } from './explore.js'
import { stopTime } from './place-specs.js'
import { endings, PATIENCE, plansOf } from './plans.js'
import type { Op, Verb } from './world.js'

stopTime()

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
