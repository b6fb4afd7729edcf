/** Two ways of doing the same, measured in turns: what a noisy machine does, it does to both. */

/** Runs an operation so many times. */
export type Runner = (times: number) => Promise<void>

/** What is measured, and what against. */
export interface Scenario {
  readonly name: string
  /** What the limit does for each operation. */
  readonly against: string
  /** How many results one operation gives. */
  readonly size?: number
  /** The ratio that the project promises, where it promises one. */
  readonly aim?: number
  readonly limit: Runner
  readonly ours: Runner
}

/** Scenarios on one store, and how to leave it. */
export interface Group {
  readonly scenarios: readonly Scenario[]
  close(): Promise<void>
}

export interface Result {
  readonly scenario: Scenario
  /** Medians, in results per second. */
  readonly limit: number
  readonly ours: number
  /** Lower quartile, median and upper quartile of ours / limit, of neighbouring rounds. */
  readonly ratio: readonly [number, number, number]
}

const ROUNDS = 15
const ROUND_MS = 150
/** A full collection also makes V8 forget compiled code: each round begins with some work that is not counted. */
const LEAD_IN = 0.3
const WARM_UP_MS = 1_000

export async function compare(scenario: Scenario): Promise<Result> {
  const limitTimes = await timesPerRound(scenario.limit)
  const ourTimes = await timesPerRound(scenario.ours)
  const limits: number[] = []
  const ours: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    limits.push(await measure(scenario.limit, limitTimes))
    ours.push(await measure(scenario.ours, ourTimes))
  }
  const size = scenario.size ?? 1
  const ratios = ours.map((our, i) => our / (limits[i] ?? Number.NaN))
  return {
    scenario,
    limit: quantile(limits, 0.5) * size,
    ours: quantile(ours, 0.5) * size,
    ratio: [quantile(ratios, 0.25), quantile(ratios, 0.5), quantile(ratios, 0.75)],
  }
}

/** How many operations make a round, from the end of the warm-up. */
async function timesPerRound(run: Runner): Promise<number> {
  const started = performance.now()
  let times = 1
  let perSecond = 0
  while (performance.now() - started < WARM_UP_MS) {
    perSecond = await rate(run, times)
    if (times / perSecond < ROUND_MS / 2_000) times *= 2
  }
  return Math.ceil((perSecond * ROUND_MS) / 1_000)
}

/** Operations per second in one round, which begins with a clean heap. */
async function measure(run: Runner, times: number): Promise<number> {
  globalThis.gc?.()
  await run(Math.ceil(times * LEAD_IN))
  return rate(run, times)
}

async function rate(run: Runner, times: number): Promise<number> {
  const started = performance.now()
  await run(times)
  return times / ((performance.now() - started) / 1_000)
}

function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.round((sorted.length - 1) * q)] ?? Number.NaN
}
