/** The four ways to a server, each with a server of its own that a spec may break. */
import { execFile } from 'node:child_process'
import { setImmediate, setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import KeyvMemcache from '@keyv/memcache'
import KeyvRedis from '@keyv/redis'
import { Keyv } from 'keyv'
import { type Cached, cached, StoreError } from '../../lib/index.js'
import type { TestServer } from '../support/server-process.js'
import { startMemcached, startRedis } from '../support/servers.js'

/** Short, so that specs need not wait; what is measured against it gets `SLACK` on top. */
export const STORE_TIMEOUT = 200
/** For a machine that is busy with other things. Still far from for ever, which is how long some clients wait on their own. */
export const SLACK = 5_000

const run = promisify(execFile)

export interface Way {
  readonly name: 'redis' | 'memcached'
  start(): Promise<TestServer>
  open(url: string): { store: object; close(): Promise<unknown> }
}

/** memjs answers each command itself after 0.5 s and two tries; it has no queue that outlives that. */
const redis = { name: 'redis', start: startRedis } as const
const memcached = { name: 'memcached', start: startMemcached } as const

export const bareRedis: Way = { ...redis, open: openBareRedis }
export const bareMemcached: Way = { ...memcached, open: openBareMemcached }
export const redisKeyv: Way = { ...redis, open: (url) => inKeyv(openBareRedis(url)) }
export const memcachedKeyv: Way = { ...memcached, open: (url) => inKeyv(openBareMemcached(url)) }

export const ways: [name: string, way: Way][] = [
  ['a bare KeyvRedis', bareRedis],
  ["a user's Redis Keyv", redisKeyv],
  ['a bare KeyvMemcache', bareMemcached],
  ["a user's memcached Keyv", memcachedKeyv],
]

function openBareRedis(url: string) {
  const store = new KeyvRedis<unknown>(url)
  store.on('error', () => {})
  // A client that still connects has no connection to close politely.
  return { store, close: () => store.disconnect(true).catch(() => {}) }
}

function openBareMemcached(url: string) {
  const silent = { log: () => {} }
  const store = new KeyvMemcache(url, { logger: silent })
  return { store, close: async () => store.client.close() }
}

function inKeyv({ store, close }: { store: object; close(): Promise<unknown> }) {
  // Keyv's own type of a store is narrower than what it takes.
  return { store: new Keyv({ store: store as never }).on('error', () => {}), close }
}

export interface Bench {
  readonly server: TestServer
  readonly store: object
  readonly f: Cached<(n: number) => Promise<string>>
  /**
   * Has the store keep `value of <n>`, however often it takes: on a busy machine even a sound server may not answer within
   * `STORE_TIMEOUT`. When it gives, the store has answered last, nothing is under way, and what follows counts from nought.
   */
  readonly ready: (n: number) => Promise<void>
  /** How often the function has run. */
  readonly runs: () => number
  /** What calls survived. */
  readonly errors: unknown[]
}

const cleanups: (() => Promise<unknown>)[] = []

/** A server of one's own and a function cached on it, with a ttl of an hour. */
export async function setup(way: Way, options: { onStoreError?: 'throw'; storeTimeout?: number } = {}): Promise<Bench> {
  const server = await way.start()
  const { store, close } = way.open(server.url)
  cleanups.push(async () => {
    await close()
    await server.stop()
  })
  let runs = 0
  const f = cached(
    async (n: number) => {
      runs += 1
      return `value of ${n}`
    },
    { store, keyPrefix: 'f', ttl: 3_600_000, storeTimeout: STORE_TIMEOUT, ...options },
  )
  const errors: unknown[] = []
  f.on('error', ({ error }) => errors.push(error))
  const ready = async (n: number): Promise<void> => {
    await eventually(async () => {
      await f(n)
      const isKept = await f.has(n)
      const { state, pendingReplays } = f.storage.health
      return isKept && state === 'closed' && pendingReplays === 0
    })
    runs = 0
    errors.splice(0)
  }
  return { server, store, f, ready, runs: () => runs, errors }
}

/** Ends what `setup` began. Waits a moment, in which jest fails the spec if a rejection was left unhandled. */
export async function cleanUp(): Promise<void> {
  await setImmediate()
  await Promise.all(cleanups.splice(0).map((end) => end()))
}

/** Stops the server from answering; gives when it really has stopped, which takes the system a moment. */
export async function freeze(server: TestServer): Promise<void> {
  server.pause()
  await eventually(async () => (await run('ps', ['-o', 'state=', '-p', String(server.pid)])).stdout.startsWith('T'))
}

/** Between two looks, in milliseconds: who waits leaves the processor to others. */
const PAUSE = 3

/** Waits until `holds` gives something true; fails at its deadline. */
export async function eventually<T>(holds: () => Promise<T> | T, within = 10_000): Promise<T> {
  let last: unknown
  for (const deadline = Date.now() + within; Date.now() < deadline; ) {
    try {
      const value = await holds()
      if (value) return value
    } catch (error) {
      last = error
    }
    await sleep(PAUSE)
  }
  throw new Error(`it did not come true within ${within} ms`, { cause: last })
}

/** What `act` gives when the store has answered in time: on a busy machine a sound one may need longer than `STORE_TIMEOUT`. */
export async function answered<T>(act: () => Promise<T>, within = 10_000): Promise<T> {
  for (const deadline = Date.now() + within; ; await sleep(PAUSE)) {
    try {
      return await act()
    } catch (error) {
      if (!(error instanceof StoreError) || error.failure !== 'timeout' || Date.now() > deadline) throw error
    }
  }
}

/** What `act` gives, and how long it took in milliseconds. */
export async function timed<T>(act: () => Promise<T>): Promise<{ value: T; took: number }> {
  const started = performance.now()
  const value = await act()
  return { value, took: performance.now() - started }
}

export const times = <T>(count: number, act: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => act(i))
