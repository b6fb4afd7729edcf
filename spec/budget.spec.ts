import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { Keyv } from 'keyv'
import { newBudget, spend } from '../lib/budget.js'
import { CoderError, cached, KeyError, StoreError, StoreTimeoutError, UnsupportedError } from '../lib/index.js'
import { openStorage } from '../lib/storage/open.js'
import { controlledRuns, controlledStore, faultyStore } from './support/controlled-store.js'

const storage = openStorage(new Map())

beforeEach(() => {
  jest.useFakeTimers()
})
afterEach(() => {
  jest.useRealTimers()
})

const never = () => new Promise<never>(() => {})
const answerAfter = (ms: number) => () => new Promise<string>((resolve) => setTimeout(resolve, ms, 'answer'))

describe('a budget', () => {
  it('gives what is there at once, without a promise', () => {
    const answer = spend(newBudget(100), storage, 'get', 'k', () => 'at once')

    expect(answer).toBe('at once')
    expect(jest.getTimerCount()).toBe(0)
  })

  it('is over all operations together', async () => {
    const budget = newBudget(100)
    const first = spend(budget, storage, 'get', 'k', answerAfter(60))
    await jest.advanceTimersByTimeAsync(60)
    expect(await first).toBe('answer')

    const second = expect(spend(budget, storage, 'set', 'k', answerAfter(60))).rejects.toThrow(StoreTimeoutError)

    await jest.advanceTimersByTimeAsync(40)
    await second
  })

  it('counts the time of operations that run together once', async () => {
    const budget = newBudget(100)
    const together = [answerAfter(60), answerAfter(60), answerAfter(60)].map((run) =>
      spend(budget, storage, 'get', 'k', run),
    )
    await jest.advanceTimersByTimeAsync(60)
    await Promise.all(together)

    const after = spend(budget, storage, 'set', 'k', answerAfter(30))
    await jest.advanceTimersByTimeAsync(30)

    expect(await after).toBe('answer')
  })

  it('is no longer for an operation that begins beside another', async () => {
    const budget = newBudget(100)
    const first = expect(spend(budget, storage, 'get', 'k', never)).rejects.toThrow(StoreTimeoutError)
    await jest.advanceTimersByTimeAsync(60)

    const second = expect(spend(budget, storage, 'get', 'k', never)).rejects.toThrow(StoreTimeoutError)

    await jest.advanceTimersByTimeAsync(40)
    await Promise.all([first, second])
    expect(jest.getTimerCount()).toBe(0)
  })

  it('that is spent starts nothing more', async () => {
    const budget = newBudget(100)
    const first = expect(spend(budget, storage, 'get', 'k', never)).rejects.toThrow(StoreTimeoutError)
    await jest.advanceTimersByTimeAsync(100)
    await first
    const run = jest.fn(answerAfter(1))

    const second = spend(budget, storage, 'set', 'k', run)

    await expect(second).rejects.toThrow("set of 'k' on memory failed: no answer within storeTimeout (100 ms)")
    expect(run).not.toHaveBeenCalled()
  })

  it('tells the operation when it is given up on, once', async () => {
    const onGiveUp = jest.fn()
    const given = spend(newBudget(100), storage, 'get', 'k', (attempt) => {
      attempt.onGiveUp = () => onGiveUp(attempt.givenUp)
      return never()
    })
    const rejected = expect(given).rejects.toThrow(StoreTimeoutError)

    await jest.advanceTimersByTimeAsync(500)

    await rejected
    expect(onGiveUp.mock.calls).toEqual([[true]])
  })

  it('leaves no timer behind', async () => {
    const ok = spend(newBudget(100), storage, 'get', 'k', async () => 'answer')
    const failed = spend(newBudget(100), storage, 'get', 'k', async () => {
      throw new Error('no')
    })

    await Promise.allSettled([ok, failed])

    expect(jest.getTimerCount()).toBe(0)
  })

  it('makes a StoreError of what the store throws, at once or later, with all that is known in it', async () => {
    const cause = new Error('broken')
    const runs = [
      () => {
        throw cause
      },
      () => Promise.reject(cause),
    ]

    const errors = await Promise.all(
      runs.map(async (run) => Promise.resolve(spend(newBudget(100), storage, 'get', 'k', run)).catch((error) => error)),
    )

    for (const error of errors) {
      expect(error).toBeInstanceOf(StoreError)
      expect(error).toMatchObject({ code: 'ERR_STORE', operation: 'get', key: 'k', store: 'memory', cause })
      expect(error.message).toBe("get of 'k' on memory failed: broken")
    }
  })

  it.each([new KeyError('k'), new CoderError('c'), new UnsupportedError('u')])(
    'leaves a %s as it is',
    async (error) => {
      const given = spend(newBudget(100), storage, 'get', 'k', () => Promise.reject(error))

      await expect(given).rejects.toBe(error)
    },
  )
})

describe('storeTimeout', () => {
  it('is over the read and the write of one call', async () => {
    const store = controlledStore()
    const f = cached(async () => 'result', { store: store.adapter, keyPrefix: 'f', storeTimeout: 100 })
    const errors: unknown[] = []
    f.on('error', ({ error }) => errors.push(error))
    const call = f()
    await jest.advanceTimersByTimeAsync(70)
    store.pending[0]?.finish()

    await jest.advanceTimersByTimeAsync(29)
    expect(errors).toEqual([])
    await jest.advanceTimersByTimeAsync(1)

    expect(await call).toBe('result')
    expect(errors).toEqual([expect.objectContaining({ code: 'ERR_STORE_TIMEOUT', operation: 'set' })])
  })

  it('does not count the time of the function', async () => {
    const f = cached(() => new Promise((resolve) => setTimeout(resolve, 5_000, 'result')), {
      store: faultyStore().adapter,
      keyPrefix: 'f',
      storeTimeout: 100,
    })
    const call = f()

    await jest.advanceTimersByTimeAsync(5_000)

    expect(await call).toBe('result')
    expect(await f.get()).toBe('result')
  })

  it('ends a call that waits for the write of another before it is ever sent', async () => {
    const store = controlledStore()
    const f = cached(async () => 'result', { store: store.adapter, keyPrefix: 'f', storeTimeout: 100 })
    const first = f.set('first')
    first.catch(() => {})
    await jest.advanceTimersByTimeAsync(50)
    const second = f.set('second')
    const rejected = [first, second].map((write) => expect(write).rejects.toThrow(StoreTimeoutError))

    await jest.advanceTimersByTimeAsync(100)
    await Promise.all(rejected)
    store.pending[0]?.finish()
    await jest.advanceTimersByTimeAsync(0)

    expect(store.count('set')).toBe(1)
    const third = f.set('third')
    await jest.advanceTimersByTimeAsync(0)
    store.pending[0]?.finish()
    await expect(third).resolves.toBeUndefined()
  })

  it('ends a touch between its read and its write: nothing is written later', async () => {
    const store = controlledStore()
    const f = cached(async () => 'result', { store: store.adapter, keyPrefix: 'f', storeTimeout: 100, ttl: 60_000 })
    const stored = f.set('stored')
    await jest.advanceTimersByTimeAsync(0)
    store.pending[0]?.finish()
    await stored
    const touched = expect(f.touch()).rejects.toThrow(StoreTimeoutError)
    await jest.advanceTimersByTimeAsync(100)
    await touched

    store.pending[0]?.finish()
    await jest.advanceTimersByTimeAsync(0)

    expect(store.pending).toEqual([])
    expect(store.count('set')).toBe(1)
  })

  it('ends a bulk update between what it removes and what it writes', async () => {
    const store = controlledStore()
    const options = { store: store.adapter, keyPrefix: 'f', storeTimeout: 100, overload: true }
    const f = cached(async (n: number) => n, options)
    const other = cached(() => new Promise<number>(() => {}), { ...options, key: () => 'f::1' })
    const updated = expect(f.updateMany([1], [2])).rejects.toThrow(StoreTimeoutError)
    void other.update()
    await jest.advanceTimersByTimeAsync(0)
    expect(store.pending.map(({ operation, key }) => `${operation} ${key}`)).toEqual(['delete f::1'])
    await jest.advanceTimersByTimeAsync(100)
    await updated

    store.pending[0]?.finish()
    await jest.advanceTimersByTimeAsync(0)

    expect(store.pending).toEqual([])
    expect(store.count('set')).toBe(0)
  })

  it('makes nothing of what a Keyv answers later: a delete that was given up on and failed has not happened', async () => {
    const store = controlledStore()
    const runs = controlledRuns<string>()
    const keyv = new Keyv({ store: store.adapter }).on('error', () => {})
    const f = cached(runs.fn, { store: keyv, keyPrefix: 'f', storeTimeout: 100 })
    store.data.set('keyv:f', await keyv.serializeData({ value: await f.encode('old') }))
    const updated = f.update()
    const removed = expect(f.delete()).rejects.toThrow(StoreTimeoutError)
    await jest.advanceTimersByTimeAsync(100)
    await removed
    runs.pending[0]?.resolve('new')
    await jest.advanceTimersByTimeAsync(0)

    store.pending[0]?.fail(new Error('no'))
    await jest.advanceTimersByTimeAsync(0)
    store.pending[0]?.finish()

    expect(await updated).toBe('new')
    expect(store.data.size).toBe(0)
  })
})
