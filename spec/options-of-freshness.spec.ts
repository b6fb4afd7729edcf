import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { Keyv } from 'keyv'
import { cached, cachedClass, cachedSync, controlsOf, OptionError, ringKey } from '../lib/index.js'
import { quiet } from './support/controlled-store.js'

beforeEach(() => {
  jest.useFakeTimers({ now: 0, doNotFake: ['setImmediate', 'queueMicrotask', 'nextTick'] })
})

afterEach(() => {
  jest.useRealTimers()
  jest.restoreAllMocks()
})

/** Draws that look random, and are the same each time. */
function seeded(): () => number {
  let state = 42
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}

const endsOf = (store: Map<string, { expires: number }>) => [...store.values()].map(({ expires }) => expires)

describe('jitter', () => {
  it('only ever shortens, by at most its fraction, and spreads what was stored together', async () => {
    jest.spyOn(Math, 'random').mockImplementation(seeded())
    const store = new Map()
    const f = cached(async (n: number) => n, { store, keyPrefix: 'f', ttl: 10_000, jitter: 0.2 })

    await f.getOrUpdateMany(...Array.from({ length: 1_000 }, (_, n): [number] => [n]))

    const ends = endsOf(store)
    expect(Math.max(...ends)).toBeLessThanOrEqual(10_000)
    expect(Math.min(...ends)).toBeGreaterThanOrEqual(8_000)
    // In each tenth of the range about a tenth of the entries end.
    const tenths = Array.from({ length: 10 }, (_, i) => ends.filter((end) => Math.ceil((end - 8_000) / 200) === i + 1))
    for (const { length } of tenths) expect(length).toBeGreaterThan(60)
  })

  it.each([
    ['by 0 takes nothing off', 0, 0.999_999, 10_000],
    ['takes its whole fraction off at most', 0.5, 0.999_999, 5_001],
    ['takes nothing off by the least draw', 0.5, 0, 10_000],
  ])('%s, of a number and of what a function gives, when set, touched and made', async (_what, jitter, drawn, end) => {
    jest.spyOn(Math, 'random').mockReturnValue(drawn)
    const store = new Map()
    const f = cached(async (n: number) => n, { store, keyPrefix: 'f', ttl: 10_000, jitter })
    const g = cached(async (n: number) => n, { store, keyPrefix: 'g', ttl: () => 10_000, jitter })
    const h = cachedSync((n: number) => n, { store, keyPrefix: 'h', ttl: () => 10_000, jitter })

    await Promise.all([f(1), f.set(2, 2), f.set(3, 3), g(1), g.set(2, 2)])
    await f.touch(3)
    await g.touch(2)
    h(1)
    h.touch(1)

    expect(new Set(endsOf(store))).toEqual(new Set([end]))
  })

  it('moves the windows with the end of ttl, and their length stays', async () => {
    jest.spyOn(Math, 'random').mockReturnValue(0.5)
    const store = new Map()
    const f = cached(async () => 'value', { store, keyPrefix: 'f', ttl: 1_000, jitter: 0.5, staleIfError: 5_000 })

    await f()

    expect([...store.values()]).toEqual([{ value: { '@ring1': { expires: 750 }, value: 'value' }, expires: 5_750 }])
  })
})

describe('earlyRefresh', () => {
  /** How many of 1,000 functions refresh an entry early, by one call so long before its end. */
  async function refreshed(cost: number, before: number, earlyRefresh: boolean | number): Promise<number> {
    jest.spyOn(Math, 'random').mockImplementation(seeded())
    let runs = 0
    const f = cached(
      async (_n: number) => {
        runs += 1
        await new Promise((resolve) => setTimeout(resolve, cost))
      },
      { store: new Map(), keyPrefix: 'f', ttl: 100_000, earlyRefresh },
    )
    const all = Array.from({ length: 1_000 }, (_, n): [number] => [n])
    const made = f.getOrUpdateMany(...all)
    await jest.advanceTimersByTimeAsync(0)
    jest.advanceTimersByTime(cost)
    await made
    jest.setSystemTime(cost + 100_000 - before)

    await Promise.all(all.map(([n]) => f(n)))
    await quiet()
    return runs - 1_000
  }

  // Of XFetch, the chance is e^-(before / (cost * beta)).
  it.each([
    ['its cost before the end', 1_000, 1_000, true, 368],
    ['twice its cost before the end', 1_000, 2_000, true, 135],
    ['ten times its cost before the end', 1_000, 10_000, true, 0],
    ['its cost before the end, by a beta of 2', 1_000, 1_000, 2, 607],
    ['its cost before the end, by a beta of a half', 1_000, 1_000, 0.5, 135],
    ['a second before the end, of a function that costs a millisecond', 1, 1_000, true, 0],
    ['its cost before the end, where it is off', 1_000, 1_000, false, 0],
  ])('refreshes as many as XFetch says: %s', async (_what, cost, before, earlyRefresh, expected) => {
    const count = await refreshed(cost, before, earlyRefresh)

    expect(Math.abs(count - expected)).toBeLessThanOrEqual(50)
    if (expected === 0) expect(count).toBeLessThanOrEqual(1)
  })

  it('gives the value that is there at once, and the next call the new one', async () => {
    jest.spyOn(Math, 'random').mockReturnValue(0.999_999)
    let runs = 0
    const store = new Map<string, unknown>()
    const f = cached(async () => ++runs, { store, keyPrefix: 'f', ttl: 1_000, earlyRefresh: true })
    const events: string[] = []
    for (const name of ['hit', 'miss', 'stale', 'write'] as const) f.on(name, () => events.push(name))
    store.set('f', { value: { '@ring1': { expires: 1_000, cost: 500 }, value: 0 }, expires: 1_000 })

    const given = await f()
    await f.idle()

    expect([given, await f.get()]).toEqual([0, 1])
    expect(events).toEqual(['hit', 'write', 'hit'])
  })

  it('waits after a failure as any refresh does', async () => {
    jest.spyOn(Math, 'random').mockReturnValue(0.999_999)
    let runs = 0
    const store = new Map<string, unknown>()
    const fn = async (): Promise<string> => {
      runs += 1
      throw new Error('down')
    }
    const f = cached(fn, { store, keyPrefix: 'f', ttl: 5_000, earlyRefresh: true })
    f.on('error', () => {})
    store.set('f', { value: { '@ring1': { expires: 5_000, cost: 500 }, value: 'old' }, expires: 5_000 })

    const counts: number[] = []
    for (const ms of [0, 0, 999, 1]) {
      jest.advanceTimersByTime(ms)
      await f()
      await f.idle()
      counts.push(runs)
    }

    expect(counts).toEqual([1, 1, 1, 2])
  })

  it('stores what the last run took; touch keeps it, and set has none', async () => {
    const store = new Map<string, { value: { '@ring1': object } }>()
    const fn = () => new Promise((resolve) => setTimeout(resolve, 70, 'value'))
    const f = cached(fn, { store, keyPrefix: 'f', ttl: 1_000, earlyRefresh: true })
    const made = f()
    await jest.advanceTimersByTimeAsync(70)
    await made
    const metas = [store.get('f')?.value['@ring1']]
    jest.advanceTimersByTime(100)

    await f.touch()
    metas.push(store.get('f')?.value['@ring1'])
    await f.set('set')
    metas.push(store.get('f')?.value['@ring1'])

    expect(metas).toEqual([{ expires: 1_070, cost: 70 }, { expires: 1_170, cost: 70 }, { expires: 1_170 }])
  })
})

describe.each([
  ['cached', cached],
  ['cachedSync', cachedSync as unknown as typeof cached],
])('cacheIf of %s', (_name, wrap) => {
  function setup(cacheIf: (value: unknown, ...args: unknown[]) => boolean, options: object = {}) {
    const results: unknown[] = []
    const fn = ((_a: number, _b?: string) => results.shift()) as unknown as (a: number, b?: string) => Promise<unknown>
    const store = new Map<string, { value: unknown }>()
    const f = wrap(fn, { store, keyPrefix: 'f', cacheIf, ...options })
    const events: unknown[] = []
    for (const name of ['write', 'update', 'set', 'fenced', 'error'] as const) {
      f.on(name, ({ error }) => events.push(error instanceof Error ? `${name}: ${error.message}` : name))
    }
    return { f, results, store, events, stored: () => store.get('f::1')?.value }
  }

  it('is asked with the value and all arguments, of what calls and updates gave, and not of what is set', async () => {
    const asked: unknown[] = []
    const { f, results } = setup((...given) => {
      asked.push(given)
      return true
    })
    results.push('called', 'updated')

    await f(1, 'x')
    await f.update(1)
    await f.set('set', 1)

    expect(asked).toEqual([
      ['called', 1, 'x'],
      ['updated', 1],
    ])
  })

  it('has a call store nothing and remove nothing, without an event', async () => {
    const { f, results, stored, events } = setup((value) => value !== 'no', { ttl: 100, staleIfError: 1_000 })
    await f.set('old', 1)
    jest.setSystemTime(200)
    const before = stored()
    results.push('no', 'no')

    const given = [await f(1), ...(await f.getOrUpdateMany([1]))]

    expect(given).toEqual(['no', 'no'])
    expect([stored(), events]).toEqual([before, ['set']])
  })

  it('has an update remove what is older, without an event', async () => {
    const { f, results, stored, events } = setup((value) => value !== 'no')
    await f.set('old', 1)
    results.push('no')

    const given = await f.update(1)

    expect([given, stored(), events]).toEqual(['no', undefined, ['set']])
  })

  it('does not keep set from storing', async () => {
    const { f, stored } = setup(() => false)

    await f.set('no', 1)
    await f.setMany([[2]], ['no'])

    expect([stored(), await f.get(2)]).toEqual(['no', 'no'])
  })

  it.each<[what: string, cacheIf: () => unknown, message: string]>([
    [
      'that throws',
      () => {
        throw new Error('cacheIf is broken')
      },
      'cacheIf is broken',
    ],
    ['that gives a number', () => 1, 'cacheIf must give true or false, and it gave a number'],
    ['that gives a promise', async () => false, 'cacheIf must give true or false, and it gave an object (Promise)'],
    ['that gives nothing', () => undefined, 'cacheIf must give true or false, and it gave undefined'],
    ['that rejects', () => Promise.reject(new Error('lost')), 'it gave an object (Promise)'],
  ])('%s has a call give its value and store nothing, and an update fail', async (_what, cacheIf, message) => {
    const { f, results, stored, events } = setup(cacheIf as never)
    await f.set('old', 2)
    results.push('called', 'updated')

    const given = await f(1)
    const updating = (async () => f.update(1))()

    await expect(updating).rejects.toThrow(message)
    expect([given, stored()]).toEqual(['called', undefined])
    expect(events).toEqual(['set', expect.stringContaining(message)])
  })
})

describe('a ttl function with windows', () => {
  it('gives each value its own end, from which its windows count', async () => {
    const store = new Map()
    const f = cached(async (n: number) => n * 100, {
      store,
      keyPrefix: 'f',
      ttl: (value, n) => value + n,
      staleWhileRevalidate: 1_000,
    })

    await f.getOrUpdateMany([1], [2])
    await f.touch(2)

    expect([...store.values()]).toEqual([
      { value: { '@ring1': { expires: 101 }, value: 100 }, expires: 1_101 },
      { value: { '@ring1': { expires: 202 }, value: 200 }, expires: 1_202 },
    ])
  })

  it('that fails stores nothing: the old value stays of use', async () => {
    let ttl = 100
    const f = cached(async () => 'new', { store: new Map(), keyPrefix: 'f', ttl: () => ttl, staleIfError: 1_000 })
    const errors: unknown[] = []
    f.on('error', ({ error }) => errors.push(error))
    await f.set('old')
    jest.setSystemTime(200)
    ttl = 0

    const given = await f()

    expect([given, errors]).toEqual(['new', [expect.any(OptionError)]])
    expect(await f.storage.backend.get('f')).toEqual({ '@ring1': { expires: 100 }, value: 'old' })
  })
})

describe.each([
  ['cached', cached, () => new Map()],
  ['cached on a Keyv', cached, () => new Keyv()],
  ['cachedSync', cachedSync as unknown as typeof cached, () => new Map()],
])('the keys of %s with windows', (_name, wrap, store) => {
  it('are set, read, touched and expired like arguments', async () => {
    let runs = 0
    const fn = (() => {
      runs += 1
      throw new Error('down')
    }) as unknown as (n: number) => Promise<string>
    const f = wrap(fn, { store: store(), keyPrefix: 'f', ttl: 100, staleIfError: 1_000 })
    f.on('error', () => {})
    const { storage } = f
    const key = f.key(1)

    await storage.set(key, 'old', 500)
    jest.setSystemTime(400)
    const fresh = [await storage.has(key), await storage.get(key), await storage.touch(key)]
    jest.setSystemTime(501)
    const ended = [await storage.has(key), await storage.get(key), await storage.touch(key), await f(1), runs]
    const expired = [await storage.expire(key), await storage.expire('f::2'), await f(1), runs]
    jest.setSystemTime(1_501)
    const gone = [await storage.expire(key), await storage.has(key)]

    expect(fresh).toEqual([true, 'old', true])
    expect(ended).toEqual([false, undefined, false, 'old', 1])
    expect(expired).toEqual([true, false, 'old', 2])
    expect(gone).toEqual([false, false])
  })
})

describe('expire', () => {
  const given = ((n: number) => String(n)) as unknown as (n: number) => Promise<string>

  it.each([
    ['cached', cached],
    ['cachedSync', cachedSync as unknown as typeof cached],
  ])('of %s is a delete where there are no windows, which tells of itself', async (_name, wrap) => {
    const store = new Map()
    const f = wrap(given, { store, keyPrefix: 'f', ttl: 100 })
    const events: string[] = []
    for (const name of ['delete', 'expire'] as const) f.on(name, ({ key }) => events.push(`${name} ${key}`))
    await f.setMany([[1], [2], [3]], ['one', 'two', 'three'])

    const told = [await f.expire(1), await f.expire(1), await f.expireMany([2], [9], [2])]

    expect(told).toEqual([true, false, [true, false, true]])
    expect([...store.keys()]).toEqual(['f::3'])
    expect(events).toEqual(['expire f::1', 'expire f::1', 'expire f::2', 'expire f::9'])
  })

  it.each([
    ['cached', cached],
    ['cachedSync', cachedSync as unknown as typeof cached],
  ])('of %s ends the ttl now, and never has the windows end later', async (_name, wrap) => {
    const store = new Map<string, { expires: number; value: object }>()
    const f = wrap(given, { store, keyPrefix: 'f', ttl: 100, staleIfError: 1_000 })
    await f.setMany([[1], [2]], ['one', 'two'])

    jest.setSystemTime(40)
    await f.expire(1)
    jest.setSystemTime(150)
    const told = await f.expireMany([1], [2])

    expect(told).toEqual([true, true])
    expect([...store.values()]).toEqual([
      { value: { '@ring1': { expires: 40, outdated: true }, value: 'one' }, expires: 1_040 },
      { value: { '@ring1': { expires: 100, outdated: true }, value: 'two' }, expires: 1_100 },
    ])
  })

  it('is an action that a userInterface gets, and may replace', async () => {
    const seen: string[] = []
    const f = cached(async (n: number) => n, {
      store: new Map(),
      keyPrefix: 'f',
      ttl: 100,
      staleIfError: 1_000,
      userInterface: (actions) => ({
        expire: async (call) => {
          seen.push(call.key)
          return actions.expire(call)
        },
        refresh: async (call) => {
          await actions.expire(call)
          return actions.getOrUpdate(call)
        },
      }),
    })
    await f.set(5, 1)

    const told = [await f.expire(1), await f.run('expire', 1), await f.has(1), await f.refresh(1), await f.has(1)]

    expect(told).toEqual([true, true, false, 1, true])
    expect(seen).toEqual(['f::1', 'f::1'])
  })
})

describe('a class', () => {
  it('has expire, expireMany and idle among the controls of its methods', async () => {
    let runs = 0
    class Service {
      async load(n: number): Promise<string> {
        runs += 1
        return `${n} at ${runs}`
      }
      [ringKey]() {
        return 'one'
      }
    }
    const Cached = cachedClass(Service, { load: { ttl: 100, staleWhileRevalidate: 1_000 } })
    const { load } = new Cached()
    const controls = controlsOf(new Cached(), 'load')
    await load(1)

    const told = [await load.expire(1), await controls.expireMany([1], [2]), await load(1)]
    await load.idle()
    await controls.idle()

    expect(told).toEqual([true, [true, false], '1 at 1'])
    expect(await controls.get(1)).toBe('1 at 2')
  })
})

describe('the stored form of others', () => {
  it('without metadata is fresh to windows until the store drops it', async () => {
    const store = new Map()
    const plain = cached(async () => 'plain', { store, keyPrefix: 'f', ttl: 1_000, overload: true })
    const windowed = cached(async () => 'windowed', {
      store,
      keyPrefix: 'f',
      overload: true,
      ttl: 10,
      staleIfError: 100,
      staleWhileRevalidate: 100,
      earlyRefresh: true,
    })
    await plain()

    jest.setSystemTime(1_000)
    const before = [await windowed(), await windowed.has()]
    jest.setSystemTime(1_001)
    const after = [await windowed.has(), await windowed()]

    expect([before, after]).toEqual([
      ['plain', true],
      [false, 'windowed'],
    ])
  })

  it('with windows is a miss to a function without, once its ttl has ended, though it is there', async () => {
    const store = new Map()
    const plain = cached(async () => 'plain', { store, keyPrefix: 'f', ttl: 1_000, overload: true })
    const sync = cachedSync(() => 'sync', { store, keyPrefix: 'f', ttl: 1_000, overload: true })
    const windowed = cached(async () => 'windowed', {
      store,
      keyPrefix: 'f',
      ttl: 1_000,
      staleIfError: 9_000,
      overload: true,
    })
    await windowed()

    const fresh = [await plain(), sync(), await plain.has()]
    jest.setSystemTime(1_001)
    const kept = store.has('f')
    const ended = [await plain.get(), sync.get(), await plain.touch(), sync.touch(), await plain()]

    expect([fresh, kept]).toEqual([['windowed', 'windowed', true], true])
    expect(ended).toEqual([undefined, undefined, false, false, 'plain'])
  })

  it.each<[what: string, given: unknown]>([
    ['of a later version', { '@ring2': { expires: 9_000 }, value: 'x' }],
    ['with an end that is text', { '@ring1': { expires: '9000' }, value: 'x' }],
    ['with a retryAt that is text', { '@ring1': { expires: 9_000, retryAt: 'soon' }, value: 'x' }],
    ['with an outdated that is a number', { '@ring1': { expires: 9_000, outdated: 1 }, value: 'x' }],
  ])('%s is a miss', async (_what, value) => {
    const store = new Map<string, unknown>([['f', { value, expires: undefined }]])
    const f = cached(async () => 'new', { store, keyPrefix: 'f', ttl: 1_000, staleIfError: 9_000 })

    const told = [await f.has(), await f()]

    expect(told).toEqual([false, 'new'])
  })

  it('with what later versions may add is read', async () => {
    const meta = { expires: 100, tags: ['later'] }
    const store = new Map<string, unknown>([['f', { value: { '@ring1': meta, value: 'old' }, expires: 1_100 }]])
    const f = cached(async () => 'new', { store, keyPrefix: 'f', ttl: 100, staleWhileRevalidate: 1_000 })
    jest.setSystemTime(200)

    expect(await f()).toBe('old')
  })
})

describe('a default that is false for one function', () => {
  it.each(['staleWhileRevalidate', 'staleIfError'] as const)('leaves it without %s', async (window) => {
    const factory = cached.with({ ttl: 1_000, [window]: 60_000 })
    const fn = async (): Promise<number> => Date.now()
    const f = factory(fn, { store: new Map(), keyPrefix: 'f', [window]: false })
    await f()
    jest.advanceTimersByTime(1_500)

    const value = await f()

    expect(value).toBe(1_500)
  })

  it('leaves it without time limits', async () => {
    const factory = cached.with({ softTimeout: 100, hardTimeout: 200 })
    const slow = () => new Promise<string>((resolve) => setTimeout(resolve, 1_000, 'value'))
    const f = factory(slow, { store: new Map(), keyPrefix: 'f', softTimeout: false, hardTimeout: false })

    const call = f()
    await jest.advanceTimersByTimeAsync(1_000)

    expect(await call).toBe('value')
  })
})
