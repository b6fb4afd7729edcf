/** Plays every order that there is of a plan, or one of each kind. */
import { type Plan, type Played, play } from './interleaving.js'
import { commute, type Step } from './world.js'

export interface Explored {
  /** Orders that were played to their end, or to a promise that did not hold. */
  readonly played: number
  /** Orders that were left where all that could follow had been seen. */
  readonly left: number
  /** Every outcome, and every promise that did not hold with the first story of it. */
  readonly outcomes: ReadonlySet<string>
  readonly violations: ReadonlyMap<string, string>
}

export interface ExploreOptions {
  /** Whether of orders that differ by steps that commute one is enough. */
  readonly reduced: boolean
  /** No more orders than this. */
  readonly most?: number
}

/** Where a play stood: what was possible, and which of that is to be tried there. */
interface Fork {
  readonly possible: string
  readonly asleep: readonly Step[]
  readonly awake: readonly Step[]
  at: number
}

/**
 * Depth first, each order played from its beginning: code cannot be set back. Reduced by sleep sets (Godefroid, "Partial-Order
 * Methods for the Verification of Concurrent Systems", 1996): what was tried at a fork sleeps in what follows the other
 * choices there, until a step comes that it does not commute with. That leaves out orders, but no state, so whatever is to hold
 * after each step is looked at in every state that there is; and of the orders that differ only by steps that commute, one
 * is played to its end.
 */
export async function explore(plan: Plan, { reduced, most = Number.POSITIVE_INFINITY }: ExploreOptions): Promise<Explored> {
  const path: Fork[] = []
  const outcomes = new Set<string>()
  const violations = new Map<string, string>()
  let played = 0
  let left = 0
  const isDone = () => path.length === 0
  do {
    let depth = 0
    const told = await play(plan, (possible) => {
      const names = possible.map(({ name }) => name).join('; ')
      let fork = path[depth]
      if (fork === undefined) {
        fork = forkAfter(path[depth - 1], possible, names, reduced)
        if (fork.awake.length === 0) return undefined
        path.push(fork)
      }
      if (fork.possible !== names) throw new Error(`not the same twice: ${fork.possible} / ${names}`)
      depth += 1
      const chosen = fork.awake[fork.at]?.name
      return possible.find(({ name }) => name === chosen)
    })
    note(told)
    for (let last = path.at(-1); last !== undefined; last = path.at(-1)) {
      last.at += 1
      if (last.at < last.awake.length) break
      path.pop()
    }
  } while (!isDone() && played < most)
  return { played, left, outcomes, violations }

  function note({ violation, outcome, story }: Played): void {
    if (violation === undefined && outcome === undefined) left += 1
    else played += 1
    if (outcome !== undefined) outcomes.add(outcome)
    if (violation !== undefined && !violations.has(violation)) violations.set(violation, story)
  }
}

function forkAfter(before: Fork | undefined, possible: readonly Step[], names: string, reduced: boolean): Fork {
  const chosen = before?.awake[before.at]
  const tried = reduced && before !== undefined ? [...before.asleep, ...before.awake.slice(0, before.at)] : []
  const asleep = tried.filter((step) => chosen !== undefined && commute(step, chosen))
  const sleeping = new Set(asleep.map(({ name }) => name))
  return { possible: names, asleep, awake: possible.filter(({ name }) => !sleeping.has(name)), at: 0 }
}
