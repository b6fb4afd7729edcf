/** Measures the same at several sizes, in turns, and says how its cost grows. */
import type { Growth } from './scenario.js'
import { slope } from './statistics.js'

/** One size, and how to measure at it. */
export interface Step {
  readonly size: number
  /** How many results one of the times of `run` gives; default: 1. */
  readonly results?: number
  /** How many times are measured in one go at most. */
  readonly most?: number
  /** Makes ready what so many times need, while no clock runs. */
  prepare?(times: number): void
  run(times: number): Promise<unknown>
}

/** Milliseconds since some moment. */
export type Clock = () => number

/** For what waits for a server. */
export const passing: Clock = () => performance.now()

/** For what only computes: it stands still while the machine does something else. */
export const computing: Clock = () => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}

const ROUND_MS = 50
const WARM_UP_MS = 150

/** Microseconds for each result: the fastest of rounds, each of which has every size. What else the machine does only adds. */
export async function grown(
  about: Pick<Growth, 'id' | 'name'>,
  steps: readonly Step[],
  rounds: number,
  clock: Clock,
): Promise<Growth> {
  for (const step of steps) await timesPerRound(step, clock) // the first to run would be measured cold
  const measured = []
  for (const step of steps) measured.push({ step, times: await timesPerRound(step, clock), costs: [] as number[] })
  for (let round = 0; round < rounds; round++) {
    for (const { step, times, costs } of measured) {
      globalThis.gc?.()
      await took(step, Math.ceil(times / 3), clock) // a collection also drops compiled code
      costs.push((1_000 * (await took(step, times, clock))) / times / (step.results ?? 1))
    }
  }
  return growthOf(
    { ...about, unit: 'µs' },
    measured.map(({ step, costs }) => ({ size: step.size, cost: Math.min(...costs) })),
  )
}

export function growthOf(about: Pick<Growth, 'id' | 'name' | 'unit'>, points: Growth['points']): Growth {
  return { ...about, points, slope: slope(points) }
}

async function timesPerRound(step: Step, clock: Clock): Promise<number> {
  const { most = Number.POSITIVE_INFINITY } = step
  const started = performance.now()
  let times = 1
  let each = 0
  do {
    const ms = await took(step, times, clock)
    each = ms / times
    if (ms < ROUND_MS / 2) times = Math.min(times * 2, most)
  } while (performance.now() - started < WARM_UP_MS)
  return Math.max(1, Math.min(Math.ceil(ROUND_MS / each), most))
}

/** Milliseconds. */
async function took(step: Step, times: number, clock: Clock): Promise<number> {
  step.prepare?.(times)
  const started = clock()
  await step.run(times)
  return clock() - started
}
