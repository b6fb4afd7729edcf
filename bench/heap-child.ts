/** Fills one cache and says what an entry takes: `heap-child.ts <store> <kind of value> <entries>`, with `--expose-gc`. */
import { stores } from './heap-stores.js'

/** Bytes of memory for each entry. */
export interface EntryBytes {
  /** When each call has stored its entry. */
  readonly filled: number
  /** When each entry was hit once more. */
  readonly hit: number
}

const VALUES: Readonly<Record<string, (n: number) => unknown>> = {
  object: (n) => ({ id: n, name: 'somebody', active: true }),
  number: (n) => n,
}

const [name = '', kind = '', count] = process.argv.slice(2)
const entries = Number(count)
const open = stores[name]
const make = VALUES[kind]
if (open === undefined || make === undefined) throw new Error(`no such store or value: ${name}, ${kind}`)

let runs = 0
const load = (n: number): unknown => {
  runs++
  return make(n)
}

// What the first calls make once for all is no part of an entry.
const rehearsal = await open(load, 100)
for (let n = 0; n < 100; n++) await rehearsal(n)

const before = held()
const cache = await open(load, entries)
for (let n = 0; n < entries; n++) await cache(n)
const filled = (held() - before) / entries
runs = 0
for (let n = 0; n < entries; n++) await cache(n)
const hit = (held() - before) / entries
// A key of 32 bits, as one peer makes it, has two calls now and then.
if (runs > entries / 1_000) throw new Error(`${name} kept ${entries - runs} of ${entries} entries`)
console.log(JSON.stringify({ filled, hit } satisfies EntryBytes))
await cache(0) // so that it is there until now

/** Bytes on V8's heap, and those of typed arrays beside it, of all that is still in use. */
function held(): number {
  globalThis.gc?.()
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
