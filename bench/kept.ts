/** What this process keeps of keys that it has read from Redis: nothing, once nothing is in flight. */
import { createClient } from '@keyv/redis'
import { cached } from 'ringcache'
import { redis } from 'ringcache/redis'
import { numbered } from './fixture.js'
import { OURS } from './hits.js'
import type { Figure } from './scenario.js'

const KEYS = 100_000
/** How many keys one command has. */
const BULK = 1_000
/** Read before anything is counted: what is made once for all is no part of a key. */
const REHEARSAL = 20_000

export async function keptFigure(redisUrl: string): Promise<Figure> {
  const client = createClient({ url: redisUrl })
  await client.connect()
  const find = cached(missed, { store: redis(redisUrl), coder: 'json', keyPrefix: 'kept' })
  const read = async (from: number, to: number): Promise<void> => {
    for (let first = from; first < to; first += BULK) {
      await find.getMany(...numbered(BULK).map((n): [number] => [first + n]))
      await find(first)
    }
  }
  for (let first = 0; first < KEYS; first += BULK) {
    await client.mSet(numbered(BULK).map((n): [string, string] => [find.key(first + n), JSON.stringify(first + n)]))
  }
  await read(0, REHEARSAL)
  const before = held()
  await read(REHEARSAL, KEYS)
  const kept = held() - before
  await Promise.all([client.close(), find.storage.backend.disconnect()])
  return {
    id: 'kept-redis',
    name: 'heap that is kept of a key that was read from Redis',
    group: 'counts',
    unit: 'bytes',
    values: [{ name: OURS, value: Math.max(0, kept / (KEYS - REHEARSAL)) }],
    target: { of: OURS, atMost: 4 }, // less than a pointer: what else the process does moves it by that
  }
}

function held(): number {
  globalThis.gc?.()
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}

async function missed(n: number): Promise<number> {
  throw new Error(`only hits are measured, and ${n} was missed`)
}
