import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import fc from 'fast-check'
import { ActionError, type CachedOptions, cached, cachedClass, ringKey } from '../lib/index.js'
import { redis } from '../lib/redis.js'
import { elsewhere, until } from './lease/elsewhere.js'
import { controlledRuns, faultyStore, quiet } from './support/controlled-store.js'
import { sharedRedis, uniquePrefix } from './support/servers.js'

type Fn = (n: number) => Promise<string>
type Lists = readonly (readonly [number])[]

const closing: (() => unknown)[] = []
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()))
})

/** What the function alone gives: numbers below 0 fail. */
const of = async (n: number): Promise<string> => {
  if (n < 0) throw new RangeError(`${n} is below 0`)
  return `of ${n}`
}

/** What loads all, by one query. */
const allOf = (lists: Lists): (string | Error)[] =>
  lists.map(([n]) => (n < 0 ? new RangeError(`${n} is below 0`) : `of ${n}`))

/** A function with `loadMany`, and what each of the two was given. */
function wrapped(options: Partial<CachedOptions<Fn>> = {}, loadMany: (lists: Lists) => unknown = allOf) {
  const lists: Lists[] = []
  const alone: number[] = []
  const fn: Fn = async (n) => {
    alone.push(n)
    return of(n)
  }
  const f = cached(fn, {
    store: new Map(),
    keyPrefix: 'f',
    loadMany: ((given: Lists) => {
      lists.push(given)
      return loadMany(given)
    }) as never, // it gives what it should not, too
    ...options,
  })
  return { f, lists, alone }
}

/** The same on a Redis of all specs. */
function onRedis(options: Partial<CachedOptions<Fn>> = {}, loadMany: (lists: Lists) => unknown = allOf) {
  const keyPrefix = uniquePrefix('batch')
  const all = wrapped({ store: redis(sharedRedis().url), keyPrefix, ttl: 60_000, ...options }, loadMany)
  closing.push(() => all.f.storage.backend.disconnect())
  return { ...all, keyPrefix }
}

const PLACES = [
  ['in memory', wrapped],
  ['on Redis', onRedis],
] as const

describe.each(PLACES)('loadMany %s', (_place, wrap) => {
  it('is called once by a bulk, with the distinct misses only', async () => {
    const { f, lists, alone } = wrap()
    await f.set('stored', 2)

    const results = await f.getOrUpdateMany([1], [2], [3], [1])

    expect(results).toEqual(['of 1', 'stored', 'of 3', 'of 1'])
    expect(lists).toEqual([[[1], [3]]])
    expect(alone).toEqual([])
    expect(await f.getMany([1], [3])).toEqual(['of 1', 'of 3'])
  })

  it('is not called where nothing is missing', async () => {
    const { f, lists } = wrap()
    await f.setMany([[1], [2]], ['a', 'b'])

    const results = [await f.getOrUpdateMany([1], [2]), await f.getOrUpdateMany()]

    expect(results).toEqual([['a', 'b'], []])
    expect(lists).toEqual([])
  })

  it('is called once by updateMany, whatever is stored', async () => {
    const { f, lists } = wrap()
    await f.set('stored', 2)

    const results = await f.updateMany([1], [2], [1])

    expect(results).toEqual(['of 1', 'of 2', 'of 1'])
    expect(lists).toEqual([[[1], [2]]])
    expect(await f.getMany([1], [2])).toEqual(['of 1', 'of 2'])
  })

  it('is called once by executeMany, for every item, and nothing is stored', async () => {
    const { f, lists } = wrap()

    const results = await f.executeMany([1], [2], [1])

    expect(results).toEqual(['of 1', 'of 2', 'of 1'])
    expect(lists).toEqual([[[1], [2], [1]]])
    expect(await f.hasMany([1], [2])).toEqual([false, false])
  })

  it.each(['getOrUpdateMany', 'updateMany'] as const)(
    'may fail for some of %s: the others are stored, and the first error in order is thrown',
    async (control) => {
      const { f, lists } = wrap()

      const act = f[control]([1], [-2], [3], [-4])

      await expect(act).rejects.toThrow(new RangeError('-2 is below 0'))
      expect(lists).toEqual([[[1], [-2], [3], [-4]]])
      expect(await f.getMany([1], [-2], [3], [-4])).toEqual(['of 1', undefined, 'of 3', undefined])
    },
  )

  it.each([
    ['shorter', ['of 1']],
    ['longer', ['of 1', 'of 2', 'of 3']],
    ['no list', { 0: 'of 1', 1: 'of 2' }],
    ['nothing', undefined],
  ])('stores nothing of a list that is %s', async (_name, given) => {
    const { f } = wrap({}, async () => given)

    const acts = await Promise.allSettled([
      f.getOrUpdateMany([1], [2]),
      f.updateMany([3], [4]),
      f.executeMany([5], [6]),
    ])

    for (const act of acts) expect(act).toMatchObject({ status: 'rejected', reason: expect.any(ActionError) })
    expect(await f.hasMany([1], [2], [3], [4])).toEqual([false, false, false, false])
  })

  it('fails every call that it was to load for, and the next call tries again', async () => {
    const failure = new Error('no database')
    const answers = [() => Promise.reject(failure), allOf]
    const { f, lists } = wrap({ batch: {} }, (given) => answers.shift()?.(given))

    const calls = await Promise.allSettled([f(1), f(2)])

    expect(calls).toEqual([1, 2].map(() => ({ status: 'rejected', reason: failure })))
    expect(await f.getOrUpdateMany([1], [2])).toEqual(['of 1', 'of 2'])
    expect(lists).toHaveLength(2)
  })

  it('is not called for single calls without batch', async () => {
    const { f, lists, alone } = wrap()

    const results = await Promise.all([f(1), f(2), f.update(3), f.execute(4)])

    expect(results).toEqual(['of 1', 'of 2', 'of 3', 'of 4'])
    expect(lists).toEqual([])
    expect(alone.sort()).toEqual([1, 2, 3, 4])
  })

  it('is called once for single calls that are made at once, with batch: for those that miss', async () => {
    const { f, lists, alone } = wrap({ batch: {} })
    await f.set('stored', 2)

    const results = await Promise.all([f(1), f(2), f(3), f(1)])

    expect(results).toEqual(['of 1', 'stored', 'of 3', 'of 1'])
    expect(lists).toEqual([[[1], [3]]])
    expect(alone).toEqual([])
    expect(await f.getMany([1], [3])).toEqual(['of 1', 'of 3'])
  })

  it('is called once for single updates that are made at once, with batch, whatever is stored', async () => {
    const { f, lists } = wrap({ batch: {} })
    await f.set('stored', 1)

    const results = await Promise.all([f.update(1), f.update(2)])

    expect(results).toEqual(['of 1', 'of 2'])
    expect(lists).toEqual([[[1], [2]]])
    expect(await f.getMany([1], [2])).toEqual(['of 1', 'of 2'])
  })

  it('is called with one list by a call that is alone, with batch', async () => {
    const { f, lists } = wrap({ batch: {} })

    const results = [await f(1), await f.update(2), await f.execute(3)]

    expect(results).toEqual(['of 1', 'of 2', 'of 3'])
    expect(lists).toEqual([[[1]], [[2]], [[3]]])
    expect(await f.getMany([1], [2], [3])).toEqual(['of 1', 'of 2', undefined])
  })

  it('fails a single call alone by its item', async () => {
    const { f } = wrap({ batch: {} })

    const calls = await Promise.allSettled([f(1), f(-2), f.update(3), f.update(-4)])

    expect(calls.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected'])
    expect(await f.getMany([1], [-2], [3], [-4])).toEqual(['of 1', undefined, 'of 3', undefined])
  })

  it('gets at most maxSize lists, of single calls and of a bulk', async () => {
    const { f, lists } = wrap({ batch: { maxSize: 2 } })

    const results = await Promise.all([f(1), f(2), f(3)])
    const bulk = await f.getOrUpdateMany([4], [5], [6], [7], [8])

    expect([...results, ...bulk]).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((n) => `of ${n}`))
    expect(lists.map((list) => list.length)).toEqual([2, 1, 2, 2, 1])
  })

  it('is called for a bulk without its wait, and apart from single calls', async () => {
    const { f, lists } = wrap({ batch: { wait: 30 } })

    const [single, bulk] = await Promise.all([f(1), f.getOrUpdateMany([2], [3])])

    expect([single, ...bulk]).toEqual(['of 1', 'of 2', 'of 3'])
    expect(lists).toEqual([[[2], [3]], [[1]]])
  })

  it('gathers what comes within wait', async () => {
    const { f, lists } = wrap({ batch: { wait: 500 } })
    let missed = false
    f.on('miss', () => {
      missed = true
    })
    const first = f(1)
    await until(() => missed, 'the miss of the first')

    const second = f(2)

    expect(await Promise.all([first, second])).toEqual(['of 1', 'of 2'])
    expect(lists).toEqual([[[1], [2]]])
  })

  it('does not run anew for a bulk what a single call runs, nor the other way round', async () => {
    const runs = controlledRuns<string[], [Lists]>()
    const { f } = wrap({ batch: {} }, runs.fn)
    const single = f(1)
    await until(() => runs.count === 1, 'the run of the single call')
    const bulk = f.getOrUpdateMany([1], [2])
    await until(() => runs.count === 2, 'the run of the bulk')
    const joined = f(2)
    const [ofSingle, ofBulk] = runs.pending

    ofBulk?.resolve(['two'])
    ofSingle?.resolve(['one'])

    expect(await Promise.all([single, bulk, joined])).toEqual(['one', ['one', 'two'], 'two'])
    expect([ofSingle?.args, ofBulk?.args]).toEqual([[[[1]]], [[[2]]]])
    expect(runs.count).toBe(2)
  })

  it.each([
    ['a bulk', (f: ReturnType<typeof wrap>['f']) => f.getOrUpdateMany([1], [2], [3])],
    ['single calls', (f: ReturnType<typeof wrap>['f']) => Promise.all([f(1), f(2), f(3)])],
  ])('may give to %s what is not stored: that alone which was deleted or set meanwhile', async (_name, act) => {
    const runs = controlledRuns<string[], [Lists]>()
    const { f } = wrap({ batch: {} }, runs.fn)
    const acting = act(f)
    await until(() => runs.count === 1, 'the run')

    await f.delete(1)
    await f.set('set', 2)
    runs.pending[0]?.resolve(['one', 'two', 'three'])

    expect(await acting).toEqual(['one', 'two', 'three'])
    expect(await f.getMany([1], [2], [3])).toEqual([undefined, 'set', 'three'])
  })

  it('has an execute event, a duration and an error for each call', async () => {
    const { f } = wrap()
    const told: unknown[] = []
    f.on('execute', ({ args, value, error, duration }) =>
      told.push({ args, value, error, took: duration !== undefined }),
    )

    await f.getOrUpdateMany([1], [-2]).catch(() => {})

    expect(told).toEqual([
      { args: [1], value: 'of 1', error: undefined, took: true },
      { args: [-2], value: undefined, error: new RangeError('-2 is below 0'), took: true },
    ])
  })
})

describe('batch with a wait, in memory', () => {
  beforeEach(() => void jest.useFakeTimers())
  afterEach(() => void jest.useRealTimers())

  it('waits from the first miss on; hits wait for nothing', async () => {
    const { f, lists } = wrapped({ batch: { wait: 50 } })
    await f.set('stored', 9)
    const first = f(1)
    await jest.advanceTimersByTimeAsync(40)
    const second = f(2)
    const hit = await f(9)
    const before = lists.length

    await jest.advanceTimersByTimeAsync(10)

    expect([hit, before]).toEqual(['stored', 0])
    expect(await Promise.all([first, second])).toEqual(['of 1', 'of 2'])
    expect(lists).toEqual([[[1], [2]]])
  })
})

describe('what loadMany gave a bulk', () => {
  it('is stored by one bulk write', async () => {
    const written: string[][] = []
    const { f } = wrapped({
      storageInterface: (_backend, { storage }) => ({
        ...storage,
        setMany: (items, attempt) => {
          written.push(items.map(({ key }) => key))
          return storage.setMany(items, attempt)
        },
      }),
    })

    await f.getOrUpdateMany([1], [2], [3])

    expect(written).toEqual([f.keyMany([1], [2], [3])])
  })

  it('is the result where the store is broken', async () => {
    const store = faultyStore('rejects')
    const { f, lists } = wrapped({ store: store.adapter, batch: {} })
    f.on('error', () => {})

    const results = [...(await f.getOrUpdateMany([1], [2])), ...(await Promise.all([f(3), f(4)]))]

    expect(results).toEqual(['of 1', 'of 2', 'of 3', 'of 4'])
    expect(lists).toEqual([
      [[1], [2]],
      [[3], [4]],
    ])
  })
})

it('loads of a function whose store is found at each call are apart for each store', async () => {
  const stores = [new Map(), new Map()] as const
  let current: object = stores[0]
  const { f, lists } = wrapped({ store: () => current, batch: {} })
  const first = [f(1), f(2)]
  current = stores[1]
  const second = [f(2)]

  const results = await Promise.all([...first, ...second])

  expect(results).toEqual(['of 1', 'of 2', 'of 2'])
  expect(lists).toEqual([[[1], [2]], [[2]]])
  expect(stores.map(({ size }) => size)).toEqual([2, 1])
})

describe('receivers', () => {
  it('have runs of their own, with bind', async () => {
    const lists: [receiver: string, Lists][] = []
    class Shop {
      constructor(readonly name: string) {}
      [ringKey]() {
        return this.name
      }
    }
    const price = cached(
      async function price(this: Shop, n: number) {
        return `${n} at ${this.name}`
      },
      {
        receiver: true,
        batch: {},
        async loadMany(this: Shop, given) {
          lists.push([this.name, given])
          return given.map(([n]) => `${n} at ${this.name}`)
        },
      },
    )
    const [a, b] = [price.bind(new Shop('a')), price.bind(new Shop('b'))]

    const results = await Promise.all([a(1), b(1), a(2), b.getOrUpdateMany([2], [3])])

    expect(results).toEqual(['1 at a', '1 at b', '2 at a', ['2 at b', '3 at b']])
    expect(lists).toEqual([
      ['a', [[1], [2]]],
      ['b', [[1]]],
      ['b', [[2], [3]]],
    ])
  })

  it('are those of methods and of static methods of a class', async () => {
    const lists: [receiver: unknown, Lists][] = []
    const loadMany = async function (this: unknown, given: Lists) {
      lists.push([this, given])
      return given.map(([n]) => `many ${n}`)
    }
    const User = cachedClass(
      class User {
        constructor(readonly id: number) {}
        static async top(n: number) {
          return `top ${n}`
        }
        async child(n: number) {
          return `child ${n}`
        }
        [ringKey]() {
          return this.id
        }
      },
      { child: { loadMany, batch: {} } },
      { top: { loadMany } },
    )
    const [one, two] = [new User(1), new User(2)]

    const children = await Promise.all([one.child(1), two.child(1), one.child(2)])
    const tops = await User.top.getOrUpdateMany([1], [2])

    expect([...children, ...tops]).toEqual(['many 1', 'many 1', 'many 2', 'many 1', 'many 2'])
    expect(lists.map(([, given]) => given)).toEqual([[[1], [2]], [[1]], [[1], [2]]])
    expect(lists.map(([receiver]) => receiver === one || receiver === two || receiver === User)).toEqual([
      true,
      true,
      true,
    ])
  })
})

describe('a userInterface', () => {
  it('that replaces execute has the runs of a bulk, and of a batch, gathered', async () => {
    const { f, lists } = wrapped({
      batch: {},
      userInterface: (actions) => ({
        execute: async (call: Parameters<typeof actions.execute>[0]) => {
          const [n] = call.args as readonly [number]
          const value = n % 2 === 0 ? await call.execute() : await actions.execute(call)
          return `${value}, mine`
        },
      }),
    })

    const bulk = await f.getOrUpdateMany([1], [2])
    const single = await Promise.all([f(3), f(4)])
    const updated = await f.updateMany([1], [2])

    expect([...bulk, ...single, ...updated]).toEqual([1, 2, 3, 4, 1, 2].map((n) => `of ${n}, mine`))
    expect(lists).toEqual([
      [[1], [2]],
      [[3], [4]],
      [[1], [2]],
    ])
    expect(await f.getMany([1], [4])).toEqual(['of 1, mine', 'of 4, mine'])
  })

  it('that makes single calls of a bulk has their runs gathered', async () => {
    const { f, lists, alone } = wrapped({
      userInterface: (actions) => ({
        getOrUpdateMany: async (calls: Parameters<typeof actions.getOrUpdateMany>[0]) =>
          Promise.all(calls.map((call) => actions.getOrUpdate(call))),
      }),
    })

    const results = await f.getOrUpdateMany([1], [2])

    expect(results).toEqual(['of 1', 'of 2'])
    expect({ lists, alone }).toEqual({ lists: [[[1], [2]]], alone: [] })
  })

  it('that keeps entries beside has their runs gathered: they are those of their calls', async () => {
    const { f, lists, alone } = wrapped({
      userInterface: (actions) => ({
        getOrUpdateMany: async (calls: Parameters<typeof actions.getOrUpdateMany>[0]) =>
          actions.getOrUpdateMany(calls.map((call) => call.beside('copy'))),
      }),
    })

    const results = await f.getOrUpdateMany([1], [2])

    expect(results).toEqual(['of 1', 'of 2'])
    expect({ lists, alone }).toEqual({ lists: [[[1], [2]]], alone: [] })
    expect(await f.storage.get(`${f.key(1)}::=copy`)).toBe('of 1')
  })
})

describe('two processes on Redis', () => {
  it('load each key once: a bulk waits for what the other loads, and loads the rest', async () => {
    const runs = controlledRuns<string[], [Lists]>()
    const { here, there } = elsewhere('redis', { loadMany: runs.fn as never })
    const left = here.getOrUpdateMany([1], [2])
    await until(() => runs.count === 1, 'the run here')
    const right = there.getOrUpdateMany([2], [3])
    await until(() => runs.count === 2, 'the run there')
    const asked = runs.pending.map(({ args }) => args[0])

    for (const run of [...runs.pending]) run.resolve(run.args[0].map(([n]) => `of ${n}`))

    expect(asked).toEqual([[[1], [2]], [[3]]])
    expect(await Promise.all([left, right])).toEqual([
      ['of 1', 'of 2'],
      ['of 2', 'of 3'],
    ])
    expect(runs.count).toBe(2)
  })

  it('load what failed in one of them: its lease is free again, those of the others were used', async () => {
    const runs = controlledRuns<(string | Error)[], [Lists]>()
    const { here, there } = elsewhere('redis', { loadMany: runs.fn as never, batch: {} })
    const left = Promise.allSettled([here(1), here(2)])
    await until(() => runs.count === 1, 'the run here')
    const right = there.getOrUpdateMany([1], [2])

    runs.pending[0]?.resolve([new Error('no'), 'of 2'])
    await until(() => runs.count === 2, 'the run there')
    const again = runs.pending[0]
    again?.resolve(['of 1'])

    expect((await left).map(({ status }) => status)).toEqual(['rejected', 'fulfilled'])
    expect(await right).toEqual(['of 1', 'of 2'])
    expect(again?.args).toEqual([[[1]]])
  })

  it('withhold that key alone which the other deleted while it was loaded', async () => {
    const runs = controlledRuns<string[], [Lists]>()
    const { here, there } = elsewhere('redis', { loadMany: runs.fn as never })
    const loading = here.getOrUpdateMany([1], [2])
    await until(() => runs.count === 1, 'the run here')

    await there.delete(1)
    runs.pending[0]?.resolve(['outdated', 'of 2'])

    expect(await loading).toEqual(['outdated', 'of 2'])
    expect(await there.getMany([1], [2])).toEqual([undefined, 'of 2'])
  })
})

describe('whatever is done in whatever order', () => {
  const n = fc.integer({ min: -2, max: 5 })
  const step = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.tuple(
        fc.constantFrom('call', 'update', 'execute'),
        n.map((one) => [one]),
      ),
    },
    {
      weight: 3,
      arbitrary: fc.tuple(
        fc.constantFrom('getOrUpdateMany', 'updateMany', 'executeMany'),
        fc.array(n, { maxLength: 5 }),
      ),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(
        fc.constant('delete'),
        n.map((one) => [one]),
      ),
    },
    { weight: 2, arbitrary: fc.tuple(fc.constantFrom('turn', 'answer'), fc.constant<number[]>([])) },
  )
  const batch = fc.option(
    fc.record({ maxSize: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }), wait: fc.constantFrom(0, 1) }),
    { nil: undefined },
  )

  it('every caller gets what the function alone gives, no list is too long, and no failure is stored', async () => {
    await fc.assert(
      fc.asyncProperty(batch, fc.boolean(), fc.array(step, { maxLength: 25 }), async (given, inMemory, steps) => {
        const loads = controlledRuns<(string | Error)[], [Lists]>()
        const answer = () => {
          const [first] = loads.pending
          first?.resolve(allOf(first.args[0]))
        }
        const store = inMemory ? new Map() : faultyStore().adapter
        const { f, lists, alone } = wrapped({ store, batch: given }, loads.fn)
        const got: Promise<unknown>[] = []
        const expected: Promise<PromiseSettledResult<unknown>[]>[] = []
        let only = true
        for (const [action, ns] of steps) {
          const [one = 0] = ns
          if (action === 'turn') await quiet()
          else if (action === 'answer') answer()
          else if (action === 'delete') void f.delete(one)
          else {
            got.push(action === 'call' ? f(one) : run(f, action, ns))
            expected.push(Promise.allSettled(action.endsWith('Many') ? [Promise.all(ns.map(of))] : [of(one)]))
          }
          only &&= ['call', 'getOrUpdateMany', 'turn', 'answer'].includes(action)
        }
        const all = Promise.allSettled(got)
        let ended = false
        all.then(() => {
          ended = true
        })
        while (!ended) {
          answer()
          await new Promise((resolve) => setTimeout(resolve, 0))
        }

        expect(await all).toEqual((await Promise.all(expected)).flat())
        if (given === undefined) expect(lists.every((list) => list.length > 0)).toBe(true)
        else expect(alone).toEqual([])
        for (const { length } of lists) expect(length).toBeLessThanOrEqual(given?.maxSize ?? Infinity)
        expect(await f.hasMany([-1], [-2])).toEqual([false, false])
        if (only) {
          const loaded = [...lists.flat(2), ...alone].filter((one) => one >= 0)
          expect(loaded).toHaveLength(new Set(loaded).size)
        }
      }),
      { numRuns: 300 },
    )
  }, 60_000)

  const run = (f: ReturnType<typeof wrapped>['f'], action: string, ns: number[]): Promise<unknown> => {
    const items = ns.map((one): [number] => [one])
    return action.endsWith('Many') ? f.run(action as 'executeMany', ...items) : f.run(action as 'update', ns[0] ?? 0)
  }
})
