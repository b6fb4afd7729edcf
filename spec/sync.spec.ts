import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { LRUCache } from 'lru-cache'
import QuickLRU from 'quick-lru'
import { ActionError, cachedSync, lru, ringKey, UnsupportedError } from '../lib/index.js'

function setup(options: { ttl?: number } = {}) {
  const store = new Map<string, unknown>()
  const fn = jest.fn((a: number, b: number) => a + b)
  return { store, fn, add: cachedSync(fn, { store, keyPrefix: 'add', ...options }) }
}

describe('a synchronous cached function', () => {
  it('runs once, and answers at once', () => {
    const { fn, add } = setup()

    const answers = [add(1, 2), add(1, 2), add.get(1, 2), add.has(1, 2)]

    expect(answers).toEqual([3, 3, 3, true])
    expect(fn).toHaveBeenCalledTimes(1)
  })

  it('keeps { value, expires } at the key in the Map', () => {
    jest.useFakeTimers({ now: 1_000 })
    const { store, add } = setup({ ttl: 50 })

    add(1, 2)

    expect([...store]).toEqual([[add.key(1, 2), { value: 3, expires: 1_050 }]])
    expect(add.key(1, 2)).toBe('add::1:2')
    expect(add.storage.backend).toBe(store)
    jest.useRealTimers()
  })

  it('has the name and the length of its function', () => {
    const f = cachedSync(function join(a: string, b: string) {
      return a + b
    })

    expect([f.name, f.length, f.key('a', 'b')]).toEqual(['join', 2, 'join::a:b'])
  })

  it.each([undefined, null, false, 0, '', Number.NaN])('caches %p as a value like any other', (value) => {
    const fn = jest.fn(() => value)
    const f = cachedSync(fn, { missValue: 'missed', store: new Map(), keyPrefix: 'f' })
    const before = f.get()
    f()

    const results = [f(), f.get(), f.has()]

    expect(before).toBe('missed')
    expect(results).toEqual([value, value, true])
    expect(fn).toHaveBeenCalledTimes(1)
  })

  it("throws the function's exception unchanged, and keeps nothing", () => {
    const error = new Error('no')
    const f = cachedSync((): number => {
      throw error
    })

    const thrown = [() => f(), () => f.update(), () => f.execute(), () => f.getOrUpdateMany([])].map(caught)

    expect(thrown.every((one) => one === error)).toBe(true)
    expect(f.has()).toBe(false)
  })

  it.each([
    ['a Map', () => new Map()],
    ['lru()', () => lru({ max: 5 })],
    ['lru-cache', () => new LRUCache<string, object>({ max: 5 })],
    ['quick-lru', () => new QuickLRU<string, unknown>({ maxSize: 5 })],
  ])('works over %s', (_name, create) => {
    const f = cachedSync((n: number) => ({ n }), { store: create(), keyPrefix: 'f' })

    const [first, second] = [f(1), f(1)]

    expect(second).toBe(first)
    expect([f.delete(1), f.delete(1)]).toEqual([true, false])
  })

  it('without a store has an LRU of 1,000 entries of its own', () => {
    const f = cachedSync((n: number) => n)

    for (let n = 0; n <= 1_000; n++) f(n)

    expect([f.has(0), f.has(1), f.has(1_000)]).toEqual([false, true, true])
  })

  it('runs any action by its name, and as its default action', () => {
    const { add } = setup()
    const look = cachedSync((n: number) => n, { defaultAction: 'get', missValue: 'missed' })
    const none = cachedSync((n: number) => n, { defaultAction: null })

    const answers = [add.run('update', 1, 2), add.run('getMany', [1, 2]), look(1), none.getOrUpdate(1)]

    expect(answers).toEqual([3, [3], 'missed', 1])
    expect(none).toThrow(ActionError)
  })

  it('codes with a coder, and gives what the function gave on a miss', () => {
    const store = new Map<string, { value: unknown }>()
    const given = { at: new Date(0) }
    const f = cachedSync(() => given, { coder: 'json', store, keyPrefix: 'f' })

    const [miss, hit] = [f(), f()]

    expect(miss).toBe(given)
    expect(hit).toEqual({ at: '1970-01-01T00:00:00.000Z' })
    expect([f.encode(given), store.get('f')?.value]).toEqual(Array(2).fill('{"at":"1970-01-01T00:00:00.000Z"}'))
    expect([f.decode(store.get('f')), f.decode(f.encode(given))]).toEqual([hit, hit])
  })

  it('lets what it does not cache alone: with() has defaults that options replace', () => {
    const store = new Map()
    const make = cachedSync.with({ store, missValue: 'none', ttl: 5 })

    const f = make((n: number) => n, { keyPrefix: 'f', missValue: 0 })

    expect([f.get(1), f.storage.backend === store]).toEqual([0, true])
    expect(make((n: number) => n, { keyPrefix: 'g' }).get(1)).toBe('none')
  })
})

describe('bulk controls', () => {
  it('run once per distinct missing key, store what succeeded, then throw the first error in order', () => {
    const ran: number[] = []
    const f = cachedSync((n: number) => {
      ran.push(n)
      if (n > 2) throw new Error(`no ${n}`)
      return -n
    })
    f(1)

    expect(() => f.getOrUpdateMany([1], [4], [2], [3], [2])).toThrow('no 4')

    expect(ran).toEqual([1, 4, 2, 3])
    expect(f.getMany([1], [2], [3], [4])).toEqual([-1, -2, undefined, undefined])
  })

  it('take objects of named arguments', () => {
    const f = cachedSync((a: number, b = 0, _trace?: string) => a + b, {
      parameters: ['a', 'b', 'trace'],
      ignorableKeys: ['trace'],
    })

    const answers = f.getOrUpdateMany({ a: 1, b: 2 }, [1, 2, 'x'], { a: 5 })

    expect(answers).toEqual([3, 3, 5])
    expect(f.keyMany({ a: 1, b: 2, trace: 'y' })).toEqual([f.key(1, 2)])
  })

  it('setMany stores nothing of lists of different lengths', () => {
    const { store, add } = setup()

    expect(() => add.setMany([[1, 2]], [])).toThrow(ActionError)

    expect(store.size).toBe(0)
  })
})

describe('ttl', () => {
  beforeEach(() => {
    jest.useFakeTimers()
  })

  afterEach(() => {
    jest.useRealTimers()
  })

  it('ends an entry, and touch starts it anew', () => {
    const { fn, add } = setup({ ttl: 100 })
    add(1, 2)
    jest.advanceTimersByTime(80)
    expect([add.touch(1, 2), add.touch(9, 9)]).toEqual([true, false])

    jest.advanceTimersByTime(80)
    const kept = add(1, 2)
    jest.advanceTimersByTime(21)

    expect([kept, add.has(1, 2), fn.mock.calls.length]).toEqual([3, false, 1])
  })

  it('may depend on the value and the arguments', () => {
    const f = cachedSync((n: number) => n * 10, { ttl: (value, n) => value + n })
    f(1)
    f(9)

    jest.advanceTimersByTime(50)

    expect(f.hasMany([1], [9])).toEqual([false, true])
    expect(() => f.storage.set('k', 1)).toThrow(UnsupportedError)
  })

  it('is what touch needs', () => {
    const { add } = setup()

    expect(() => add.touch(1, 2)).toThrow(UnsupportedError)
  })
})

describe('a receiver', () => {
  class Shelf {
    constructor(readonly id: string) {}
    [ringKey]() {
      return this.id
    }
    runs = 0
    count = cachedCount
  }
  const cachedCount = cachedSync(
    function count(this: Shelf, n: number) {
      this.runs += 1
      return `${this.id} ${n}`
    },
    { receiver: true },
  )

  it('runs the function, and is in the key', () => {
    const [a, b] = [new Shelf('a'), new Shelf('b')]

    const answers = [a.count(1), a.count(1), b.count(1), cachedCount.bind(b).get(1)]

    expect(answers).toEqual(['a 1', 'a 1', 'b 1', 'b 1'])
    expect([a.runs, b.runs]).toEqual([1, 1])
    expect(cachedCount.bind(a).key(1)).toBe('count:a::1')
    expect(cachedCount.bind(a)).toBe(cachedCount.bind(a))
  })
})

function caught(act: () => unknown): unknown {
  try {
    return act()
  } catch (error) {
    return error
  }
}
