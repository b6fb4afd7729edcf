/** `npm run bench:charts`: draws bench/results/*.svg from bench/results/full.json. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import './typescript.mjs'

const { chartsOf } = await import('../bench/charts.ts')
const folder = resolve(import.meta.dirname, '../bench/results')
const results = JSON.parse(readFileSync(join(folder, 'full.json'), 'utf8'))
for (const name of readdirSync(folder)) if (name.endsWith('.svg')) rmSync(join(folder, name))
for (const { file, svg } of chartsOf(results)) {
  writeFileSync(join(folder, file), svg)
  console.log(join(folder, file))
}
