import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { Keyv } from 'keyv'
import { cached, StoreError } from '../../lib/index.js'
import { FAILURE, type Fault, type FaultyStore, faultyStore } from '../support/controlled-store.js'

beforeEach(() => {
  jest.useFakeTimers()
})
afterEach(() => {
  jest.useRealTimers()
})

const TIMEOUT = 1_000
const adapters: [name: string, store: (faulty: FaultyStore) => object][] = [
  ['a bare adapter', ({ adapter }) => adapter],
  ["a user's Keyv", ({ adapter }) => new Keyv({ store: adapter }).on('error', () => {})],
]
const faults: Fault[] = ['throws', 'rejects', 'hangs']

function setup(open: (faulty: FaultyStore) => object, options: { onStoreError?: 'throw' } = {}) {
  const faulty = faultyStore()
  const fn = jest.fn(async (n: number) => n * 2)
  const f = cached(fn, { store: open(faulty), keyPrefix: 'f', ttl: 60_000, ...options })
  const errors: unknown[] = []
  f.on('error', ({ error }) => errors.push(error))
  return { faulty, fn, f, errors }
}

/** What `act` comes to, with as much time as it is to need at most. */
async function outcome<T>(act: () => Promise<T>): Promise<PromiseSettledResult<T>> {
  const settled = Promise.allSettled([act()])
  await jest.advanceTimersByTimeAsync(TIMEOUT)
  const [result] = await settled
  return result
}

describe.each(adapters)('%s', (_name, open) => {
  it.each(faults)('that %s on reads lets a call run the function', async (fault) => {
    const { faulty, f, fn, errors } = setup(open)
    faulty.faults.get = fault

    const result = await outcome(() => f(1))

    expect(result).toEqual({ status: 'fulfilled', value: 2 })
    expect(fn).toHaveBeenCalledTimes(1)
    expect(errors).toEqual([expect.objectContaining({ operation: 'get', key: 'f::1' })])
    expect(faulty.count('set')).toBe(0)
  })

  it.each(faults)('that %s on writes lets a call give its result', async (fault) => {
    const { faulty, f, errors } = setup(open)
    faulty.faults.set = fault

    const result = await outcome(() => f(1))

    expect(result).toEqual({ status: 'fulfilled', value: 2 })
    expect(errors).toEqual([expect.objectContaining({ operation: 'set', key: 'f::1' })])
  })

  it.each(faults)('that %s makes every explicit control reject with a StoreError', async (fault) => {
    const { faulty, f, errors } = setup(open)
    Object.assign(faulty.faults, { get: fault, set: fault, delete: fault })

    const results = await Promise.all(
      [
        () => f.get(1),
        () => f.has(2),
        () => f.touch(3),
        () => f.set(1, 4),
        () => f.update(5),
        () => f.delete(6),
        () => f.getMany([7], [8]),
        () => f.storage.get('f::9'),
      ].map((act) => outcome<unknown>(act)),
    )

    for (const result of results) {
      expect(result).toEqual({ status: 'rejected', reason: expect.any(StoreError) })
      if (fault !== 'hangs') expect(result).toMatchObject({ reason: { code: 'ERR_STORE', cause: FAILURE } })
      else expect(result).toMatchObject({ reason: { code: 'ERR_STORE_TIMEOUT' } })
    }
    expect(errors).toEqual([])
  })

  it.each(faults)("that %s makes a call reject where onStoreError is 'throw'", async (fault) => {
    const { faulty, f, fn } = setup(open, { onStoreError: 'throw' })
    faulty.faults.get = fault

    const results = [await outcome<unknown>(() => f(1)), await outcome<unknown>(() => f.getOrUpdateMany([1], [2]))]

    for (const result of results) expect(result).toEqual({ status: 'rejected', reason: expect.any(StoreError) })
    expect(fn).not.toHaveBeenCalled()
  })

  it.each(faults)(
    'that %s on writes makes a call reject after its run where onStoreError is "throw"',
    async (fault) => {
      const { faulty, f, fn } = setup(open, { onStoreError: 'throw' })
      faulty.faults.set = fault

      const result = await outcome(() => f(1))

      expect(result).toMatchObject({ status: 'rejected', reason: { operation: 'set' } })
      expect(fn).toHaveBeenCalledTimes(1)
    },
  )

  it('that answers with nonsense is a miss with an event, and gets the result', async () => {
    const { faulty, f, errors } = setup(open)
    faulty.faults.get = 'corrupts'

    const result = await outcome(() => f(1))

    expect(result).toEqual({ status: 'fulfilled', value: 2 })
    expect(errors).toHaveLength(1)
    expect(faulty.count('set')).toBe(1)
    expect(await outcome(() => f.get(1))).toEqual({ status: 'fulfilled', value: undefined })
  })

  it('is used again as soon as it works', async () => {
    const { faulty, f, fn } = setup(open)
    faulty.faults.get = 'rejects'
    await outcome(() => f(1))

    faulty.faults.get = 'none'

    await outcome(() => f(1))
    expect(await outcome(() => f(1))).toEqual({ status: 'fulfilled', value: 2 })
    expect(fn).toHaveBeenCalledTimes(2)
  })

  it('that fails one write of many lets the others be stored and the error be seen', async () => {
    const { faulty, f } = setup(open)
    const { set } = faulty.adapter
    faulty.adapter.set = (key, value) => (key.endsWith('::2') ? Promise.reject(FAILURE) : set(key, value))

    const result = await outcome(() => f.setMany([[1], [2], [3]], [1, 2, 3]))

    expect(result).toMatchObject({ status: 'rejected', reason: { code: 'ERR_STORE', cause: FAILURE } })
    expect(faulty.data.size).toBe(2)
  })
})

describe('a failing write of many', () => {
  it('does not let a later write of another key overtake the one in the air', async () => {
    const { data, adapter } = faultyStore()
    let land = () => {}
    let first = true
    adapter.set = (key, value) => {
      if (key === 'f::2') return Promise.reject(FAILURE)
      if (!first) return Promise.resolve(data.set(key, value))
      first = false
      return new Promise((resolve) => {
        land = () => resolve(data.set(key, value))
      })
    }
    const f = cached(async (n: number) => n, { store: adapter, keyPrefix: 'f' })
    const many = f.setMany([[1], [2]], [1, 1])
    many.catch(() => {})
    await jest.advanceTimersByTimeAsync(10)
    const later = f.set(2, 1)
    await jest.advanceTimersByTimeAsync(10)

    land()
    await jest.advanceTimersByTimeAsync(10)
    await later

    expect(await f.get(1)).toBe(2)
    await expect(many).rejects.toThrow(StoreError)
  })
})
