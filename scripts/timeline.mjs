/** `npm run timeline`: draws docs/timeline.svg, what a call gets at each moment of an entry's life, from lib/freshness.ts. */
import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import './typescript.mjs'

const { drawing } = await import('../spec/timeline/drawing.ts')
const file = resolve(import.meta.dirname, '../docs/timeline.svg')
writeFileSync(file, drawing())
console.log(file)
