/** A program with work behind its calls, by the name of a case: it prints what its call was given, and has to end by itself. */
import { setImmediate, setTimeout as sleep } from 'node:timers/promises'
import { cached } from 'ringcache'

const never = () => new Promise<string>(() => {})
const [name = '', keyPrefix = 'f'] = process.argv.slice(2)
process.on('unhandledRejection', (error) => console.log('unhandled', error))

async function old(run: () => Promise<string>, options: object) {
  const f = cached(run, { keyPrefix, ttl: 1, ...options })
  await f.set('old')
  await sleep(5)
  return f
}

/** On a store that takes 20 ms for each answer. */
function slowly(run: (n: number, options: { signal?: AbortSignal }) => Promise<string>) {
  const data = new Map<string, unknown>()
  const store = {
    opts: {},
    get: (key: string) => sleep(20).then(() => data.get(key)),
    set: async (key: string, value: unknown) => data.set(key, value),
    delete: async (key: string) => data.delete(key),
    clear: async () => {},
  }
  return cached(run, { store, keyPrefix })
}

const cases: Record<string, () => Promise<unknown>> = {
  async 'a refresh behind that never ends'() {
    const f = await old(never, { staleWhileRevalidate: 60_000, hardTimeout: 60_000 })
    return f()
  },
  async 'a run left by softTimeout that never ends'() {
    const f = await old(never, { staleIfError: 60_000, softTimeout: 20, hardTimeout: 60_000 })
    return f()
  },
  async 'a refresh that others join which never ends'() {
    const options = { staleWhileRevalidate: 100, staleIfError: 60_000, hardTimeout: 300 }
    const f = await old(never, options)
    f.on('error', () => {})
    await f()
    await sleep(120)
    return f()
  },
  async 'a run that all have left and that never ends'() {
    const f = cached((_: AbortSignal) => never(), { keyPrefix, hardTimeout: 60_000 })
    return f(AbortSignal.timeout(50)).catch(({ name }) => name)
  },
  async 'a refresh that waits to be tried again'() {
    const fail = async () => {
      throw new Error('no')
    }
    const f = await old(fail, { staleIfError: 60_000, retryAfter: 30_000 })
    f.on('error', () => {})
    return f()
  },
  async 'a lease that is held'() {
    const { redis } = await import('ringcache/redis')
    const store = redis(process.env.REDIS_URL as string)
    const f = await old(never, { store, staleWhileRevalidate: 60_000, hardTimeout: 60_000 })
    const given = await f()
    while (!(await store.client.exists(`{${f.key()}}=lease`))) await sleep(5)
    await f.storage.backend.disconnect()
    return given
  },
  async 'a call that waits for softTimeout'() {
    const f = await old(never, { staleIfError: 60_000, softTimeout: 100 })
    return f()
  },
  async 'a call that waits for hardTimeout'() {
    const f = cached(never, { keyPrefix, hardTimeout: 100 })
    return f().catch(({ code }) => code)
  },
  async 'a call that waits to be gathered'() {
    const f = cached(async (n: number) => n, {
      keyPrefix,
      loadMany: async (list) => list.map(([n]) => n),
      batch: { wait: 100 },
    })
    return f(1)
  },
  async 'a bulk call that one has left while it looks'() {
    const f = slowly(async () => 'value')
    const own = new AbortController()
    const all = f.getOrUpdateMany([1, { signal: own.signal }], [2, {}])
    await sleep(5)
    own.abort('no more')
    return all.catch(String)
  },
  async 'a bulk call that has joined what fails'() {
    const f = slowly(async (n) => (n === 1 ? Promise.reject('no') : sleep(60, 'value')))
    const one = f(1, {}).catch(String)
    await sleep(15)
    const all = f.getOrUpdateMany([1, { signal: new AbortController().signal }], [2, {}])
    return [await one, await all.catch(String)]
  },
  async 'failures behind calls'() {
    const fail = async () => {
      throw new Error('no')
    }
    const waits = { waitUntil: async () => Promise.reject(new Error('the host')) }
    const f = await old(fail, { staleWhileRevalidate: 60_000, ...waits })
    const errors: unknown[] = []
    f.on('error', ({ error }) => errors.push((error as Error).message))
    const given = await f()
    await f.idle()
    await setImmediate()
    return [given, ...errors.sort()]
  },
  async 'an abort that nobody waits for'() {
    const f = cached(
      async ({ signal }: { signal: AbortSignal }) => {
        await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
      },
      { keyPrefix },
    )
    const own = new AbortController()
    const call = f({ signal: own.signal }).catch((reason) => reason)
    await setImmediate()
    own.abort('no more')
    await setImmediate()
    return call
  },
}

console.log(JSON.stringify(await cases[name]?.()))
