/** Plays every order that there is of a plan, or one of each kind. */
import { createStage, type Plan, type Played, play } from './interleaving.js'
import { commute, type Step } from './world.js'

export interface Explored {
  /** Orders that were played to their end, or to a promise that did not hold. */
  readonly played: number
  /** Orders that were left where all that could follow had been seen. */
  readonly left: number
  /** Whether there was nothing more to play. */
  readonly complete: boolean
  /** Every outcome, and every promise that did not hold with the first story of it. */
  readonly outcomes: ReadonlySet<string>
  readonly violations: ReadonlyMap<string, string>
}

/** Draws one of several. */
export type Draw = <T>(several: readonly T[]) => T | undefined

export type ExploreOptions =
  /** `reduced`: of orders that differ by steps that commute one is enough. No more orders than `most`. */
  | { readonly reduced: boolean; readonly most?: number }
  /** So many orders, each step of them drawn. */
  | { readonly draw: Draw; readonly most: number }

/** Where a play stood: what was possible, and which of that is to be tried there. */
interface Fork {
  readonly possible: string
  readonly asleep: readonly Step[]
  readonly awake: readonly Step[]
  at: number
}

export async function explore(plan: Plan, options: ExploreOptions): Promise<Explored> {
  const outcomes = new Set<string>()
  const violations = new Map<string, string>()
  const all = 'draw' in options ? drawnOrders(plan, options.draw, options.most) : everyOrder(plan, options.reduced)
  let played = 0
  let left = 0
  let complete = true
  for await (const { violation, outcome, story } of all) {
    if (violation === undefined && outcome === undefined) left += 1
    else played += 1
    if (outcome !== undefined) outcomes.add(outcome)
    if (violation !== undefined && !violations.has(violation)) violations.set(violation, story)
    complete = played !== options.most
    if (!complete) break
  }
  return { played, left, complete, outcomes, violations }
}

/** What is drawn is the same for the same seed. A linear congruential generator: its high bits are random enough. */
export function drawn(seed: number): Draw {
  let state = seed >>> 0
  return (several) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return several[Math.floor((state / 2 ** 32) * several.length)]
  }
}

async function* drawnOrders(plan: Plan, draw: Draw, count: number): AsyncGenerator<Played> {
  const stage = createStage(plan)
  for (let i = 0; i < count; i++) yield await play(plan, draw, stage)
}

/**
 * Depth first, each order played from its beginning: code cannot be set back. Reduced by sleep sets (Godefroid,
 * "Partial-Order Methods for the Verification of Concurrent Systems", 1996): what was tried at a fork sleeps in what
 * follows the other choices there, until a step comes that it does not commute with. That leaves out orders, but no state,
 * so whatever is to hold after each step is looked at in every state that there is; and of the orders that differ only by
 * steps that commute, one is played to its end.
 */
async function* everyOrder(plan: Plan, reduced: boolean): AsyncGenerator<Played> {
  const path: Fork[] = []
  const stage = createStage(plan)
  do {
    let depth = 0
    const choose = (possible: readonly Step[]): Step | undefined => {
      const names = possible.map(({ name }) => name).join('; ')
      const fork = path[depth] ?? forkAfter(path[depth - 1], possible, names, reduced)
      if (fork.awake.length === 0) return undefined
      if (fork.possible !== names) throw new Error(`not the same twice: ${fork.possible} / ${names}`)
      path[depth] = fork
      depth += 1
      const chosen = fork.awake[fork.at]?.name
      return possible.find(({ name }) => name === chosen)
    }
    yield await play(plan, choose, stage)
    for (let last = path.at(-1); last !== undefined; last = path.at(-1)) {
      last.at += 1
      if (last.at < last.awake.length) break
      path.pop()
    }
  } while (path.length > 0)
}

function forkAfter(before: Fork | undefined, possible: readonly Step[], names: string, reduced: boolean): Fork {
  const chosen = before?.awake[before.at]
  const tried = reduced && before !== undefined ? [...before.asleep, ...before.awake.slice(0, before.at)] : []
  const asleep = tried.filter((step) => chosen !== undefined && commute(step, chosen))
  const sleeping = new Set(asleep.map(({ name }) => name))
  return { possible: names, asleep, awake: possible.filter(({ name }) => !sleeping.has(name)), at: 0 }
}
