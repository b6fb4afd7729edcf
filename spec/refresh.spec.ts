import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { Keyv } from 'keyv'
import { cached, cachedSync, StoreError } from '../lib/index.js'
import { quiet } from './support/controlled-store.js'

beforeEach(() => {
  jest.useFakeTimers({ now: 0, doNotFake: ['setImmediate', 'queueMicrotask', 'nextTick'] })
})

afterEach(() => {
  jest.useRealTimers()
})

/** A function of a signal, whose old value can be fallen back on, and whose next run ends when the spec says so. */
async function aged(options: object = {}) {
  const signals: AbortSignal[] = []
  const ends: ((value: string) => void)[] = []
  const fn = (signal?: AbortSignal) => {
    if (signal !== undefined) signals.push(signal)
    return new Promise<string>((resolve, reject) => {
      ends.push(resolve)
      signal?.addEventListener('abort', () => reject(signal.reason))
    })
  }
  const store = new Map()
  const f = cached(fn, { store, keyPrefix: 'f', ttl: 100, staleIfError: 1_000, ...options })
  const errors: unknown[] = []
  f.on('error', ({ error }) => errors.push(error))
  await f.set('old')
  jest.setSystemTime(200)
  return { f, signals, ends, errors, store }
}

describe('a refresh that calls with signals wait for', () => {
  it('is aborted when all have left, and is no failure of it', async () => {
    const { f, signals, errors } = await aged()
    const callers = [new AbortController(), new AbortController()]
    const calls = callers.map(({ signal }) => f(signal).catch((reason) => reason))
    await quiet()

    callers[0]?.abort('one')
    const after = signals[0]?.aborted
    callers[1]?.abort('two')
    await quiet()

    expect([after, signals[0]?.aborted]).toEqual([false, true])
    expect(await Promise.all(calls)).toEqual(['one', 'two'])
    expect([errors, signals.length]).toEqual([[], 1])
    expect(await f.storage.backend.get('f')).toEqual({ '@ring1': { expires: 100 }, value: 'old' })
  })

  it('gives all who stay the old value at hardTimeout', async () => {
    const { f, signals } = await aged({ hardTimeout: 50 })
    const caller = new AbortController()
    const leaving = f(caller.signal).catch((reason) => reason)
    const staying = f(new AbortController().signal)
    await quiet()

    caller.abort('left')
    jest.advanceTimersByTime(50)
    await quiet()

    expect(await Promise.all([leaving, staying])).toEqual(['left', 'old'])
    expect(signals[0]?.reason).toMatchObject({ name: 'TimeoutError' })
  })

  it('goes on for a call that has joined it, when all of an earlier one have left', async () => {
    const { f, signals, ends } = await aged()
    const caller = new AbortController()
    const first = f(caller.signal).catch((reason) => reason)
    await quiet()
    // It has no old value any more, and joins the refresh.
    jest.setSystemTime(1_200)
    const reading = f.getOrUpdateMany([new AbortController().signal])
    await quiet()

    caller.abort('left')
    await quiet()
    ends[0]?.('new')

    expect([await first, await reading]).toEqual(['left', ['new']])
    expect(signals.map(({ aborted }) => aborted)).toEqual([false])
  })

  it('behind a call is aborted by nobody', async () => {
    const { f, signals, ends } = await aged({ staleWhileRevalidate: 1_000 })
    const caller = new AbortController()

    const given = await f(caller.signal)
    caller.abort('left')
    await quiet()
    ends[0]?.('new')
    await f.idle()

    expect([given, await f.get()]).toEqual(['old', 'new'])
    expect(signals[0]?.aborted).toBe(false)
  })
})

/** A function that gives each argument's name, or fails, when the spec says so; with entries in every window at 1,000. */
function mixed(options: object = {}) {
  const runs: { n: number; end(failed?: boolean): void }[] = []
  const fn = (n: number) =>
    new Promise<string>((resolve, reject) => {
      runs.push({ n, end: (failed) => (failed ? reject(new Error(`${n} failed`)) : resolve(`new ${n}`)) })
    })
  const store = new Map<string, { value: unknown; expires: number }>()
  const f = cached(fn, {
    store,
    keyPrefix: 'f',
    ttl: 1_000,
    staleWhileRevalidate: 100,
    staleIfError: 500,
    retryAfter: 300,
    ...options,
  })
  const ends = [1_500, 950, 700, 100]
  ends.forEach((expires, n) => {
    store.set(`f::${n}`, { value: { '@ring1': { expires }, value: `old ${n}` }, expires: expires + 500 })
  })
  const events: string[] = []
  for (const name of ['hit', 'stale', 'miss', 'write', 'error', 'fenced'] as const) {
    f.on(name, ({ key }) => events.push(`${name} ${key}`))
  }
  jest.setSystemTime(1_000)
  return { f, runs, store, events }
}

describe('a bulk call over entries in every window', () => {
  it('gives each what a call of its own would, and runs what is due, once each', async () => {
    const { f, runs, events } = mixed()
    const all = f.getOrUpdateMany([0], [1], [2], [3], [4], [1], [2], [3])
    await quiet()
    const order = runs.map(({ n }) => n)

    for (const { n, end } of runs) end(n === 1 || n === 2)
    const given = await all
    await f.idle()

    expect(order.sort()).toEqual([1, 2, 3, 4])
    expect(given).toEqual(['old 0', 'old 1', 'old 2', 'new 3', 'new 4', 'old 1', 'old 2', 'new 3'])
    expect(events.slice(0, 5)).toEqual(['hit f::0', 'stale f::1', 'miss f::2', 'miss f::3', 'miss f::4'])
    expect(events.slice(5).sort()).toEqual(['error f::1', 'error f::2', 'stale f::2', 'write f::3', 'write f::4'])
  })

  it('rejects with the first error of those that have no old value, and the others are stored', async () => {
    const { f, runs } = mixed()
    const all = f.getOrUpdateMany([1], [2], [3], [4]).catch(({ message }) => message)
    await quiet()

    for (const { n, end } of runs) end(n > 2)

    expect(await all).toBe('3 failed')
    await f.idle()
    expect(await f.getMany([1], [2], [3], [4])).toEqual(['new 1', 'new 2', undefined, undefined])
  })

  it('shares refreshes with single calls, whichever came first', async () => {
    const { f, runs } = mixed()
    const single = f(2)
    await quiet()
    const many = f.getOrUpdateMany([1], [2])
    await quiet()
    const singles = [f(1), f(2)]
    await quiet()

    for (const { end } of runs) end()

    expect(await Promise.all([single, many, ...singles])).toEqual(['new 2', ['old 1', 'new 2'], 'old 1', 'new 2'])
    expect(runs.map(({ n }) => n)).toEqual([2, 1])
  })
})

describe('a refresh behind a call', () => {
  it.each([
    ['set', (f: ReturnType<typeof mixed>['f']) => f.set('set', 1), 'set'],
    ['delete', (f: ReturnType<typeof mixed>['f']) => f.delete(1), undefined],
    ['expire', (f: ReturnType<typeof mixed>['f']) => f.expire(1), undefined],
  ])('is withheld after a %s, and its failure is not kept', async (_control, act, left) => {
    for (const fails of [false, true]) {
      const { f, runs, store } = mixed()
      await f(1)
      await quiet()

      await act(f)
      const before = store.get('f::1')
      runs[0]?.end(fails)
      await f.idle()

      expect(store.get('f::1')).toEqual(before)
      expect(await f.get(1)).toBe(left)
    }
  })

  it('is withheld after an update that began since, which is stored', async () => {
    const { f, runs, events } = mixed()
    await f(1)
    await quiet()
    const updating = f.update(1)
    await quiet()

    runs[1]?.end()
    await updating
    runs[0]?.end()
    await f.idle()

    expect(await f.get(1)).toBe('new 1')
    expect(events).toEqual(['stale f::1', 'fenced f::1', 'hit f::1'])
  })

  it('is joined by a call that finds nothing any more, and by no update', async () => {
    const { f, runs } = mixed()
    await f(1)
    jest.setSystemTime(2_000)
    const joining = f(1)
    await quiet()
    const before = runs.length
    const updating = f.update(1)
    await quiet()

    for (const { end } of runs) end()

    expect([before, runs.length]).toEqual([1, 2])
    expect(await Promise.all([joining, updating])).toEqual(['new 1', 'new 1'])
  })

  it('that throws at once, or whose error is undefined, is a failure like any other', async () => {
    for (const reason of [undefined, null, new Error('at once')]) {
      const store = new Map<string, unknown>()
      store.set('f', { value: { '@ring1': { expires: 100 }, value: 'old' }, expires: 9_000 })
      const fn = (): Promise<string> => {
        throw reason
      }
      const f = cached(fn, { store, keyPrefix: 'f', ttl: 100, staleIfError: 8_000 })
      const told: unknown[] = []
      f.on('error', (event) => told.push('error' in event))
      jest.setSystemTime(200)

      expect([await f(), told]).toEqual(['old', [true]])
      expect(store.get('f')).toMatchObject({ value: { '@ring1': { failures: 1 } } })
    }
  })

  it('waits no more after touch, of an entry that is fresh', async () => {
    const { f, store } = mixed()
    const meta = { expires: 1_500, cost: 9, failures: 3, retryAt: 9_000 }
    store.set('f::0', { value: { '@ring1': meta, value: 'old 0' }, expires: 2_000 })

    await f.touch(0)

    expect(store.get('f::0')).toEqual({ value: { '@ring1': { expires: 2_000 }, value: 'old 0' }, expires: 2_500 })
  })
})

describe('a refresh of a call that was still reading when something newer began', () => {
  /** A function with an old value, whose next look takes until the spec lets go. */
  async function reading(windows: object) {
    let runs = 0
    const gates: (() => void)[] = []
    const decode = (stored: unknown) => new Promise((resolve) => gates.push(() => resolve(stored)))
    const f = cached(async () => `run ${++runs}`, {
      store: new Map(),
      keyPrefix: 'f',
      coder: { encode: (value: unknown) => value, decode, stored: 'any' },
      ttl: 100,
      ...windows,
    })
    await f()
    jest.setSystemTime(200)
    const call = f()
    await quiet()
    const letGo = async () => {
      for (const open of gates.splice(0)) open()
      await call
      await f.idle()
    }
    return { f, letGo }
  }

  it.each([{ staleWhileRevalidate: 1_000 }, { staleIfError: 1_000 }])('does not replace a set: %j', async (windows) => {
    const { f, letGo } = await reading(windows)
    await f.set('set')

    await letGo()

    expect(await f.storage.backend.get(f.key())).toMatchObject({ value: 'set' })
  })

  it.each([{ staleWhileRevalidate: 1_000 }, { staleIfError: 1_000 }])(
    'does not replace an update: %j',
    async (windows) => {
      const { f, letGo } = await reading(windows)
      const updated = await f.update()

      await letGo()

      expect(await f.storage.backend.get(f.key())).toMatchObject({ value: updated })
    },
  )
})

it('a refresh that took too long is noted before a call is given the old value for it', async () => {
  const entries = new Map<string, unknown>()
  let written = Promise.resolve()
  const slow = {
    opts: {},
    get: async (key: string) => entries.get(key),
    set: async (key: string, value: unknown) => written.then(() => entries.set(key, value)),
    delete: async (key: string) => entries.delete(key),
    clear: async () => entries.clear(),
  }
  const { f, ends } = await aged({ store: new Keyv({ store: slow }), hardTimeout: 50, retryAfter: 10_000 })
  let write = (): void => {}
  written = new Promise((resolve) => {
    write = resolve
  })
  const twice = f().then(() => f())
  await quiet()

  jest.advanceTimersByTime(50)
  await quiet()

  write()
  expect(await twice).toBe('old')
  expect(ends.length).toBe(1)
})

describe('a refresh and its failures', () => {
  it('is told of once, and handed to waitUntil once, however many softTimeout has let go', async () => {
    const works: unknown[] = []
    const { f, ends, errors } = await aged({ softTimeout: 10, waitUntil: (work: unknown) => works.push(work) })
    for (let i = 0; i < 3; i++) {
      const call = f()
      await quiet()
      jest.advanceTimersByTime(10)
      expect(await call).toBe('old')
    }

    ends[0]?.(Promise.reject(new Error('failed')) as never)
    await f.idle()

    expect(ends).toHaveLength(1)
    expect(errors).toEqual([new Error('failed')])
    expect(works).toHaveLength(1)
  })

  it('falls back where the function fails by a StoreError of its own, though onStoreError says throw', async () => {
    const { f, ends, errors } = await aged({ onStoreError: 'throw' })
    const failure = new StoreError({ operation: 'get', key: 'another', store: 'another' }, 'connection', 'down')
    const call = f()
    await quiet()

    ends[0]?.(Promise.reject(failure) as never)

    expect(await call).toBe('old')
    expect(errors).toEqual([failure])
  })

  it('whose value could not be stored rejects where onStoreError says throw: the function has not failed', async () => {
    const { f, ends, store } = await aged({ onStoreError: 'throw' })
    const call = f()
    await quiet()
    store.set = () => {
      throw new Error('full')
    }

    ends[0]?.('new')

    await expect(call).rejects.toThrow(StoreError)
    await expect(call).rejects.toThrow('full')
  })
})

it('has of a function without windows does not see what the windows of another keep', async () => {
  const { f, store } = await aged()
  const plain = cached(async () => 'plain', { store, keyPrefix: 'f', overload: true })
  const quick = cachedSync(() => 'plain', { store, keyPrefix: 'f', overload: true })

  const seen = [await plain.get(), await plain.has(), quick.has(), await f.has()]

  expect(seen).toEqual([undefined, false, false, false])
})
