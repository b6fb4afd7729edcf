/**
 * `npm run faults [seed]`: all faults of spec/faults under more load than in the specs, one group after the other. Writes
 * docs/faults.json, and the table in README.md that is made of it.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import './typescript.mjs'
import { ensureServers } from './ensure-servers.mjs'

const seed = Number(process.argv[2] ?? Date.now() % 1_000_000)
const load = { rate: 100, before: 2_000, during: 5_000, after: 3_000, storeTimeout: 1_000, patience: 1_000 }

ensureServers()
const { runInChild } = await import('../spec/faults/child.ts')
const { groups } = await import('../spec/faults/scenarios.ts')
const { markdownOf, rowsOf, withTable } = await import('../spec/faults/table.ts')

console.log(`seed ${seed}`)
const measured = []
for (const group of Object.keys(groups)) {
  const begin = performance.now()
  measured.push(await runInChild({ ...load, group, seed }))
  console.log(`${group}: ${((performance.now() - begin) / 1000).toFixed(0)} s`)
}

const table = {
  made: {
    node: process.versions.node,
    redis: versionOf('redis-server'),
    memcached: versionOf('memcached'),
    seed,
    operationsPerSecond: load.rate,
    faultLasted: load.during,
    storeTimeout: load.storeTimeout,
  },
  rows: rowsOf(measured),
}
const root = resolve(import.meta.dirname, '..')
const document = `${root}/README.md`
writeFileSync(`${root}/docs/faults.json`, `${JSON.stringify(table, null, 2)}\n`)
writeFileSync(document, withTable(readFileSync(document, 'utf8'), table))
console.log(`\n${markdownOf(table)}`)

function versionOf(server) {
  return /\d+\.\d+\.\d+/.exec(execFileSync(server, ['--version'], { encoding: 'utf8' }))?.[0]
}
