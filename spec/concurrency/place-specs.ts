/** What holds of the order of operations on one key, wherever they are played. */
import { afterEach, beforeEach, expect, it, jest } from '@jest/globals'
import fc from 'fast-check'
import { drawn, type Explored, explore } from './explore.js'
import type { Place, Plan } from './interleaving.js'
import {
  CHOICES,
  COMPLETE,
  endings,
  from,
  holds,
  NUM_RUNS,
  PATIENCE,
  PLANS,
  plansOf,
  played,
  SEED,
  tell,
  violations,
  windowPlansOf,
} from './plans.js'

/** How many orders of each three operations are drawn, */
const DRAWN = 3
/** and of how many three operations every order is played, up to so many of each. */
const [DRAWN_PLANS, MOST] = [6, 200]
/** With windows, of how many three operations orders are drawn. */
const DRAWN_WINDOWS = 100
/** Above this many orders of two operations, it is not looked whether what is left out ends otherwise. */
const MOST_TO_COMPARE = COMPLETE ? 100_000 : 200

/** Time passes in these specs when they say so. */
export function stopTime(): void {
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] })
  })
  afterEach(() => {
    jest.useRealTimers()
  })
}

/** `threeInFull`: every order of three operations is played, not a drawn part of them. */
export function specsOf(place: Place, { threeInFull }: { threeInFull: boolean }): void {
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
    `holds in ${threeInFull ? 'every order' : 'drawn orders'} of every three operations`,
    async () => {
      const plans = plansOf(place, 3)
      const explored: Explored[] = []

      if (threeInFull) {
        for (const [i, plan] of plans.entries()) {
          explored.push(await explore(plan, { reduced: true }))
          if (COMPLETE && i % 20 === 19) tell(`${place}: ${played(explored)} orders of ${i + 1} plans so far`)
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
    'holds with windows in every order of every two operations, and in drawn orders of three',
    async () => {
      const [two, three] = [windowPlansOf(place, 2), windowPlansOf(place, 3)]
      const draw = drawn(SEED)
      const explored: Explored[] = []
      const drawnPlans = COMPLETE ? three : Array.from({ length: DRAWN_WINDOWS }, () => draw(three) as Plan) // there are plans

      for (const plan of two) explored.push(await explore(plan, { reduced: true }))
      for (const plan of drawnPlans)
        explored.push(await explore(plan, COMPLETE ? { reduced: true, most: MOST } : { draw, most: DRAWN }))

      tell(
        `${place} with windows: ${two.length} plans of two, ${drawnPlans.length} of three operations, ${played(explored)} orders (SEED=${SEED})`,
      )
      expect(violations(explored)).toEqual([])
    },
    PATIENCE,
  )

  it(
    'holds in any order of three to five operations',
    async () => {
      await fc.assert(
        fc.asyncProperty(PLANS, CHOICES, (plan, choices) => holds({ ...plan, place }, from(choices))),
        { numRuns: NUM_RUNS, seed: SEED },
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
        { numRuns: NUM_RUNS, seed: SEED },
      )
    },
    PATIENCE,
  )
}
