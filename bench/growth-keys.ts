/** What keys in Redis cost that nobody asks for, and what is kept here of those that were. It has a server of its own. */
import { freemem } from 'node:os'
import { createClient } from '@keyv/redis'
import { cached } from 'ringcache'
import { redis } from 'ringcache/redis'
import { startRedis } from '../spec/support/servers.js'
import { numbered } from './fixture.js'
import { grown, growthOf, passing, type Step } from './grown.js'
import type { Growth } from './scenario.js'

const SIZES = [10, 100, 1_000, 10_000, 100_000]
const MILLION = 1_000_000
const MOST = 10_000_000
/** What Redis takes for ten million of the small entries that it makes itself, and as much again to be safe. */
const BYTES_FOR_MOST = 3_000_000_000
/** How many keys one bulk read has. */
const BULK = 1_000

const PREFIX = 'growth'

type Point = Growth['points'][number]

export async function keyGrowths(full: boolean, rounds: number): Promise<Growth[]> {
  const isRoomy = freemem() > BYTES_FOR_MOST
  const more = isRoomy ? [MILLION, MOST] : [MILLION]
  const sizes = full ? [...SIZES, ...more] : SIZES
  const shortened = full && !isRoomy ? ' (ends at 1 million: no memory for 10 million)' : ''
  const server = await startRedis({ args: ['--enable-debug-command', 'local'] })
  try {
    const ours: Point[] = []
    const byHand: Point[] = []
    const heap: Point[] = []
    for (const size of sizes) {
      await populate(server.url, size)
      const measured = await measure(server.url, size, rounds)
      ours.push({ size, cost: measured.ours })
      byHand.push({ size, cost: measured.byHand })
      if (size <= MILLION) heap.push({ size, cost: await heapAfter(server.url, size) })
    }
    return [
      growthOf({ id: 'growth-keys', name: `Redis hit: keys in Redis${shortened}`, unit: 'µs' }, ours),
      growthOf(
        { id: 'growth-keys-by-hand', name: `GET by @redis/client: keys in Redis${shortened}`, unit: 'µs' },
        byHand,
      ),
      growthOf({ id: 'growth-keys-heap', name: 'our heap: keys that were read from Redis', unit: 'MB' }, heap),
    ]
  } finally {
    await server.stop()
  }
}

/** `growth:0` and so on, each with a text; those that are there stay. */
async function populate(url: string, size: number): Promise<void> {
  const client = createClient({ url })
  await client.connect()
  await client.sendCommand(['DEBUG', 'POPULATE', String(size), PREFIX])
  await client.close()
}

/** Microseconds for a hit on any of the keys. */
async function measure(url: string, size: number, rounds: number): Promise<{ ours: number; byHand: number }> {
  const client = createClient({ url })
  await client.connect()
  const text = textOn(url)
  let next = 0
  // All over the keys, in an order without a pattern that is the same in every run.
  const any = (): number => (next++ * 7_368_787) % size
  const steps = [() => text(any()), () => client.get(keyOf(any()))].map(
    (read): Step => ({
      size,
      run: async (times) => {
        for (let i = 0; i < times; i++) await read()
      },
    }),
  )
  const { points } = await grown({ id: PREFIX, name: PREFIX }, steps, rounds, passing)
  await Promise.all([client.close(), text.storage.backend.disconnect()])
  const [ours = Number.NaN, byHand = Number.NaN] = points.map(({ cost }) => cost)
  return { ours, byHand }
}

/** Megabytes, when the same function has read every key once. */
async function heapAfter(url: string, size: number): Promise<number> {
  const text = textOn(url)
  for (let first = 0; first < size; first += BULK) {
    await text.getMany(...numbered(Math.min(BULK, size - first)).map((n): [number] => [first + n]))
  }
  globalThis.gc?.()
  const { heapUsed } = process.memoryUsage()
  await text.storage.backend.disconnect()
  return heapUsed / 1_000_000
}

/** What reads texts that Redis made itself. */
function textOn(url: string) {
  return cached(missed, {
    store: redis(url),
    key: keyOf,
    keyPrefix: PREFIX,
    coder: [(value: string) => value, (stored: string) => stored],
  })
}

const keyOf = (n: number): string => `${PREFIX}:${n}`

async function missed(n: number): Promise<string> {
  throw new Error(`only hits are measured, and ${n} was missed`)
}
