/** Which plans are played, and what is told of them. */
import fc from 'fast-check'
import type { Explored } from './explore.js'
import { type Chooser, type Place, type Plan, play } from './interleaving.js'
import type { Op, Verb, Window } from './world.js'

/** Repeats what was drawn. */
export const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31)
/** Whether all is played that there is, however long it takes. */
export const COMPLETE = process.env.TORTURE === '1'
/** How many plays with faults, and of more operations, are drawn. */
export const NUM_RUNS = COMPLETE ? 20_000 : 1_000
/** What takes seconds takes minutes on a machine that is busy. */
export const PATIENCE = COMPLETE ? 24 * 3_600_000 : 600_000

const VERBS: readonly Verb[] = ['call', 'get', 'set', 'update', 'delete']

const VERB = fc.constantFrom<Verb>(...VERBS, 'expire', 'touch', 'many', 'updateMany')
export const PLANS = fc.record({
  ops: fc.array(fc.tuple(VERB, fc.constantFrom<Op[1]>(0, 1)), { minLength: 3, maxLength: 5 }),
  stored: fc.constantFrom<Plan['stored']>(false, true, 'aged'),
  window: fc.constantFrom<Window>('none', 'stale', 'fallback'),
})
export const CHOICES = fc.uint8Array({ minLength: 100, maxLength: 100 })

/**
 * Every list of so many operations, with and without something stored before. The wrappers are alike, so the first
 * operation is that of wrapper 0. In one process the wrapper matters to what shares flights alone: for three operations,
 * the others are all of wrapper 0.
 */
export function plansOf(place: Place, length: 2 | 3): Plan[] {
  return listsOf(place, length, VERBS).flatMap((ops) => [false, true].map((stored) => ({ place, ops, stored })))
}

/**
 * The same with windows, as far as they matter: every list in which something is expired, or a call finds what was
 * stored, once its `ttl` has ended and once before.
 */
export function windowPlansOf(place: Place, length: 2 | 3): Plan[] {
  const lists = listsOf(place, length, [...VERBS, 'expire'])
  const has = (ops: readonly Op[], verb: Verb) => ops.some(([other]) => other === verb)
  return (['stale', 'fallback'] as const).flatMap((window) =>
    lists
      .filter((ops) => has(ops, 'call') || (has(ops, 'expire') && window === 'stale'))
      .flatMap((ops) =>
        (has(ops, 'expire') ? ([true, 'aged'] as const) : (['aged'] as const)).map((stored) => ({
          place,
          ops,
          stored,
          window,
        })),
      ),
  )
}

function listsOf(place: Place, length: 2 | 3, verbs: readonly Verb[]): Op[][] {
  let lists: Op[][] = [[]]
  for (let i = 0; i < length; i++) {
    lists = lists.flatMap((list) =>
      verbs.flatMap((verb) =>
        wrappersFor(place, list, verb, length).map((wrapper): Op[] => [...list, [verb, wrapper]]),
      ),
    )
  }
  return lists
}

function wrappersFor(place: Place, before: readonly Op[], verb: Verb, length: number): readonly Op[1][] {
  if (length === 2 || place === 'two processes') return before.length === 0 ? [0] : [0, 1]
  const flies = (other: Verb) => other === 'call' || other === 'update'
  return flies(verb) && before.some(([other]) => flies(other)) ? [0, 1] : [0]
}

export async function holds(plan: Plan, choose: Chooser): Promise<void> {
  const { violation, story } = await play(plan, choose)
  if (violation !== undefined) throw new Error(story)
}

/** The choices one after the other, then always the first of what is possible. */
export function from(choices: Uint8Array): Chooser {
  let used = 0
  return (steps) => steps[(choices[used++] ?? 0) % steps.length]
}

export const played = (all: readonly Explored[]) => all.reduce((sum, one) => sum + one.played, 0)
export const violations = (all: readonly Explored[]) => all.flatMap((one) => [...one.violations.values()])
export const endings = (one: Explored) => [[...one.outcomes].sort(), [...one.violations.keys()].sort()]

/** Jest's own console would add where it was called. */
export function tell(line: string): void {
  process.stdout.write(`${line}\n`)
}
