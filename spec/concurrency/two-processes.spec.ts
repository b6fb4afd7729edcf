/**
 * `SEED=...` repeats what was drawn. `TORTURE=1` plays what `npm test` draws from in full, and more of the rest:
 * `TORTURE=1 npm run spec -- spec/concurrency/interleaving.spec.ts spec/concurrency/two-processes.spec.ts`.
 */
import { describe, expect, it } from '@jest/globals'
import { type Explored, explore } from './explore.js'
import { specsOf, stopTime } from './place-specs.js'
import { COMPLETE, endings, PATIENCE, plansOf, played, tell, violations } from './plans.js'
import type { Op, Verb } from './world.js'

stopTime()

describe('the order of operations on one key in two processes with leases', () => {
  specsOf('two processes', { threeInFull: COMPLETE })

  it(
    'holds in orders of every two operations where a lease ends too early',
    async () => {
      const explored: Explored[] = []

      for (const plan of plansOf('two processes', 2)) {
        explored.push(await explore({ ...plan, expiry: true }, { reduced: true, most: COMPLETE ? 100_000 : 50 }))
      }

      tell(`a lease that ends too early: ${played(explored)} orders`)
      expect(violations(explored)).toEqual([])
    },
    PATIENCE,
  )

  it.each<Verb>(['set', 'update', 'delete'])(
    'a call that joins another is not given what a %s of the other process has outdated before',
    async (verb) => {
      const ops: Op[] = [
        ['call', 0],
        [verb, 1],
        ['call', 0],
      ]
      const limit = { reduced: true, most: COMPLETE ? 1_000_000 : 700 }

      const absent = await explore({ place: 'two processes', ops, stored: false }, limit)
      const stored = await explore({ place: 'two processes', ops, stored: true }, limit)

      tell(`a joined call and a ${verb}: ${played([absent, stored])} orders`)
      expect(violations([absent, stored])).toEqual([])
    },
    PATIENCE,
  )

  it.each([2, 3])(
    'the function runs once for %i calls, whatever the order',
    async (count) => {
      const ops = Array.from({ length: count }, (_, i): Op => ['call', i === 0 ? 0 : 1])

      const explored = await explore(
        { place: 'two processes', stored: false, ops },
        { reduced: true, most: COMPLETE ? 100_000 : 1_000 },
      )

      tell(`${count} calls in two processes: ${played([explored])} orders`)
      expect(violations([explored])).toEqual([])
      const same = Array.from(ops, (_, i) => `${ops.map(() => `${i}.0`).join(', ')}; ${i}.0`)
      expect(same).toEqual(expect.arrayContaining([...explored.outcomes]))
    },
    PATIENCE,
  )
})

/** What must be found: else finding nothing says nothing. */
describe('the orders that are played in two processes without leases', () => {
  const place = 'two processes without leases'

  it.each<Verb>(['set', 'update', 'delete'])('show that a call outlives a %s of the other', async (verb) => {
    const ops: Op[] = [
      ['call', 0],
      [verb, 1],
    ]

    const explored = await explore({ place, ops, stored: false }, { reduced: true })

    expect([...explored.violations.keys()]).toContain('0.0 is stored after write 1 has ended')
  })

  it('show that a run outlives an expire of the other', async () => {
    const ops: Op[] = [
      ['call', 0],
      ['expire', 1],
    ]

    const explored = await explore({ place, ops, stored: 'aged', window: 'fallback' }, { reduced: true })

    expect([...explored.violations.keys()]).toContain('0.0 is stored after expire 1 has ended')
  })

  it('show to a reader what an expire has outdated', async () => {
    const ops: Op[] = [
      ['call', 0],
      ['expire', 1],
      ['get', 0],
    ]

    const explored = await explore({ place, ops, stored: 'aged', window: 'stale' }, { reduced: true, most: 1_000 })

    expect([...explored.violations.keys()]).toContain('get 2 began after expire 1 had ended, and gave 0.0')
  })

  it('show to a reader what is outdated', async () => {
    const ops: Op[] = [
      ['call', 0],
      ['delete', 1],
      ['call', 0],
    ]

    const explored = await explore({ place, ops, stored: false }, { reduced: true })

    expect([...explored.violations.keys()]).toContain('read 2 began after write 1 had ended, and gave 0.0')
  })

  it('show that the function runs in both', async () => {
    const ops: Op[] = [
      ['call', 0],
      ['call', 1],
    ]

    const explored = await explore({ place, ops, stored: false }, { reduced: true })

    expect([...explored.outcomes].some((outcome) => outcome.startsWith('0.0, 1.1'))).toBe(true)
  })

  it(
    'of every two operations leave out none that would show more',
    async () => {
      for (const plan of plansOf(place, 2)) {
        const [reduced, all] = [await explore(plan, { reduced: true }), await explore(plan, { reduced: false })]

        expect(endings(reduced)).toEqual(endings(all))
      }
    },
    PATIENCE,
  )
})
