import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { beginTurn, endTurn } from '../lib/fence.js'
import { type CachedOptions, cached, TimeoutError } from '../lib/index.js'
import { elsewhere, type Kind, redisClient, until } from './lease/elsewhere.js'
import { controlledRuns, quiet } from './support/controlled-store.js'

const HARD = 1_000
const SOFT = 100

/** A function of a number on a Map, whose runs end when the spec says so, with the signals that they got. */
function setup(options: object = {}) {
  const store = new Map()
  const runs = controlledRuns<string, [number, AbortSignal?]>()
  const f = cached(runs.fn, { store, keyPrefix: 'f', hardTimeout: HARD, ...options })
  /** Whether nothing is under way on a key any more, in the order of which the first has number 1. */
  const isForgotten = (key: string) => {
    const turn = beginTurn(store, key, false)
    endTurn(turn)
    return turn.number === 1
  }
  return { f, runs, isForgotten }
}

/** With an old value in the window of the option. */
async function old(window: 'staleWhileRevalidate' | 'staleIfError', options: object = {}) {
  const all = setup({ ttl: 10, [window]: 60_000, ...options })
  await all.f.set('old', 1)
  await pass(11)
  return all
}

async function pass(ms: number) {
  await quiet()
  await jest.advanceTimersByTimeAsync(ms)
  await quiet()
}

const timedOut = (keyOf: string) => expect.objectContaining({ code: 'ERR_TIMEOUT', key: keyOf })
const settled = (...promises: Promise<unknown>[]) => Promise.allSettled(promises)

describe('with fake timers', () => {
  beforeEach(() => void jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] }))
  afterEach(() => void jest.useRealTimers())

  describe('hardTimeout', () => {
    it('has all callers of a run get a TimeoutError, and the next call run anew', async () => {
      const { f, runs } = setup()
      const calls = settled(f(1), f(1), f.getOrUpdateMany([1], [1]))
      await pass(HARD)

      const next = f(1)
      await quiet()

      const outcomes = await calls
      expect(outcomes).toEqual(outcomes.map(() => ({ status: 'rejected', reason: timedOut('f::1') })))
      expect(outcomes[0]).toHaveProperty('reason', expect.any(TimeoutError))
      expect(runs.count).toBe(2)
      runs.pending[1]?.resolve('second')
      expect(await next).toBe('second')
    })

    it('does not come a millisecond early, and leaves no timer of a run that ends in time', async () => {
      const { f, runs } = setup()
      const call = f(1)
      await pass(HARD - 1)

      runs.pending[0]?.resolve('in time')

      expect(await call).toBe('in time')
      await quiet()
      expect(jest.getTimerCount()).toBe(0)
    })

    it('leaves no timer of a run that fails', async () => {
      const { f, runs } = setup()
      const call = settled(f(1))
      ;(await runs.next()).reject(new Error('no'))

      await call

      expect(jest.getTimerCount()).toBe(0)
    })

    it('lets the value count that comes in its tick, before it', async () => {
      const f = cached(async () => new Promise((resolve) => setTimeout(resolve, HARD, 'just')), {
        keyPrefix: 'f',
        hardTimeout: HARD,
      })
      const call = f()

      await pass(HARD)

      expect(await call).toBe('just')
    })

    it('counts for each run of a bulk, and the others are stored', async () => {
      const { f, runs } = setup()
      const many = settled(f.getOrUpdateMany([1], [2]))
      await quiet()
      runs.pending[1]?.resolve('second')

      await pass(HARD)

      expect(await many).toEqual([{ status: 'rejected', reason: timedOut('f::1') }])
      expect(await f.getMany([1], [2])).toEqual([undefined, 'second'])
    })

    it('counts for updates, whose entries stay as they were', async () => {
      const { f } = setup()
      await f.set('old', 1)
      const updates = settled(f.update(1), f.updateMany([2], [3]))

      await pass(HARD)

      expect(await updates).toEqual([
        { status: 'rejected', reason: timedOut('f::1') },
        { status: 'rejected', reason: timedOut('f::2') },
      ])
      expect(await f.get(1)).toBe('old')
    })

    it('does not count for execute', async () => {
      const { f, runs } = setup()
      const run = f.execute(1)
      await pass(10 * HARD)

      runs.pending[0]?.resolve('late')

      expect(await run).toBe('late')
    })

    it('counts for refresh and what is beside, of a userInterface', async () => {
      const { f } = setup({
        defaultAction: 'both',
        userInterface: () => ({
          both: async (call: never) => {
            const { refresh, beside } = call as { refresh(): Promise<string>; beside(name: string): typeof call }
            return settled(refresh(), (beside('meta') as { refresh(): Promise<string> }).refresh())
          },
        }),
      })
      const both = f(1)

      await pass(HARD)

      expect(await both).toEqual([
        { status: 'rejected', reason: timedOut('f::1') },
        { status: 'rejected', reason: timedOut('f::1::=meta') },
      ])
    })

    it('aborts the signal of the run with the TimeoutError', async () => {
      const { f, runs } = setup()
      const call = settled(f(1, new AbortController().signal))
      await quiet()
      const signal = runs.pending[0]?.args[1]

      await pass(HARD)

      expect(signal?.reason).toEqual(timedOut('f::1'))
      expect(await call).toEqual([{ status: 'rejected', reason: signal?.reason }])
    })

    it('gives the old value where staleIfError allows it, and has others wait before they try again', async () => {
      const { f, runs } = await old('staleIfError')
      f.on('error', () => {})
      const calls = settled(f(1), f(1))

      await pass(HARD)

      expect(await calls).toEqual([
        { status: 'fulfilled', value: 'old' },
        { status: 'fulfilled', value: 'old' },
      ])
      expect(await f(1)).toBe('old')
      expect(runs.count).toBe(1)
    })

    it('ends a refresh behind, which is an event and an end of idle', async () => {
      const { f } = await old('staleWhileRevalidate')
      const errors: unknown[] = []
      f.on('error', ({ error }) => errors.push(error))
      expect(await f(1)).toBe('old')
      const idle = f.idle()

      await pass(HARD)
      await idle

      expect(errors).toEqual([timedOut('f::1')])
    })

    it('is no failed refresh of a run that all have left', async () => {
      const { f, runs } = await old('staleIfError')
      const own = new AbortController()
      const call = settled(f(1, own.signal))
      await quiet()
      own.abort()
      await pass(HARD)

      const next = f(1)
      await quiet()

      expect(await call).toHaveProperty('[0].status', 'rejected')
      runs.pending[1]?.resolve('new')
      expect(await next).toBe('new')
    })
  })

  describe('a late result', () => {
    /** A call whose run has been given up; then `act`, then the run ends after all. */
    async function late(act: (all: ReturnType<typeof setup>) => unknown, control: 'call' | 'update' = 'call') {
      const all = setup()
      const { f, runs } = all
      const call = settled(control === 'call' ? f(1) : f.update(1))
      await pass(HARD)
      await call
      const run = runs.pending[0]
      await act(all)
      run?.resolve('late')
      await quiet()
      await quiet()
      return all
    }

    it.each(['call', 'update'] as const)('of a %s is stored where nothing newer has begun', async (control) => {
      const { f, isForgotten } = await late(() => {}, control)

      expect(await f.get(1)).toBe('late')
      expect(isForgotten('f::1')).toBe(true)
      expect(jest.getTimerCount()).toBe(0)
    })

    it.each<['call' | 'update', string, (f: ReturnType<typeof setup>['f']) => Promise<unknown>, string | undefined]>([
      ['call', 'set', (f) => f.set('set', 1), 'set'],
      ['call', 'delete', (f) => f.delete(1), undefined],
      ['call', 'expire', (f) => f.expire(1), undefined],
      ['update', 'set', (f) => f.set('set', 1), 'set'],
      ['update', 'delete', (f) => f.delete(1), undefined],
      ['update', 'expire', (f) => f.expire(1), undefined],
    ])('of a %s is withheld after a %s', async (control, _, act, left) => {
      const { f, isForgotten } = await late(({ f }) => act(f), control)

      expect(await f.get(1)).toBe(left)
      expect(isForgotten('f::1')).toBe(true)
    })

    it.each(['call', 'update'] as const)('of a %s is withheld after a newer run was stored', async (control) => {
      const { f, isForgotten } = await late(async ({ f, runs }) => {
        const newer = control === 'call' ? f(1) : f.update(1)
        await quiet()
        runs.pending[1]?.resolve('newer')
        await newer
      }, control)

      expect(await f.get(1)).toBe('newer')
      expect(isForgotten('f::1')).toBe(true)
    })

    it('that is an error is told of, since nobody else is', async () => {
      const { f, runs } = setup()
      const errors: unknown[] = []
      f.on('error', ({ error }) => errors.push(error))
      const call = settled(f(1))
      await pass(HARD)
      await call

      runs.pending[0]?.reject(new Error('failed late'))
      await quiet()

      expect(errors).toEqual([new Error('failed late')])
    })

    it('gives way to a run that began later and ends later', async () => {
      let newer: Promise<unknown> = Promise.resolve()
      const { f, runs } = await late(async ({ f }) => {
        newer = f(1)
        await quiet()
      })
      runs.pending[0]?.resolve('newer')

      expect(await newer).toBe('newer')
      expect(await f.get(1)).toBe('newer')
    })

    it('that is a failure is told to nobody, and holds nothing', async () => {
      const { f, runs, isForgotten } = setup()
      const call = settled(f(1))
      await pass(HARD)
      await call
      const during = isForgotten('f::1')

      runs.pending[0]?.reject(new Error('late'))
      await quiet()

      expect(await f.get(1)).toBeUndefined()
      expect([during, isForgotten('f::1')]).toEqual([false, true])
    })

    it('of what is beside a run is withheld after a delete of the run, when all had ended', async () => {
      const late = controlledRuns<string>()
      const f = cached(async () => 'main', {
        store: new Map(),
        keyPrefix: 'f',
        hardTimeout: HARD,
        userInterface: (actions) => ({
          execute: async (call) => {
            call
              .beside('meta')
              .refresh(late.fn)
              .catch(() => {})
            return actions.execute(call)
          },
        }),
      })
      await f()
      await pass(HARD)
      await f.delete()

      late.pending[0]?.resolve('meta of what was deleted')
      await quiet()

      expect(await f.storage.get(`${f.key()}::=meta`)).toBeUndefined()
    })
  })

  describe('softTimeout', () => {
    it('gives the old value, and what the run gives is stored behind', async () => {
      const { f, runs } = await old('staleIfError', { softTimeout: SOFT })
      const calls = settled(f(1), f(1), f.getOrUpdateMany([1]))
      await pass(SOFT)
      const given = await calls

      runs.pending[0]?.resolve('new')
      await f.idle()

      expect(given.map((one) => Reflect.get(one, 'value'))).toEqual(['old', 'old', ['old']])
      expect(await f.get(1)).toBe('new')
      expect(runs.count).toBe(1)
      expect(jest.getTimerCount()).toBe(0)
    })

    it('does not count where there is no old value', async () => {
      const { f, runs } = setup({ ttl: 10, staleIfError: 1_000, softTimeout: SOFT })
      const call = f(1)
      await pass(HARD - 1)

      runs.pending[0]?.resolve('value')

      expect(await call).toBe('value')
    })

    it('is not waited for by a run that is faster', async () => {
      const { f, runs } = await old('staleIfError', { softTimeout: SOFT })
      const call = f(1)
      await pass(SOFT - 1)

      runs.pending[0]?.resolve('new')

      expect(await call).toBe('new')
      await quiet()
      expect(jest.getTimerCount()).toBe(0)
    })

    it('gives no value whose window has ended meanwhile: the call waits on', async () => {
      const { f, runs } = setup({ ttl: 10, staleIfError: 50, softTimeout: SOFT })
      await f.set('old', 1)
      await pass(11)
      const call = f(1)
      await pass(SOFT)

      runs.pending[0]?.resolve('new')

      expect(await call).toBe('new')
    })

    it('leaves a run that still ends at hardTimeout', async () => {
      const { f } = await old('staleIfError', { softTimeout: SOFT })
      const errors: unknown[] = []
      f.on('error', ({ error }) => errors.push(error))
      const call = f(1)
      await pass(SOFT)
      const given = await call

      await pass(HARD)
      await f.idle()

      expect(given).toBe('old')
      expect(errors).toEqual([timedOut('f::1')])
    })
  })
})

describe('hardTimeout in two processes', () => {
  const KINDS: Kind[] = ['redis', 'memcached']
  const limits = { hardTimeout: 100, lease: { ttl: 3_000, wait: 5_000 } } as Partial<CachedOptions>

  it.each(KINDS)('on %s lets the other run at once, and what is late is withheld', async (kind) => {
    const { here, there, runs } = elsewhere(kind, limits)
    const slow = settled(here(1))
    await until(() => runs.pending.length === 1, 'the run')
    const waiting = there(1)
    const since = performance.now()
    await slow
    await until(() => runs.pending.length === 2, 'the run of the other')
    const took = performance.now() - since

    runs.pending[1]?.resolve('newer')
    const given = await waiting
    runs.pending[0]?.resolve('late')
    await until(async () => (await here.get(1)) !== undefined, 'the value')

    expect(given).toBe('newer')
    expect(took).toBeLessThan(2_500)
    expect(await there.get(1)).toBe('newer')
  })

  it.each(KINDS)('on %s has what is late be stored where nobody else has begun', async (kind) => {
    const { here, there, runs } = elsewhere(kind, limits)
    await settled(here(1))

    runs.pending[0]?.resolve('late')

    await until(async () => (await there.get(1)) === 'late', 'the late value')
    expect(await there(1)).toBe('late')
    expect(runs.count).toBe(1)
  })

  // On memcached a delete may come between the look at a lease and its being left.
  it('on redis has what is late be withheld after a delete there', async () => {
    const { here, there, runs } = elsewhere('redis', limits)
    const fenced: unknown[] = []
    here.on('fenced', ({ key }) => fenced.push(key))
    await settled(here(1))
    await until(async () => (await there.delete(1)) !== undefined, 'the delete')

    runs.pending[0]?.resolve('late')
    await until(() => fenced.length === 1, 'the refusal')

    expect(await there.get(1)).toBeUndefined()
  })

  it.each(KINDS)('on %s runs anew in this process, by a lease of its own', async (kind) => {
    const { here, there, runs } = elsewhere(kind, limits)
    await settled(here(1))
    const next = here(1)
    await until(() => runs.pending.length === 2, 'the second run')

    for (const [i, run] of [...runs.pending].entries()) run.resolve(i === 0 ? 'late' : 'newer')

    expect(await next).toBe('newer')
    expect(await there.get(1)).toBe('newer')
  })

  it('on redis keeps no lease of a function that never settles', async () => {
    const client = await redisClient()
    const { here, runs } = elsewhere('redis', { hardTimeout: 50, lease: { ttl: 200, wait: 300 } } as typeof limits)
    const key = here.key(1)
    const lease = `{${key}}=lease`
    const slow = settled(here(1))
    await until(() => client.exists(lease), 'the lease')
    await slow

    await until(async () => (await client.exists(lease)) === 0, 'its end')

    expect(runs.pending.length).toBe(1)
  })
})
