/** A program that wraps a function again and again, and prints how much of the heap that has cost, and who is left. */
import { setImmediate, setTimeout } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { cached, doctor } from '../../lib/index.js'

setFlagsFromString('--expose-gc')
const gc: () => void = runInNewContext('gc')

/** Finalizers run in tasks of their own. */
async function heap(): Promise<number> {
  for (let i = 0; i < 5; i++) {
    gc()
    await setTimeout(5)
  }
  return process.memoryUsage().heapUsed
}

const store = new Map()
async function wrapMany(count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    cached(async () => i, { store, keyPrefix: i % 2 ? `own.${i}` : 'shared', overload: true })
    if (i % 50 === 0) await setImmediate() // as many requests would
  }
}

await wrapMany(2_000)
const before = await heap()
const count = 20_000
await wrapMany(count)
const bytesEach = ((await heap()) - before) / count
console.log(JSON.stringify({ bytesEach, left: doctor().functions.length }))
