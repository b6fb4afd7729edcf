import { getEventListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from '@jest/globals'
import { cached } from '../lib/index.js'
import { signalsIn, withSignal } from '../lib/signals.js'
import { elsewhere, redisClient, until } from './lease/elsewhere.js'
import { controlledRuns, controlledStore, quiet } from './support/controlled-store.js'

interface Options {
  readonly signal?: AbortSignal
}

/** A function of a number whose runs end when the spec says so, and the signals that they got. */
function setup(options: object = {}) {
  const runs = controlledRuns<string, [number, Options?]>()
  const f = cached(runs.fn, { keyPrefix: 'f', ...options })
  const signalOf = (at: number) => runs.pending[at]?.args[1]?.signal as AbortSignal
  return { f, runs, signalOf }
}

/** What becomes of a promise, told by nobody else. */
function fate(promise: Promise<unknown>) {
  const told: { value?: unknown; reason?: unknown; isSettled: boolean } = { isSettled: false }
  promise.then(
    (value) => Object.assign(told, { value, isSettled: true }),
    (reason) => Object.assign(told, { reason, isSettled: true }),
  )
  return told
}

describe('a caller with a signal', () => {
  it('shares the entry of those who have none, or another', async () => {
    const { f } = setup()

    const keys = [f.key(1), f.key(1, {}), f.key(1, { signal: new AbortController().signal })]

    expect(keys).toEqual(['f::1', 'f::1:()', 'f::1:()'])
  })

  it('is rejected with the reason of its signal at once, and the function hears of it', async () => {
    const { f, runs, signalOf } = setup()
    const own = new AbortController()
    const call = fate(f(1, { signal: own.signal }))
    await quiet()
    const signal = signalOf(0)

    own.abort('no more')
    await quiet()

    expect(call).toEqual({ reason: 'no more', isSettled: true })
    expect(signal).not.toBe(own.signal)
    expect([signal.aborted, signal.reason]).toEqual([true, 'no more'])
    expect(runs.count).toBe(1)
  })

  it('leaves 63 others alone, until the last has left', async () => {
    const { f, runs, signalOf } = setup()
    const owns = Array.from({ length: 64 }, () => new AbortController())
    const calls = owns.map(({ signal }) => fate(f(1, { signal })))
    await quiet()
    const signal = signalOf(0)

    for (const [i, own] of owns.slice(1).entries()) own.abort(i)
    await quiet()
    const before = signal.aborted
    owns[0]?.abort('the last')
    await quiet()

    expect(before).toBe(false)
    expect(signal.reason).toBe('the last')
    expect(calls.map(({ reason }) => reason)).toEqual(['the last', ...Array.from({ length: 63 }, (_, i) => i)])
    expect(runs.count).toBe(1)
  })

  it('does not end a run that one without a signal waits for', async () => {
    const { f, runs, signalOf } = setup()
    const own = new AbortController()
    const call = fate(f(1, { signal: own.signal }))
    const other = f(1, {})
    await quiet()
    own.abort()
    await quiet()

    const { aborted } = signalOf(0)
    runs.pending[0]?.resolve('value')

    expect(aborted).toBe(false)
    expect(call.reason).toBe(own.signal.reason)
    expect(await other).toBe('value')
    expect(await f(1, {})).toBe('value')
  })

  it('leaves a run that one without a signal has begun, which gets none', async () => {
    const { f, runs } = setup()
    const first = f(1, {})
    const own = new AbortController()
    const joined = fate(f(1, { signal: own.signal }))
    await quiet()

    own.abort('no more')
    await quiet()

    expect(joined.reason).toBe('no more')
    expect(runs.pending[0]?.args).toEqual([1, {}])
    runs.pending[0]?.resolve('value')
    expect(await first).toBe('value')
  })

  it('which has begun a run and left it leaves it to the others, who may then end it', async () => {
    const { f, signalOf } = setup()
    const [starter, joiner] = [new AbortController(), new AbortController()]
    fate(f(1, { signal: starter.signal }))
    const joined = fate(f(1, { signal: joiner.signal }))
    await quiet()
    starter.abort('starter')
    await quiet()
    const between = signalOf(0).aborted

    joiner.abort('joiner')
    await quiet()

    expect(between).toBe(false)
    expect(signalOf(0).reason).toBe('joiner')
    expect(joined.reason).toBe('joiner')
  })

  it('that is aborted already is rejected at once, and nothing is read or run', async () => {
    const store = controlledStore()
    const { f, runs } = setup({ store: store.adapter })
    const signal = AbortSignal.abort('before')

    const calls = await Promise.allSettled([
      f(1, { signal }),
      f.update(2, { signal }),
      f.getOrUpdateMany([3, { signal }]),
      f.updateMany([4, { signal }]),
    ])

    expect(calls).toEqual(calls.map(() => ({ status: 'rejected', reason: 'before' })))
    expect([runs.count, store.count('get'), store.count('set')]).toEqual([0, 0, 0])
  })

  it('that is aborted already does not fence: what was under way is stored', async () => {
    const { f, runs } = setup()
    const call = f(1, {})
    await quiet()

    await f.update(1, { signal: AbortSignal.abort('before') }).catch(() => {})
    runs.pending[0]?.resolve('value')
    await call

    expect(await f.get(1, {})).toBe('value')
  })

  it('that is aborted already has a hit in memory all the same', async () => {
    const { f } = setup()
    await f.set('stored', 1, {})

    const hit = await f(1, { signal: AbortSignal.abort() })

    expect(hit).toBe('stored')
  })

  it('is rejected while it waits for the store, and the function is not run', async () => {
    const store = controlledStore()
    const { f, runs } = setup({ store: store.adapter })
    const own = new AbortController()
    const call = fate(f(1, { signal: own.signal }))
    await store.next('get')

    own.abort('no more')
    await quiet()
    const before = { ...call }
    await store.drain()

    expect(before).toEqual({ reason: 'no more', isSettled: true })
    expect([runs.count, store.count('set')]).toEqual([0, 0])
  })

  it('is rejected while its value is on its way to the store, which takes it', async () => {
    const store = controlledStore()
    const { f, runs } = setup({ store: store.adapter })
    const own = new AbortController()
    const call = fate(f(1, { signal: own.signal }))
    ;(await store.next('get')).finish()
    ;(await runs.next()).resolve('value')
    await store.next('set')

    own.abort('no more')
    await quiet()
    await store.drain()

    expect(call.reason).toBe('no more')
    expect(store.data.size).toBe(1)
  })

  it('gets the value that came before its abort in the same tick', async () => {
    const { f, runs } = setup()
    const own = new AbortController()
    const call = fate(f(1, { signal: own.signal }))
    ;(await runs.next()).resolve('value')
    await quiet()

    own.abort()
    await quiet()

    expect(call.value).toBe('value')
    expect(await f.get(1, {})).toBe('value')
  })

  it('has a run that ends in the tick of its abort be stored, whoever is told what', async () => {
    const { f, runs } = setup()
    const own = new AbortController()
    const call = fate(f(1, { signal: own.signal }))
    const run = await runs.next()

    run.resolve('value')
    own.abort('no more')
    await quiet()

    expect(call.reason).toBe('no more')
    expect(await f.get(1, {})).toBe('value')
  })

  it('is not told why those have left who were there before', async () => {
    const { f, runs } = setup()
    const own = new AbortController()
    fate(f(1, { signal: own.signal }))
    const aborted = await runs.next()
    own.abort('of another')

    const call = f(1, {})
    await quiet()
    aborted.reject(own.signal.reason)
    await quiet()
    runs.pending[0]?.resolve('anew')

    expect(await call).toBe('anew')
    expect(runs.count).toBe(2)
  })
})

it('tells whoever comes and leaves when it likes the value, or the reason of its own signal', async () => {
  const round = async () => {
    const f = cached(
      async (_: number, { signal }: Options) => {
        await sleep(10 * Math.random())
        signal?.throwIfAborted()
        return 'value'
      },
      { keyPrefix: 'f', ttl: 1 },
    )
    f.on('error', () => {})
    const call = async (_: unknown, i: number) => {
      await sleep(20 * Math.random())
      const own = new AbortController()
      if (i > 0) setTimeout(() => own.abort(i), 4 * Math.random())
      const got = await f(1, i === 0 ? {} : { signal: own.signal }).catch((reason) => reason)
      return got === 'value' || (i > 0 && got === i) ? [] : [i, got]
    }
    return Promise.all(Array.from({ length: 4 }, call))
  }

  const wrong = (await Promise.all(Array.from({ length: 100 }, round))).flat(2)

  expect(wrong).toEqual([])
})

describe('what takes many calls, or runs anyway', () => {
  it('has each run of a bulk have the signal of those who wait for it', async () => {
    const { f, runs, signalOf } = setup()
    const [one, two] = [new AbortController(), new AbortController()]
    const many = fate(f.getOrUpdateMany([1, { signal: one.signal }], [2, { signal: two.signal }]))
    await quiet()
    const [first, second] = [signalOf(0), signalOf(1)]

    one.abort('first')
    await quiet()

    expect([first.reason, second.aborted, many.isSettled]).toEqual(['first', false, false])
    runs.pending[1]?.resolve('second')
    await quiet()
    expect(many.reason).toBe('first')
    expect(await f.get(2, {})).toBe('second')
  })

  it('stores what a run of a bulk gives after its caller has left, for one who joined', async () => {
    const { f, runs } = setup()
    const own = new AbortController()
    const many = fate(f.getOrUpdateMany([1, { signal: own.signal }], [2, {}]))
    await quiet()
    const joined = f(1, {})
    own.abort('no more')
    runs.pending[1]?.resolve('second')
    await quiet()

    runs.pending[0]?.resolve('first')

    expect(await joined).toBe('first')
    expect(many.reason).toBe('no more')
    expect(await f.get(1, {})).toBe('first')
  })

  it('rejects an update whose caller leaves, and aborts its run', async () => {
    const { f, signalOf } = setup()
    const own = new AbortController()
    const update = fate(f.update(1, { signal: own.signal }))
    await quiet()

    own.abort('no more')
    await quiet()

    expect(update.reason).toBe('no more')
    expect(signalOf(0).reason).toBe('no more')
  })

  it('lets a call that has joined an update wait for it', async () => {
    const { f, runs, signalOf } = setup()
    const own = new AbortController()
    fate(f.update(1, { signal: own.signal }))
    const joined = f(1, {})
    await quiet()

    own.abort()
    await quiet()

    expect(signalOf(0).aborted).toBe(false)
    runs.pending[0]?.resolve('value')
    expect(await joined).toBe('value')
  })

  it('gives loadMany the signal of each run, and leaves out what all have left', async () => {
    const lists: (readonly [number, Options?])[][] = []
    const f = cached(async (n: number, _: Options) => n, {
      keyPrefix: 'f',
      loadMany: async (argsList) => {
        lists.push([...argsList])
        return argsList.map(([n]) => n)
      },
      batch: {},
    })
    const owns = [new AbortController(), new AbortController()]
    const calls = owns.map(({ signal }, n) => fate(f(n, { signal })))
    await null
    owns[0]?.abort('no more')

    await quiet()
    await quiet()

    expect(calls.map(({ value, reason }) => value ?? reason)).toEqual(['no more', 1])
    expect(lists.map((list) => list.map(([n]) => n))).toEqual([[1]])
    expect(lists[0]?.[0]?.[1]?.signal).not.toBe(owns[1]?.signal)
  })

  it('does not run loadMany when all have left all of it', async () => {
    let loads = 0
    const f = cached(async (n: number, _: Options) => n, {
      keyPrefix: 'f',
      loadMany: async (argsList) => {
        loads += 1
        return argsList.map(([n]) => n)
      },
      batch: { wait: 20 },
    })
    const own = new AbortController()
    const call = f(1, { signal: own.signal })
    await quiet()

    own.abort('no more')

    await expect(call).rejects.toBe('no more')
    await f(2, {})
    expect(loads).toBe(1)
  })

  it('gives the function its receiver, and the signal of its run', async () => {
    const seen: unknown[] = []
    const own = new AbortController()
    const object = {
      get: cached(
        async function get(this: object, { signal }: Options) {
          seen.push(this, signal === own.signal)
        },
        { receiver: true, keyPrefix: 'get', key: () => 'k' },
      ),
    }

    await object.get({ signal: own.signal })

    expect(seen).toEqual([object, false])
  })

  it('gives execute the signal of its caller', async () => {
    const { f, runs } = setup()
    const { signal } = new AbortController()

    fate(f.execute(1, { signal }))

    expect(runs.pending[0]?.args[1]?.signal).toBe(signal)
  })
})

describe('the refresh of what is old', () => {
  /** With an entry that is in the window of the option. */
  async function old(window: 'staleWhileRevalidate' | 'staleIfError', options: object = {}) {
    const ttl = (value: string) => (value === 'old' ? 1 : 60_000)
    const all = setup({ ttl, [window]: 60_000, ...options })
    await all.f.set('old', 1, {})
    await until(async () => !(await all.f.has(1, {})), 'the end of the ttl')
    return all
  }

  it('behind a call is aborted by nobody who has called', async () => {
    const { f, runs, signalOf } = await old('staleWhileRevalidate')
    const own = new AbortController()
    const given = await f(1, { signal: own.signal })
    await quiet()

    own.abort()
    await quiet()

    expect(given).toBe('old')
    expect(signalOf(0)).not.toBe(own.signal)
    expect(signalOf(0).aborted).toBe(false)
    runs.pending[0]?.resolve('new')
    await f.idle()
  })

  it('behind a call that is aborted already is made', async () => {
    const { f, runs, signalOf } = await old('staleWhileRevalidate')

    const given = await f(1, { signal: AbortSignal.abort() })
    await quiet()

    expect([given, signalOf(0).aborted]).toEqual(['old', false])
    runs.pending[0]?.resolve('new')
    await f.idle()
  })

  it('that calls wait for is aborted when all have left, and is no failed one', async () => {
    const { f, runs, signalOf } = await old('staleIfError')
    const owns = [new AbortController(), new AbortController()]
    const calls = owns.map(({ signal }) => fate(f(1, { signal })))
    await quiet()
    const signal = signalOf(0)

    owns[0]?.abort('first')
    const between = signal.aborted
    owns[1]?.abort('second')
    runs.pending[0]?.reject(signal.reason)
    await quiet()
    const again = f(1, {})
    await quiet()

    expect([between, signal.reason]).toEqual([false, 'second'])
    expect(calls.map(({ reason }) => reason)).toEqual(['first', 'second'])
    runs.pending[0]?.resolve('new') // no back-off
    expect(await again).toBe('new')
  })

  it('that another flight has joined is not aborted by the callers of the first', async () => {
    const { f, runs, signalOf } = await old('staleIfError', { softTimeout: 20 })
    const own = new AbortController()
    const first = await f(1, { signal: own.signal })
    const joined = f(1, {})
    await quiet()

    own.abort()
    await quiet()

    expect(first).toBe('old')
    expect([runs.count, signalOf(0).aborted]).toEqual([1, false])
    runs.pending[0]?.resolve('new')
    expect(await joined).toBe('new')
  })

  it('that was left by softTimeout is not aborted by who joins it and leaves', async () => {
    const { f, runs, signalOf } = await old('staleIfError', { softTimeout: 200 })
    await f(1, { signal: new AbortController().signal })
    const own = new AbortController()
    const joined = fate(f(1, { signal: own.signal }))
    await quiet()

    own.abort('no more')
    await quiet()

    expect(joined.reason).toBe('no more')
    expect([runs.count, signalOf(0).aborted]).toEqual([1, false])
    runs.pending[0]?.resolve('new')
    await f.idle()
    expect(await f.get(1, {})).toBe('new')
  })
})

describe('in two processes on redis', () => {
  const wrap = () => {
    const { runs, here, there } = elsewhere('redis')
    return { runs, here: here as never as Waiting, there: there as never as Waiting }
  }
  type Waiting = ReturnType<typeof setup>['f']

  it('a caller leaves while it waits for the run of the other, which goes on', async () => {
    const { runs, here, there } = wrap()
    const running = here(1, {})
    await until(() => runs.pending.length === 1, 'the run')
    const own = new AbortController()
    const waiting = fate(there(1, { signal: own.signal }))
    await until(() => waiting.isSettled === false && runs.count === 1, 'the wait')

    own.abort('no more')
    await quiet()

    expect(waiting.reason).toBe('no more')
    runs.pending[0]?.resolve('value')
    expect(await running).toBe('value')
    expect(await there(1, {})).toBe('value')
    expect(runs.count).toBe(1)
  })

  it('nobody asks the store any more when all have left', async () => {
    const { runs, here, there } = wrap()
    const client = await redisClient()
    const running = here(1, {})
    await until(() => runs.pending.length === 1, 'the run')
    let waits = 0
    there.on('wait', () => {
      waits += 1
    })
    const own = new AbortController()
    fate(there(1, { signal: own.signal }))
    await quiet()

    own.abort()
    await until(() => waits === 1, 'the end of the wait')

    await there.delete(1, {}) // would let it run
    runs.pending[0]?.resolve('value')
    await running
    expect(runs.count).toBe(1)
    expect(await client.exists(there.key(1, {}))).toBe(0)
  })

  it('a run that is aborted gives its lease back', async () => {
    const { runs, here, there } = wrap()
    const own = new AbortController()
    fate(here(1, { signal: own.signal }))
    await until(() => runs.pending.length === 1, 'the run')
    const waiting = there(1, {})

    own.abort('no more')
    runs.pending[0]?.reject('no more')
    await until(() => runs.count === 2, 'the run of the other')

    runs.pending[0]?.resolve('value')
    expect(await waiting).toBe('value')
  })
})

describe('a run that all have left, and that takes no notice,', () => {
  it('holds up nobody who comes next, here or elsewhere', async () => {
    const { runs, here, there } = elsewhere('redis')
    const own = new AbortController()
    fate((here as never as (n: number, signal: AbortSignal) => Promise<string>)(1, own.signal))
    await until(() => runs.pending.length === 1, 'the run')

    own.abort('no more')
    const next = [here(1), there(1)]
    await until(() => runs.count === 2, 'the next run')

    runs.pending[1]?.resolve('next')
    expect(await Promise.all(next)).toEqual(['next', 'next'])
    runs.pending[0]?.resolve('late')
  })
})

describe('signals in arguments', () => {
  it('are not looked for in more than a thousand members: a large argument costs no more', () => {
    const { signal } = new AbortController()
    const rows = Array.from({ length: 1_001 }, (): object => ({}))

    expect(signalsIn([rows.with(999, signal)])).toEqual([signal])
    expect(signalsIn([rows.with(1_000, signal)])).toBeUndefined()
  })

  const { signal } = new AbortController()
  const other = new AbortController().signal

  it('are found and replaced at any depth of plain objects and lists, in copies', () => {
    const deep = Object.freeze({ a: [1, Object.freeze({ signal })], b: { c: 2 } })
    const args = [signal, 'text', deep, null, undefined]

    const given = withSignal(args, other)

    expect(signalsIn(args)).toEqual([signal, signal])
    expect(given).toEqual([other, 'text', { a: [1, { signal: other }], b: { c: 2 } }, null, undefined])
    expect((given[2] as typeof deep).b).toBe(deep.b)
    expect(deep.a[1]).toEqual({ signal })
    expect(args[0]).toBe(signal)
  })

  it('are not looked for in instances, nor by getters', () => {
    let asked = 0
    class Request {
      readonly signal = signal
    }
    const lazy = {
      get signal() {
        asked += 1
        return signal
      },
      other: 1,
    }
    const args = [new Request(), lazy, new Map([[1, signal]])]

    const given = withSignal(args, other)

    expect(signalsIn(args)).toBeUndefined()
    expect(given.every((one, i) => one === args[i])).toBe(true)
    expect(asked).toBe(0)
  })

  it('keep the getters, symbols and prototypes of what is copied', () => {
    const symbol = Symbol('own')
    const object = Object.assign(Object.create(null), { signal, [symbol]: 1 })
    Object.defineProperty(object, 'lazy', { get: () => 'asked', enumerable: true })

    const [copy] = withSignal([object], other) as [typeof object]

    expect([copy.signal, copy[symbol], copy.lazy, Object.getPrototypeOf(copy)]).toEqual([other, 1, 'asked', null])
    expect(object.signal).toBe(signal)
  })

  it('are looked for once in what is met again and again, or is within itself', () => {
    const all = Array.from({ length: 40 }, () => ({ others: [] as unknown[] }))
    for (const one of all) one.others = all
    let doubled: unknown = { signal }
    for (let i = 0; i < 40; i++) doubled = [doubled, doubled]

    const found = signalsIn([all, doubled])

    expect(found).toEqual([signal])
  })

  it('do not fail a call whose ignored argument cannot be looked into', async () => {
    const f = cached(async (n: number, _: object) => n, { keyPrefix: 'f', ignorableKeys: [1] })
    const closed = new Proxy(
      {},
      {
        ownKeys() {
          throw new Error('closed')
        },
      },
    )

    expect(await f(1, closed)).toBe(1)
  })

  it('of a cyclic argument that is no part of the key work', async () => {
    const runs = controlledRuns<number, [number, { self?: object; signal: AbortSignal }]>()
    const f = cached(runs.fn, { keyPrefix: 'f', ignorableKeys: [1] })
    const own = new AbortController()
    const cyclic: { self?: object; signal: AbortSignal } = { signal: own.signal }
    cyclic.self = cyclic
    const call = fate(f(1, cyclic))
    await quiet()

    own.abort('no more')
    await quiet()

    expect(call.reason).toBe('no more')
    expect(runs.pending[0]?.args[1].signal.reason).toBe('no more')
    expect(cyclic.signal).toBe(own.signal)
  })

  it('may be those of AbortSignal.any and AbortSignal.timeout', async () => {
    const { f } = setup()
    const own = new AbortController()
    const calls = [AbortSignal.timeout(5), AbortSignal.any([own.signal])].map((one) => fate(f(1, { signal: one })))
    await until(() => calls[0]?.isSettled, 'the timeout')
    const between = calls[1]?.isSettled

    own.abort('no more')
    await quiet()

    expect(between).toBe(false)
    expect(calls.map(({ reason }) => String(reason))).toEqual([
      'TimeoutError: The operation was aborted due to timeout',
      'no more',
    ])
  })

  it('may be those of another realm', async () => {
    const { f, signalOf } = setup()
    class Foreign extends EventTarget {
      aborted = false
      reason: unknown
      onabort = null
      readonly [Symbol.toStringTag] = 'AbortSignal'
      throwIfAborted() {}
    }
    const own = new Foreign()
    const call = fate(f(1, { signal: own }))
    await quiet()
    const signal = signalOf(0)

    Object.assign(own, { aborted: true, reason: 'no more' }).dispatchEvent(new Event('abort'))
    await quiet()

    expect(signal).not.toBe(own)
    expect([call.reason, signal.reason]).toEqual(['no more', 'no more'])
  })

  it('has a call of two signals end by either', async () => {
    const runs = controlledRuns<number, [AbortSignal, AbortSignal]>()
    const f = cached(runs.fn, { keyPrefix: 'f' })
    const [one, two] = [new AbortController(), new AbortController()]
    const call = fate(f(one.signal, two.signal))
    await quiet()

    two.abort('two')
    one.abort('one')
    await quiet()

    expect(call.reason).toBe('two')
    expect(runs.pending[0]?.args.map(({ reason }) => reason)).toEqual(['two', 'two'])
  })
})

describe('what a signal leaves behind', () => {
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')

  it('is one listener for a hundred calls that wait, and none afterwards', async () => {
    const warnings: unknown[] = []
    const warned = (warning: unknown) => warnings.push(warning)
    process.on('warning', warned)
    const { f, runs } = setup()
    const { signal } = new AbortController()
    const calls = Array.from({ length: 100 }, (_, n) => f(n, { signal }))
    await quiet()
    const during = getEventListeners(signal, 'abort').length

    for (const run of [...runs.pending]) run.resolve('value')
    await Promise.all(calls)
    await quiet()
    process.off('warning', warned)

    expect([during, getEventListeners(signal, 'abort').length, warnings]).toEqual([1, 0, []])
  })

  it('is nothing of a hit', async () => {
    const { f } = setup()
    await f.set('value', 1, {})
    const { signal } = new AbortController()

    await f(1, { signal })

    expect(getEventListeners(signal, 'abort')).toEqual([])
  })

  it('is not what AbortSignal.any made of one that lives for ever', async () => {
    const { f, runs } = setup()
    const shutdown = new AbortController()
    const ref = await (async () => {
      const signal = AbortSignal.any([shutdown.signal, new AbortController().signal])
      const call = f(1, { signal })
      ;(await runs.next()).resolve('value')
      await call
      return new WeakRef(signal)
    })()

    await until(async () => {
      await quiet()
      collect()
      return ref.deref() === undefined
    }, 'its end')
    expect(shutdown.signal.aborted).toBe(false)
  })
})

it('an action execute of a userInterface gets the signal of all who wait, and one who leaves ends it for no other', async () => {
  const signals: AbortSignal[] = []
  let give = (_value: string): void => {}
  const given = new Promise<string>((resolve) => {
    give = resolve
  })
  const f = cached(async (_signal: AbortSignal) => 'past the interface', {
    keyPrefix: 'f',
    userInterface: () => ({
      execute: async ({ args: [signal] }) => {
        signals.push(signal)
        return given
      },
    }),
  })
  const [leaver, stayer] = [new AbortController(), new AbortController()]
  const leaving = f(leaver.signal).catch((reason) => reason)
  const staying = f(stayer.signal)

  leaver.abort('left')

  give('given')
  expect(await Promise.all([leaving, staying])).toEqual(['left', 'given'])
  expect(signals.map(({ aborted }) => aborted)).toEqual([false])
})
