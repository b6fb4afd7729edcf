/** A program that calls a function again and again on a store that nobody serves, and prints what that leaves behind. */
import { setTimeout } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import KeyvMemcache from '@keyv/memcache'
import KeyvRedis from '@keyv/redis'
import { cached } from '../../lib/index.js'

setFlagsFromString('--expose-gc')
const gc: () => void = runInNewContext('gc')
Error.stackTraceLimit = 0 // most of what a failure costs

const [, , kind = 'redis', ears = 'heard', count = '1000000'] = process.argv
/** Nothing listens there. */
const NOWHERE = '127.0.0.1:1'
const COUNT = Number(count)
const AT_ONCE = 100

function open() {
  if (kind === 'memcached') {
    const store = new KeyvMemcache(NOWHERE, { logger: { log: () => {} } } as object) // it hands them to memjs
    return { store, client: undefined, close: async () => store.client.close() }
  }
  const store = new KeyvRedis(`redis://${NOWHERE}`)
  store.on('error', () => {})
  return { store, client: store.client, close: async () => store.disconnect(true).catch(() => {}) }
}

const { store, client, close } = open()
let runs = 0
let heard = 0
const f = cached(
  async (n: number) => {
    runs += 1
    return `value of ${n}`
  },
  { store, keyPrefix: 'dead', ttl: 60_000, storeTimeout: 50 },
)
if (ears === 'heard') f.on('error', () => (heard += 1))

async function heap(): Promise<number> {
  for (let i = 0; i < 5; i++) {
    gc()
    await setTimeout(5)
  }
  return process.memoryUsage().heapUsed
}

function listeners(): number {
  return client === undefined ? 0 : client.eventNames().reduce((sum, name) => sum + client.listenerCount(name), 0)
}

let n = 0
async function call(count: number): Promise<void> {
  for (const end = n + count; n < end; ) {
    const calls: Promise<unknown>[] = []
    for (let i = 0; i < AT_ONCE; i++, n++) {
      if (i === 0) calls.push(f.delete(n).catch(() => {}))
      else if (i === 1) calls.push(f.set('x', n).catch(() => {}))
      else calls.push(f(n))
    }
    await Promise.all(calls)
  }
}

const started = performance.now()
await call(COUNT / 10)
const [before, listenersBefore] = [await heap(), listeners()]
await call(COUNT - n)
const [after, listenersAfter] = [await heap(), listeners()]
const { state, pendingReplays } = f.storage.health
await close()
/** The client lets go of what it has when its own timers have run. */
const left = async (): Promise<string[]> => {
  const deadline = performance.now() + 5_000
  for (;;) {
    await setTimeout(20)
    const names = process.getActiveResourcesInfo().filter((name) => /timeout|immediate|tcp/i.test(name))
    if (names.length === 0 || performance.now() > deadline) return names
  }
}
console.log(
  JSON.stringify({
    grown: after - before,
    listeners: listenersAfter - listenersBefore,
    left: await left(),
    runs,
    heard,
    state,
    pendingReplays,
    took: performance.now() - started,
  }),
)
