/**
 * ringcache beside its limits and its peers, in one run: see bench/README.md.
 * `--full` measures longer. A word measures only what has an id that begins with it, and keeps nothing: `npm run bench -- memory-hit`.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startMemcached, startRedis } from '../spec/support/servers.js'
import { bulkScenarios } from './bulk.js'
import { coderScenarios } from './coders.js'
import { type Comparison, compare, PACES } from './compare.js'
import { countFigures } from './counts.js'
import { eventScenarios } from './events.js'
import { growths } from './growth.js'
import { heapFigures } from './heap.js'
import { keyScenarios } from './keys.js'
import { memcachedScenarios } from './memcached.js'
import { memoryGroups } from './memory.js'
import { redisScenarios } from './redis.js'
import { type Results, serialized, surroundings } from './results.js'
import type { Figure, Group, Growth } from './scenario.js'
import { stampedeFigures } from './stampede.js'
import { stampedeProcessFigures } from './stampede-processes.js'
import { startUpFigures } from './start-up.js'
import { syncScenarios } from './sync.js'
import { report } from './table.js'

const full = process.argv.includes('--full')
const [only = ''] = process.argv.slice(2).filter((word) => !word.startsWith('--'))
const mode = full ? 'full' : 'short'
const [redis, memcached] = await Promise.all([startRedis(), startMemcached()])

/** Opened one after the other: a group has left its store when the next one begins. Ids begin with what stands here. */
const groups: readonly (readonly [id: string, open: () => Promise<Group>])[] = [
  ...memoryGroups,
  ['sync', syncScenarios],
  ['key', keyScenarios],
  ['coder', coderScenarios],
  ['events', eventScenarios],
  ['redis', () => redisScenarios(redis.url)],
  ['memcached', () => memcachedScenarios(memcached.url)],
  ['bulk', () => bulkScenarios(redis.url)],
]
const figureSets: readonly [id: string, measure: () => Promise<Figure[]>][] = [
  ['stampede', () => stampedeFigures(redis.url, full)],
  ['stampede-processes', () => stampedeProcessFigures(redis.url, full)],
  ['counts', () => countFigures(redis.url, memcached.url)],
  ['heap', () => heapFigures(full)],
  ['start-up', () => startUpFigures(full)],
]
const growthSets: readonly [id: string, measure: () => Promise<Growth[]>][] = [
  ['growth', () => growths(redis.url, full)],
]

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

async function comparisonsOf(openers: typeof groups): Promise<Comparison[]> {
  const comparisons: Comparison[] = []
  for (const [id, open] of openers) {
    if (!id.startsWith(only) && !only.startsWith(id)) continue
    const { scenarios, close } = await open()
    for (const scenario of scenarios) {
      if (!scenario.id.startsWith(only) || !(full || scenario.short || only !== '')) continue
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
    if (!id.startsWith(only)) continue
    say(id)
    found.push(...(await measure()))
  }
  return found
}

function keep(results: Results): void {
  const folder = join(import.meta.dirname, 'results')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, `${mode}.json`), serialized(results))
}

function say(what: string): void {
  process.stderr.write(`${what} ...\n`)
}
