/**
 * `SEED=...` repeats what was drawn; `TORTURE=1` plays every order of every three operations in place of a drawn part of
 * them (`npm run spec -- spec/concurrency/interleaving.spec.ts`).
 */
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import fc from 'fast-check'
import { drawn, type Explored, explore } from './explore.js'
import { type Chooser, type Place, type Plan, play } from './interleaving.js'
import type { Op, Verb } from './world.js'

const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31)
const COMPLETE = process.env.TORTURE === '1'
/** How many orders of each three operations are drawn. */
const DRAWN = 3
/** How many three operations are drawn of which every order is played, up to so many orders of each. */
const [DRAWN_PLANS, MOST] = [6, 200]
/** Above this many orders of two operations, it is not looked whether what is left out ends otherwise. */
const MOST_TO_COMPARE = COMPLETE ? 100_000 : 200
/** What takes seconds takes minutes on a machine that is busy. */
const PATIENCE = COMPLETE ? 24 * 3_600_000 : 180_000

const VERBS: readonly Verb[] = ['call', 'get', 'set', 'update', 'delete']
const ONE_PROCESS: readonly Place[] = ['adapter', 'keyv', 'map']
const PLACES: readonly Place[] = [...ONE_PROCESS, 'two processes']

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] })
})
afterEach(() => {
  jest.useRealTimers()
})

describe.each(PLACES)('the order of operations on one key, in the place "%s"', (place) => {
  it(
    'holds in every order of every two operations, and what is left out as equal ends no other way',
    async () => {
      const plans = plansOf(place, 2)
      const explored: Explored[] = []
      const compared: (readonly [Explored, Explored])[] = []

      for (const plan of plans) {
        const reduced = await explore(plan, { reduced: true })
        explored.push(reduced)
        const all = await explore(plan, { reduced: false, most: MOST_TO_COMPARE })
        if (all.complete) compared.push([reduced, all])
      }

      const [some, every] = [0, 1].map((at) => played(compared.map((pair) => pair[at] as Explored)))
      tell(`${place}: ${plans.length} plans of two operations, ${played(explored)} orders`)
      tell(`${place}: of ${compared.length} of them, ${some} orders compared to all ${every}`)
      expect(violations(explored)).toEqual([])
      expect(compared.map(([reduced]) => endings(reduced))).toEqual(compared.map(([, all]) => endings(all)))
    },
    PATIENCE,
  )

  it(
    'holds in orders of every three operations',
    async () => {
      const plans = plansOf(place, 3)
      const explored: Explored[] = []

      if (COMPLETE) {
        for (const [i, plan] of plans.entries()) {
          explored.push(await explore(plan, { reduced: true }))
          if (i % 20 === 19) tell(`${place}: ${played(explored)} orders of ${i + 1} plans so far`)
        }
      } else {
        const draw = drawn(SEED)
        for (const plan of plans) explored.push(await explore(plan, { draw, most: DRAWN }))
        for (let i = 0; i < DRAWN_PLANS; i++) {
          explored.push(await explore(draw(plans) as Plan, { reduced: true, most: MOST })) // there are plans
        }
      }

      tell(`${place}: ${plans.length} plans of three operations, ${played(explored)} orders (SEED=${SEED})`)
      expect(violations(explored)).toEqual([])
    },
    PATIENCE,
  )

  it(
    'holds in any order of three to five operations',
    async () => {
      await fc.assert(
        fc.asyncProperty(PLANS, CHOICES, (plan, choices) => holds({ ...plan, place }, from(choices))),
        { numRuns: COMPLETE ? 50_000 : 1_000, seed: SEED },
      )
    },
    PATIENCE,
  )

  it(
    'holds where operations and runs fail, time runs out and leases end too early',
    async () => {
      await fc.assert(
        fc.asyncProperty(PLANS, CHOICES, (plan, choices) =>
          holds({ ...plan, place, faults: true, expiry: true }, from(choices)),
        ),
        { numRuns: COMPLETE ? 50_000 : 1_000, seed: SEED },
      )
    },
    PATIENCE,
  )
})

describe('in two processes', () => {
  it(
    'the order of every two operations holds where a lease ends too early',
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
describe('the orders that are played', () => {
  const found: [place: Place, ops: Op[], stored: boolean, what: string][] = [
    [
      'naive',
      [
        ['call', 0],
        ['set', 0],
      ],
      false,
      '0.0 is stored after write 1 has ended',
    ],
    [
      'naive',
      [
        ['call', 0],
        ['delete', 0],
      ],
      false,
      '0.0 is stored after write 1 has ended',
    ],
    [
      'naive',
      [
        ['set', 0],
        ['set', 0],
      ],
      false,
      'set 0 is stored after write 1 has ended',
    ],
    [
      'two processes without leases',
      [
        ['call', 0],
        ['set', 1],
      ],
      false,
      '0.0 is stored after write 1 has ended',
    ],
    [
      'two processes without leases',
      [
        ['call', 0],
        ['delete', 1],
      ],
      false,
      '0.0 is stored after write 1 has ended',
    ],
    [
      'two processes without leases',
      [
        ['call', 0],
        ['update', 1],
      ],
      false,
      '0.0 is stored after write 1 has ended',
    ],
  ]

  it.each(found)('show in %s, with %j (stored: %s), that %s', async (place, ops, stored, what) => {
    const plan = { place, ops, stored }

    const all = await explore(plan, { reduced: false })
    const reduced = await explore(plan, { reduced: true })

    expect([...all.violations.keys()]).toContain(what)
    expect(endings(reduced)).toEqual(endings(all))
  })

  it('show to a reader what is outdated, where there are no leases', async () => {
    const ops: Op[] = [
      ['call', 0],
      ['delete', 1],
      ['call', 0],
    ]

    const { violations: found } = await explore(
      { place: 'two processes without leases', stored: false, ops },
      { reduced: true },
    )

    expect([...found.keys()]).toContain('read 2 began after write 1 had ended, and gave 0.0')
  })
})

const VERB = fc.constantFrom<Verb>(...VERBS, 'touch', 'many', 'updateMany')
const PLANS = fc.record({
  ops: fc.array(fc.tuple(VERB, fc.constantFrom<Op[1]>(0, 1)), { minLength: 3, maxLength: 5 }),
  stored: fc.boolean(),
})
const CHOICES = fc.uint8Array({ minLength: 100, maxLength: 100 })

/**
 * Every list of so many operations, with and without something stored before. The wrappers are alike, so the first
 * operation is that of wrapper 0. In one process the wrapper matters to what shares flights alone: for three operations,
 * the others are all of wrapper 0.
 */
function plansOf(place: Place, length: 2 | 3): Plan[] {
  let lists: Op[][] = [[]]
  for (let i = 0; i < length; i++) {
    lists = lists.flatMap((list) =>
      VERBS.flatMap((verb) =>
        wrappersFor(place, list, verb, length).map((wrapper): Op[] => [...list, [verb, wrapper]]),
      ),
    )
  }
  return lists.flatMap((ops) => [false, true].map((stored) => ({ place, ops, stored })))
}

function wrappersFor(place: Place, before: readonly Op[], verb: Verb, length: number): readonly Op[1][] {
  if (length === 2 || place === 'two processes') return before.length === 0 ? [0] : [0, 1]
  const flies = (other: Verb) => other === 'call' || other === 'update'
  return flies(verb) && before.some(([other]) => flies(other)) ? [0, 1] : [0]
}

async function holds(plan: Plan, choose: Chooser): Promise<void> {
  const { violation, story } = await play(plan, choose)
  if (violation !== undefined) throw new Error(story)
}

/** The choices one after the other, then always the first of what is possible. */
function from(choices: Uint8Array): Chooser {
  let used = 0
  return (steps) => steps[(choices[used++] ?? 0) % steps.length]
}

const played = (all: readonly Explored[]) => all.reduce((sum, one) => sum + one.played, 0)
const violations = (all: readonly Explored[]) => all.flatMap((one) => [...one.violations.values()])
const endings = (one: Explored) => [[...one.outcomes].sort(), [...one.violations.keys()].sort()]

/** Jest's own console would add where it was called. */
function tell(line: string): void {
  process.stdout.write(`${line}\n`)
}
