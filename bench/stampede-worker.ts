/** One of the processes that ask for a cold key: `stampede-worker.ts <redis url>`. It does what its parent sends. */
import { setTimeout as sleep } from 'node:timers/promises'
import { cached } from 'ringcache'
import { redis } from 'ringcache/redis'
import { type Product, product } from './fixture.js'
import { OURS } from './hits.js'
import { openersOverRedis, type Peer } from './peers/over-servers.js'

/** Asks one contestant for one key, many times at once. */
export interface Ask {
  readonly contestant: string
  readonly id: number
  readonly calls: number
}

/** What became of it in this process. */
export interface Answered {
  /** How often the function ran. */
  readonly runs: number
  /** Milliseconds from the first call to the last answer. */
  readonly took: number
  /** Milliseconds of the longest run here; 0 if it did not run here. */
  readonly ran: number
}

const FUNCTION_MS = 50

let runs = 0
let ran = 0

const contestants = new Map<string, Peer>()
const [url = ''] = process.argv.slice(2)
for (const open of [ringcache, ...openersOverRedis(url)]) {
  const peer = await open(load)
  contestants.set(peer.name, peer)
}

process.on('message', async (ask: Ask) => process.send?.(await answered(ask)))
process.once('disconnect', () => process.exit())
process.send?.([...contestants.keys()])

async function ringcache(run: (id: number) => Promise<Product>): Promise<Peer> {
  const find = cached(run, { store: redis(url), coder: 'json', keyPrefix: 'stampede' })
  return { name: OURS, get: (id) => find(id), close: () => find.storage.backend.disconnect() }
}

async function load(id: number): Promise<Product> {
  runs++
  const began = performance.now()
  await sleep(FUNCTION_MS)
  ran = Math.max(ran, performance.now() - began)
  return product(id)
}

async function answered({ contestant, id, calls }: Ask): Promise<Answered> {
  const peer = contestants.get(contestant)
  if (peer === undefined) throw new Error(`no such contestant: ${contestant}`)
  runs = 0
  ran = 0
  const began = performance.now()
  await Promise.all(Array.from({ length: calls }, () => peer.get(id)))
  return { runs, took: performance.now() - began, ran }
}
