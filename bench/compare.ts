/** All contestants of a scenario, measured in turns: what a noisy machine does, it does to all of them. */
import type { Contestant, Runner, Scenario } from './scenario.js'
import { median, type Quartiles, quartiles, ratios } from './statistics.js'
import { type Verdict, verdictsOf } from './verdicts.js'

/** How long it is measured. Times are milliseconds. */
export interface Pace {
  readonly rounds: number
  /** What of a round counts. */
  readonly roundTime: number
  /** How long each contestant runs before the first round, which also says how many operations make one. */
  readonly warmUp: number
}

export const PACES = {
  short: { rounds: 5, roundTime: 60, warmUp: 500 },
  full: { rounds: 9, roundTime: 90, warmUp: 600 },
} as const satisfies Record<string, Pace>

/** What one contestant did. */
export interface Measured {
  readonly name: string
  readonly role: 'ours' | 'limit' | 'peer'
  /** The median of the rounds; seconds of the processor where nothing waits. */
  readonly perSecond: number
  /** Ours by this one, of the same round: above 1, ours is faster. */
  readonly ratio: Quartiles
}

/** What a scenario gave, as it is kept in `results/`. */
export interface Comparison {
  readonly id: string
  readonly name: string
  readonly group: string
  readonly contestants: readonly Measured[]
  readonly verdicts: readonly Verdict[]
}

/** Milliseconds since some moment. */
type Clock = () => number

/** What waits for a server: all else is as long as it computes. */
const WAITING: readonly Scenario['group'][] = ['redis', 'memcached', 'bulk', 'stampede']

/** Processor time stands still while the machine does something else. */
function clockOf({ group }: Scenario): Clock {
  if (WAITING.includes(group)) return () => performance.now()
  return () => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1_000
  }
}

export async function compare(scenario: Scenario, pace: Pace): Promise<Comparison> {
  const { id, name, group, size = 1 } = scenario
  const contestants = [scenario.ours, ...scenario.limits, ...scenario.peers]
  const rates = await measureInTurns(contestants, pace, clockOf(scenario))
  const measured = contestants.map((contestant, i): Measured => {
    const own = rates[i] ?? []
    return {
      name: contestant.name,
      role: roleOf(scenario, contestant),
      perSecond: median(own) * size,
      ratio: quartiles(ratios(rates[0] ?? [], own)),
    }
  })
  return { id, name, group, contestants: measured, verdicts: verdictsOf(scenario.targets, measured) }
}

function roleOf({ ours, limits }: Scenario, contestant: Contestant): Measured['role'] {
  if (contestant === ours) return 'ours'
  return limits.includes(contestant) ? 'limit' : 'peer'
}

/** For each contestant its operations per second in each round. Each round begins with the one that was second in the last. */
async function measureInTurns(contestants: readonly Contestant[], pace: Pace, clock: Clock): Promise<number[][]> {
  const all: { run: Runner; times: number; rates: number[] }[] = []
  for (const { run } of contestants) all.push({ run, times: await timesPerRound(run, pace, clock), rates: [] })
  for (let round = 0; round < pace.rounds; round++) {
    const first = round % all.length
    for (const one of [...all.slice(first), ...all.slice(0, first)]) {
      const rate = await measure(one.run, one.times, clock)
      one.rates.push(rate)
      one.times = timesAt(rate, pace)
    }
  }
  return all.map(({ rates }) => rates)
}

/** How many operations make the first round, as fast as they are at the end of the warm-up. */
async function timesPerRound(run: Runner, pace: Pace, clock: Clock): Promise<number> {
  const started = clock()
  let times = 1
  let perSecond = 0
  while (clock() - started < pace.warmUp) {
    const taken = await timeOf(run, times, clock)
    // What is too short for the clock says nothing.
    if (taken > 0) perSecond = (times / taken) * 1_000
    if (taken < pace.roundTime / 2) times *= 2
  }
  return timesAt(perSecond, pace)
}

/** How many operations make a round of the wanted length. */
const timesAt = (perSecond: number, { roundTime }: Pace): number =>
  Math.max(1, Math.ceil((perSecond * roundTime) / 1_000))

/**
 * Operations per second in one round, which begins with a clean heap. A full collection makes V8 forget code that it has
 * optimized, so that a lead-in as long as the round comes first.
 */
async function measure(run: Runner, times: number, clock: Clock): Promise<number> {
  globalThis.gc?.()
  await run(times)
  return (times / (await timeOf(run, times, clock))) * 1_000
}

async function timeOf(run: Runner, times: number, clock: Clock): Promise<number> {
  const started = clock()
  await run(times)
  return clock() - started
}
