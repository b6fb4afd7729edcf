/** Runs faults side by side, each on a server of its own, and looks at what this process has left of them all. */
import { heapInUse, moreThan, resources } from './leftovers.js'
import { poll } from './poll.js'
import { type LoadOptions, type Run, runFault } from './run.js'
import { type GroupName, groups } from './scenarios.js'

export interface GroupOptions extends LoadOptions {
  readonly group: GroupName
  /** Of the scenarios in which the store answers at all, in place of `storeTimeout`. */
  readonly patience: number
}

export interface Group {
  readonly runs: readonly Run[]
  /** Handles and timers that keep the process alive, more than before. */
  readonly left: readonly string[]
  readonly warnings: readonly string[]
  /** Bytes. */
  readonly heapGrowth: number
}

/** Options that were made text for the program. */
export function groupOptions(json: string): GroupOptions {
  return JSON.parse(json)
}

export async function runGroup({ group, patience, ...options }: GroupOptions): Promise<Group> {
  const warnings: string[] = []
  process.on('warning', ({ name, message }) => warnings.push(`${name}: ${message}`))
  const before = resources()
  const heapBefore = await heapInUse()
  const runs = await Promise.all(
    groups[group].map((scenario, i) =>
      runFault(scenario, {
        ...options,
        seed: options.seed + i,
        storeTimeout: scenario.promised.stalls ? options.storeTimeout : patience,
      }),
    ),
  )
  const left = await nothingMoreThan(before)
  return { runs, left, warnings, heapGrowth: (await heapInUse()) - heapBefore }
}

/** What ends takes the system a moment. */
async function nothingMoreThan(before: Record<string, number>): Promise<string[]> {
  let left: string[] = []
  await poll(() => {
    left = moreThan(before)
    return left.length === 0
  }, 5_000).catch(() => {})
  return left
}
