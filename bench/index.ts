/** Hits of ringcache beside the fastest that the same store allows, in one run: see bench/README.md. */
import { startMemcached, startRedis } from '../spec/support/servers.js'
import { compare, type Result } from './compare.js'
import { memoryScenarios } from './memory.js'
import { syncScenarios } from './sync.js'
import { table } from './table.js'

const [redis, memcached] = await Promise.all([startRedis(), startMemcached()])
try {
  const results: Result[] = []
  const groups = [syncScenarios, memoryScenarios]
  for (const open of groups) {
    const { scenarios, close } = await open()
    for (const scenario of scenarios) {
      process.stderr.write(`${scenario.name} ...\n`)
      results.push(await compare(scenario))
    }
    await close()
  }
  console.log(
    `\nNode ${process.version}. Ratio: ours / limit in neighbouring rounds, the median; spread: its quartiles.\n`,
  )
  console.log(table(results))
} finally {
  await Promise.all([redis.stop(), memcached.stop()])
}
