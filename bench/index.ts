/**
 * ringcache beside its limits and its peers, in one run: see bench/README.md.
 * `--full` measures longer, and writes `results/full.json` and the charts; a word measures only what has it in its id.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startMemcached, startRedis } from '../spec/support/servers.js'
import { writeCharts } from './charts.js'
import { coderScenarios } from './coders.js'
import { type Comparison, compare, PACES } from './compare.js'
import { eventScenarios } from './events.js'
import { keyScenarios } from './keys.js'
import { memoryScenarios } from './memory.js'
import { type Results, serialized, surroundings } from './results.js'
import type { Figure, Group, Growth } from './scenario.js'
import { stampedeFigures } from './stampede.js'
import { syncScenarios } from './sync.js'
import { report } from './table.js'

const full = process.argv.includes('--full')
const [only = ''] = process.argv.slice(2).filter((word) => !word.startsWith('--'))
const mode = full ? 'full' : 'short'
const [redis, memcached] = await Promise.all([startRedis(), startMemcached()])

/** Opened one after the other: a group has left its store when the next one begins. */
const groups: readonly (() => Promise<Group>)[] = [
  memoryScenarios,
  syncScenarios,
  keyScenarios,
  coderScenarios,
  eventScenarios,
]
const figureSets: readonly [id: string, measure: () => Promise<Figure[]>][] = [
  ['stampede', () => stampedeFigures(redis.url, full)],
]
const growthSets: readonly [id: string, measure: () => Promise<Growth[]>][] = []

try {
  const results: Results = {
    ...surroundings(mode),
    comparisons: await comparisonsOf(groups),
    figures: await all(figureSets),
    growths: await all(growthSets),
  }
  console.log(`\n${report(results)}`)
  if (only === '') keep(results)
} finally {
  await Promise.all([redis.stop(), memcached.stop()])
}

async function comparisonsOf(openers: readonly (() => Promise<Group>)[]): Promise<Comparison[]> {
  const comparisons: Comparison[] = []
  for (const open of openers) {
    const { scenarios, close } = await open()
    for (const scenario of scenarios) {
      if (!scenario.id.includes(only) || !(full || scenario.short)) continue
      say(scenario.name)
      comparisons.push(await compare(scenario, PACES[mode]))
    }
    await close()
  }
  return comparisons
}

async function all<T>(sets: readonly (readonly [id: string, measure: () => Promise<T[]>])[]): Promise<T[]> {
  const found: T[] = []
  for (const [id, measure] of sets) {
    if (!id.includes(only)) continue
    say(id)
    found.push(...(await measure()))
  }
  return found
}

function keep(results: Results): void {
  const folder = join(import.meta.dirname, 'results')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, `${mode}.json`), serialized(results))
  if (full) writeCharts(results)
}

function say(what: string): void {
  process.stderr.write(`${what} ...\n`)
}
