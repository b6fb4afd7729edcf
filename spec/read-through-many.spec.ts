import { setImmediate as loopEnd } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { type Cached, cached, ringKey, StoreError } from '../lib/index.js'
import { redis } from '../lib/redis.js'
import { elsewhere, redisClient, running, until } from './lease/elsewhere.js'
import { type ControlledStore, controlledRuns, controlledStore, quiet, type Runs } from './support/controlled-store.js'
import { sharedRedis, uniquePrefix } from './support/servers.js'

type F = (n: number, options?: { signal?: AbortSignal }) => Promise<string>

let store: ControlledStore
let runs: Runs<string, Parameters<F>>
let f: Cached<F>

const make = (options: object = {}) => cached(runs.fn, { store: store.adapter, keyPrefix: 'f', ...options })

beforeEach(() => {
  store = controlledStore()
  runs = controlledRuns()
  f = make()
})

const closing: (() => unknown)[] = []
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()))
})

/** Ends every run with `value of n`, and every operation. */
async function finish(): Promise<void> {
  for (await store.drain(); runs.pending.length > 0; await store.drain()) {
    for (const run of [...runs.pending]) run.resolve(`value of ${run.args[0]}`)
  }
}

/** A Keyv reads once more where a read has failed. */
async function failReads(message = 'no'): Promise<void> {
  for (await quiet(); store.pending.length > 0; await quiet()) {
    for (const read of [...store.pending]) read.fail(new Error(message))
  }
}

async function stored(n: number): Promise<string | undefined> {
  const got = f.get(n)
  await store.drain()
  return got
}

async function put(value: string, n: number): Promise<void> {
  const setting = f.set(value, n)
  await store.drain()
  await setting
}

/** Holds back what the server has answered to a command: when it has, and what lets it through. */
function holdingAnswers(client: Awaited<ReturnType<typeof redisClient>>, command: string) {
  let open = (): void => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  const send = client.sendCommand.bind(client)
  const answered = new Promise<void>((resolve) => {
    const held: typeof send = async (args, options) => {
      const answer = await send(args, options)
      if (args[0] !== command) return answer as never
      resolve()
      await opened
      return answer as never
    }
    client.sendCommand = held
  })
  return [answered, open] as const
}

/** What has become of a promise so far. */
function fate(promise: Promise<unknown>) {
  const told: { value?: unknown; reason?: unknown; isSettled: boolean } = { isSettled: false }
  promise.then(
    (value) => Object.assign(told, { value, isSettled: true }),
    (reason) => Object.assign(told, { reason, isSettled: true }),
  )
  return told
}

describe('while a bulk call looks', () => {
  it.each([
    ['at once', async () => {}],
    ['in a later turn of the event loop', quiet],
  ])('a call that begins %s shares its read and its run', async (_name, pause) => {
    const all = f.getOrUpdateMany([1], [2])
    await pause()
    const one = f(1)

    await finish()

    expect(await Promise.all([all, one])).toEqual([['value of 1', 'value of 2'], 'value of 1'])
    expect([runs.count, store.count('get')]).toEqual([2, 2])
  })

  it('a call shares what it finds', async () => {
    await put('old', 1)
    const all = f.getOrUpdateMany([1], [2])
    await quiet()
    const one = f(1)

    await finish()

    expect(await Promise.all([all, one])).toEqual([['old', 'value of 2'], 'old'])
    expect([runs.count, store.count('get')]).toEqual([1, 2])
  })

  it('another bulk call asks only for what nobody looks for', async () => {
    const first = f.getOrUpdateMany([1], [2])
    const second = f.getOrUpdateMany([2], [3], [2])

    await finish()

    expect(await first).toEqual(['value of 1', 'value of 2'])
    expect(await second).toEqual(['value of 2', 'value of 3', 'value of 2'])
    expect([runs.count, store.count('get')]).toEqual([3, 3])
  })

  it.each<[string, (n: number) => Promise<unknown>]>([
    ['delete', (n) => f.delete(n)],
    ['expire', (n) => f.expire(n)],
  ])('a %s withholds what its run gives, and the calls from then on run anew', async (_name, control) => {
    const all = f.getOrUpdateMany([1], [2])
    const read = await store.next('get')
    read.apply()
    const controlling = control(1)
    const after = f(1)

    await store.drain()
    const olds = runs.pending.filter(({ args }) => args[0] === 1)
    expect(olds).toHaveLength(2)
    olds[0]?.resolve('first')
    olds[1]?.resolve('second')
    await finish()
    await controlling

    expect((await Promise.all([all, after])).flat().sort()).toEqual(['first', 'second', 'value of 2'])
    expect(await stored(1)).toBe(await after)
  })

  it('its run, once fenced, does not stand in the way of the newer one, which later calls join', async () => {
    const all = f.getOrUpdateMany([1], [2])
    ;(await store.next('get')).apply()
    const deleting = f.delete(1)
    ;(await store.next('delete')).finish()
    await deleting
    const after = f(1)
    await store.drain()
    const later = f(1)

    for (const [i, run] of runs.pending.filter(({ args }) => args[0] === 1).entries()) run.resolve(`run ${i}`)
    await finish()

    expect(await later).toBe(await after)
    expect([await all, runs.count]).toEqual([expect.arrayContaining(['value of 2']), 3])
  })

  it('what it finds, once fenced, does not end the newer flight, which later calls join', async () => {
    await put('old', 1)
    const all = f.getOrUpdateMany([1], [2])
    const read = await store.next('get')
    read.apply()
    const deleting = f.delete(1)
    ;(await store.next('delete')).finish()
    await deleting
    const after = f(1)
    await store.drain()
    const later = f(1)

    for (const [i, run] of runs.pending.filter(({ args }) => args[0] === 1).entries()) run.resolve(`run ${i}`)
    await finish()

    expect(await Promise.all([after, later])).toEqual(['run 0', 'run 0'])
    expect([await all, runs.count]).toEqual([['old', 'value of 2'], 2])
  })

  it('a call that begins when a delete has ended does not get what was found before', async () => {
    await put('old', 1)
    const all = f.getOrUpdateMany([1], [2])
    const read = await store.next('get')
    read.apply()
    const deleting = f.delete(1)
    ;(await store.next('delete')).finish()
    await deleting
    const after = f(1)

    await finish()

    expect(await all).toEqual(['old', 'value of 2'])
    expect(await after).toBe('value of 1')
  })

  it('a set stays stored, and is given to none of its calls', async () => {
    const all = f.getOrUpdateMany([1], [2])
    ;(await store.next('get')).apply()
    const setting = f.set('set', 1)

    await finish()
    await setting

    expect(await all).toEqual(['value of 1', 'value of 2'])
    expect(await stored(1)).toBe('set')
  })

  it('nothing of it is left when it has found all: the next call asks the store', async () => {
    await put('old', 1)
    const all = f.getOrUpdateMany([1])
    await finish()
    await all
    store.data.clear()

    const next = f(1)
    await finish()

    expect(await next).toBe('value of 1')
  })

  it('a listener may call for what it looks for', async () => {
    const inMemory = cached(async (n: number) => `value of ${n}`, { keyPrefix: 'm' })
    await inMemory.set('old', 1)
    const asked: Promise<string>[] = []
    inMemory.on('hit', () => {
      if (asked.length === 0) asked.push(inMemory(1))
    })

    const all = await inMemory.getOrUpdateMany([1], [2])

    expect(all).toEqual(['old', 'value of 2'])
    expect(await Promise.all(asked)).toEqual(['old'])
  })

  it('the code of the store may call for what it is asked for', async () => {
    const asked: Promise<string>[] = []
    class Asking extends Map<string, unknown> {
      override get(key: string): unknown {
        if (asked.length === 0) asked.push(inMemory(1))
        return super.get(key)
      }
    }
    const inMemory = cached(async (n: number) => `value of ${n}`, { keyPrefix: 'm', store: new Asking() })

    const all = await inMemory.getOrUpdateMany([1], [2])

    expect(all).toEqual(['value of 1', 'value of 2'])
    expect(await Promise.all(asked)).toEqual(['value of 1'])
  })

  it('the code of the store may call for it and leave', async () => {
    class Leaving extends Map<string, unknown> {
      override get(key: string): unknown {
        if (left.length === 0) {
          const own = new AbortController()
          left.push(inMemory(1, { signal: own.signal }))
          own.abort('of the store')
        }
        return super.get(key)
      }
    }
    const left: Promise<string>[] = []
    const inMemory: Cached<F> = cached(async (n) => `value of ${n}`, { keyPrefix: 'm', store: new Leaving() })

    const all = fate(inMemory.getOrUpdateMany([1, { signal: new AbortController().signal }]))

    await expect(left[0]).rejects.toBe('of the store')
    await quiet()
    expect(all.value).toEqual(['value of 1'])
  })

  it('an argument that only looks like a signal is none', async () => {
    const odd = { signal: Object.create(AbortSignal.prototype) }
    const all = f.getOrUpdateMany([1], [2, odd])
    const one = f(1)

    await finish()

    expect(await Promise.all([all, one])).toEqual([['value of 1', 'value of 2'], 'value of 1'])
  })

  it('each event of a look comes once for each key', async () => {
    await put('old', 1)
    const told: string[] = []
    for (const event of ['hit', 'miss'] as const) f.on(event, ({ key }) => told.push(`${event} ${key}`))
    const all = f.getOrUpdateMany([1], [2], [1])
    const one = f(2)

    await finish()

    await Promise.all([all, one])
    expect(told).toEqual(['hit f::1', 'miss f::2'])
  })
})

describe('whoever leaves a bulk call that looks', () => {
  it('is told when all of its callers have left, though the store has not answered', async () => {
    const [one, two] = [new AbortController(), new AbortController()]
    const many = fate(f.getOrUpdateMany([1, { signal: one.signal }], [2, { signal: two.signal }]))
    await quiet()

    one.abort('first')
    two.abort('second')
    await quiet()

    expect(many.reason).toBe('first')
    await finish()
    expect(runs.count).toBe(0)
  })

  it('waits for those who have not left', async () => {
    const own = new AbortController()
    const many = fate(f.getOrUpdateMany([1, { signal: own.signal }], [2, {}]))
    await quiet()
    own.abort('no more')
    await quiet()
    expect(many.isSettled).toBe(false)

    await finish()

    expect(many.reason).toBe('no more')
    const kept = f.get(2, {})
    await store.drain()
    expect([runs.count, await kept]).toEqual([1, 'value of 2'])
  })

  it('has it reject only when what the others gave is stored', async () => {
    const [leaving, staying] = [new AbortController(), new AbortController()]
    const many = fate(f.getOrUpdateMany([1, { signal: leaving.signal }], [2, { signal: staying.signal }]))
    await store.drain()
    leaving.abort('no more')
    const [first, second] = runs.pending
    first?.resolve('value of 1')
    await quiet()

    second?.reject(new Error('failed'))
    await quiet()

    expect([many.isSettled, store.pending.map(({ operation }) => operation)]).toEqual([false, ['set']])
    await store.drain()
    expect(many.reason).toBe('no more')
  })

  it('leaves its run to who has joined', async () => {
    const own = new AbortController()
    const many = fate(f.getOrUpdateMany([1, { signal: own.signal }]))
    await quiet()
    const joined = f(1, {})

    own.abort('no more')
    await finish()

    expect(many.reason).toBe('no more')
    expect(await joined).toBe('value of 1')
    expect(runs.count).toBe(1)
  })

  it('leaves nothing behind that the next call could join', async () => {
    const own = new AbortController()
    const many = fate(f.getOrUpdateMany([1, { signal: own.signal }]))
    await quiet()
    own.abort('no more')
    await quiet()
    const next = f(1, {})

    await finish()

    expect(many.reason).toBe('no more')
    expect(await next).toBe('value of 1')
  })

  it('stays for a value that is found', async () => {
    const value = make({ key: (n: number) => [n] })
    await put('old', 1)
    const all = value.getOrUpdateMany([1, { signal: new AbortController().signal }])

    await finish()

    expect(await all).toEqual(['old'])
    expect(runs.count).toBe(0)
  })
})

describe('a bulk call that finds nothing', () => {
  it('is given what a refresh gives that is under way, though its old value is gone', async () => {
    const window = 500
    f = cached(runs.fn, { store: new Map(), keyPrefix: 'f', ttl: 1, staleWhileRevalidate: window })
    await f.set('old', 1)
    await until(async () => !(await f.has(1)), 'the end of the ttl')
    const given = await f(1)
    const gone = performance.now() + window
    await until(() => performance.now() > gone, 'the end of the window')

    const all = f.getOrUpdateMany([1], [2])
    await quiet()
    await finish()

    expect([given, await all]).toEqual(['old', ['value of 1', 'value of 2']])
    expect(runs.count).toBe(2)
  })
})

describe('a bulk call whose store fails', () => {
  it("rejects, with all who have joined, where onStoreError is 'throw', and leaves nothing to join", async () => {
    f = make({ onStoreError: 'throw' })
    const all = fate(f.getOrUpdateMany([1], [2]))
    await quiet()
    const one = fate(f(1))
    await failReads()

    expect([all.reason, one.reason]).toEqual([expect.any(StoreError), expect.any(StoreError)])

    const next = f(1)
    await finish()
    expect(await next).toBe('value of 1')
  })

  it('runs the function, stores nothing, and tells of each key', async () => {
    const told: unknown[] = []
    f.on('error', ({ key }) => told.push(key))
    const all = f.getOrUpdateMany([1], [2])
    await quiet()
    const one = f(1)
    await failReads()

    await finish()

    expect(await Promise.all([all, one])).toEqual([['value of 1', 'value of 2'], 'value of 1'])
    expect([runs.count, store.count('set'), told]).toEqual([2, 0, ['f::1', 'f::2']])
  })

  it('stores what the function gives where the store has answered with an error', async () => {
    f.on('error', () => {})
    const all = f.getOrUpdateMany([1], [2])
    await failReads('ERR no')

    await finish()

    expect(await all).toEqual(['value of 1', 'value of 2'])
    expect(await stored(1)).toBe('value of 1')
  })
})

describe('on Redis a bulk call', () => {
  it('that looks is joined by calls that miss with it: each key is run once', async () => {
    const { here, runs } = elsewhere('redis')
    const all = here.getOrUpdateMany([1], [2])
    const calls = Array.from({ length: 100 }, () => here(1))
    await loopEnd()
    calls.push(here(2), here(1))
    await running(runs, 2)

    for (const run of [...runs.pending]) run.resolve(`of ${run.args[0]}`)

    expect(await all).toEqual(['of 1', 'of 2'])
    expect(new Set(await Promise.all(calls))).toEqual(new Set(['of 1', 'of 2']))
    expect(runs.count).toBe(2)
  })

  it('gives what it finds, and waits where another process runs what it misses', async () => {
    const { here, there, runs } = elsewhere('redis')
    await there.set('found', 1)
    const elsewhereRun = there(2)
    await running(runs, 1)
    const all = fate(here.getOrUpdateMany([1], [2]))
    const found = await here(1)

    runs.pending[0]?.resolve('of there')
    await elsewhereRun

    expect(found).toBe('found')
    await until(() => all.isSettled, 'the bulk call')
    expect(all.value).toEqual(['found', 'of there'])
    expect(runs.count).toBe(1)
  })

  it('that finds what another process deletes meanwhile does not give it to who began after that', async () => {
    const { there, runs } = elsewhere('redis')
    const client = await redisClient()
    const [answered, open] = holdingAnswers(client, 'MGET')
    const here = cached(runs.fn, {
      store: client,
      coder: 'text',
      keyPrefix: there.key(0).split('::')[0] as string,
      overload: true,
      storeTimeout: 10_000,
    })
    await there.setMany([[1], [2]], ['old', 'other'])
    const all = here.getOrUpdateMany([1], [2])
    await answered
    await there.delete(1)
    const after = here(1)

    open()

    expect(await all).toEqual(['old', 'other'])
    await running(runs, 1)
    runs.pending[0]?.resolve('fresh')
    expect(await after).toBe('fresh')
  })

  it('that has joined a run which another process outdated runs anew, with its own receiver', async () => {
    class Shop {
      readonly ends: (() => void)[] = []
      async price(n: number): Promise<string> {
        await new Promise<void>((resolve) => this.ends.push(resolve))
        return `price ${n} of run ${this.ends.length}`
      }
      [ringKey]() {
        return '7'
      }
    }
    const keyPrefix = uniquePrefix('many')
    const wrap = () => {
      const price = cached(Shop.prototype.price, {
        store: redis(sharedRedis().url),
        receiver: true,
        coder: 'text',
        keyPrefix,
        overload: true,
        storeTimeout: 10_000,
      })
      closing.push(() => price.storage.backend.disconnect())
      return price
    }
    const shop = new Shop()
    const [here, there] = [wrap().bind(shop), wrap().bind(shop)]
    const before = here(1)
    await until(() => shop.ends.length === 1, 'the first run')
    await there.delete(1)
    const all = here.getOrUpdateMany([1])

    shop.ends[0]?.()
    expect(await before).toBe('price 1 of run 1')
    await until(() => shop.ends.length === 2, 'the second run')
    shop.ends[1]?.()

    expect(await all).toEqual(['price 1 of run 2'])
  })
})
