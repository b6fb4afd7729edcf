/** Runs faults side by side, each on a server of its own, and looks at what this process has left of them all. */
import { setTimeout as sleep } from 'node:timers/promises'
import { eventually } from '../broken-store/support.js'
import { heapInUse, moreThan, resources } from './leftovers.js'
import { type LoadOptions, type Run, runFault } from './run.js'
import { idOf, type Scenario } from './scenario.js'

export interface Group {
  readonly runs: ReadonlyMap<string, Run>
  /** Handles and timers that keep the process alive, more than before. */
  readonly left: readonly string[]
  readonly warnings: readonly string[]
  /** Bytes, when what the runs recorded is counted out. */
  readonly heapGrowth: number
}

export async function runGroup(scenarios: readonly Scenario[], options: LoadOptions): Promise<Group> {
  const warnings: string[] = []
  const warn = (warning: Error): void => void warnings.push(`${warning.name}: ${warning.message}`)
  process.on('warning', warn)
  const before = resources()
  const heapBefore = heapInUse()
  const runs = await Promise.all(scenarios.map((one, i) => runFault(one, { ...options, seed: options.seed + i })))
  const left = await nothingMoreThan(before)
  process.off('warning', warn)
  return {
    runs: new Map(runs.map((run) => [idOf(run.scenario), run])),
    left,
    warnings,
    heapGrowth: heapInUse() - heapBefore,
  }
}

/** What ends takes the system a moment. */
async function nothingMoreThan(before: Record<string, number>): Promise<string[]> {
  let left: string[] = []
  await eventually(async () => {
    await sleep(20) // this timer is over when it is looked at
    left = moreThan(before)
    return left.length === 0
  }, 5_000).catch(() => {})
  return left
}
