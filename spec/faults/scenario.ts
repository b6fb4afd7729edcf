/** What a fault is, and what is promised while it lasts. */
import KeyvRedis from '@keyv/redis'
import { memcache } from '../../lib/memcache.js'
import { redis } from '../../lib/redis.js'
import type { Line } from '../broken-store/line.js'
import type { TestServer } from '../support/server-process.js'
import type { Failure } from './failure.js'

export interface Scenario {
  /** The row of the table. */
  readonly name: string
  readonly store: 'redis' | 'memcached'
  readonly client: keyof typeof clients
  /** More arguments for the server. */
  readonly args?: readonly string[]
  /** Whether the client is on the line; else it is on the server itself. */
  readonly byLine?: boolean
  /** Done before the load begins. */
  prepare?(place: Place): Promise<void>
  /** Begins the fault, and gives when it really has begun. */
  inject(place: Place): Promise<void>
  /** Ends it. Throws where it has not been what it was meant to be. */
  heal(place: Place): Promise<void>
  readonly promised: Promised
}

/** What a scenario can break. */
export interface Place {
  readonly server: TestServer
  readonly line: Line
  /** How large the values of a key are from now on. */
  pad(bytesOf: (key: string) => number): void
  readonly random: () => number
  /** The keys in the store that are read and written most. */
  readonly keys: readonly string[]
  /** Servers beside, to be stopped at the end. */
  readonly beside: TestServer[]
  /** Does it now and again and again, until `rest`. */
  repeat(every: number, act: () => unknown): void
  rest(): Promise<void>
}

/** While the fault lasts, but for its first second: all succeed, all reject, or either. */
export type Fate = 'work' | 'fail' | 'may fail'

export interface Promised {
  /** `get`, `getMany`, `has`. */
  readonly reads: Fate
  /** `set`, `update`. */
  readonly writes: Fate
  /** `delete`, `deleteMany`, `touch`. */
  readonly removes: Fate
  /** What errors and events say, and at least one of them does. Empty: nothing fails. */
  readonly failures: readonly Failure[]
  /** What the message of a rejection says, where it is told apart. */
  readonly says?: RegExp
  /** Whether what was stored before is found all the while. */
  readonly keeps: boolean
  /** Whether calls wait for the store, up to `storeTimeout`, while the fault lasts. */
  readonly stalls: boolean
  /** Milliseconds from the end of the fault to the first hit of what was stored after it. */
  readonly recovery: number
}

/** The store cannot be used at all. */
export const AWAY: Promised = {
  reads: 'fail',
  writes: 'fail',
  removes: 'fail',
  failures: ['timeout', 'connection'],
  keeps: false,
  stalls: true,
  recovery: 10_000,
}

/** It can be used now and then. */
export const SHAKY: Promised = { ...AWAY, reads: 'may fail', writes: 'may fail', removes: 'may fail' }

/** It answers, so that nobody waits for it. */
export const ANSWERS: Promised = {
  reads: 'work',
  writes: 'work',
  removes: 'work',
  failures: [],
  keeps: true,
  stalls: false,
  recovery: 2_000,
}

/** Long enough for a client to find out by itself that its connection is dead. */
export const HALF_OPEN: Promised = { ...AWAY, recovery: 30_000 }

/** Bytes that are no text, text that ends too early, and an entry of a later version. */
const FOREIGN = [
  Buffer.from([0x00, 0xff, 0xfe, 0x80, 0x7b]),
  Buffer.from('{"json":{"key":"hot0","version":1,"pad'),
  Buffer.from('@ring9{"from":"the future"}\n{"json":1}'),
]

/** Has another client write to a key of ours, 20 times a second. */
export function overwrite({ keys, random, repeat }: Place, write: (key: string, garbage: Buffer) => unknown): void {
  let i = 0
  repeat(50, () => {
    i += 1
    return write(keys[Math.floor(random() * keys.length)] ?? '', FOREIGN[i % FOREIGN.length] ?? Buffer.alloc(0))
  })
}

/** One scenario is the same fault with another client. */
export function idOf({ name, client }: Pick<Scenario, 'name' | 'client'>): string {
  return `${name}, by ${client}`
}

/** Clients as their users make them. */
export const clients = {
  'redis(url)': (url: string) => closing(redis(url)),
  'new KeyvRedis(url)': (url: string) => closing(new KeyvRedis<unknown>(url)),
  'memcache(server)': (url: string) => {
    const store = memcache(url)
    return { store, close: async () => store.client.close() }
  },
}

export interface Opened {
  readonly store: object
  close(): Promise<unknown>
}

function closing(store: KeyvRedis<unknown>): Opened {
  // A client that still connects has no connection to close politely.
  return { store, close: () => store.disconnect(true).catch(() => {}) }
}
