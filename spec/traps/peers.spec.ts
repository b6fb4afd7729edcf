import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { cached } from '../../lib/index.js'

/** What other packages got wrong, so that it does not go wrong here. */
describe('as in no peer', () => {
  beforeEach(() => void jest.useFakeTimers())
  afterEach(() => void jest.useRealTimers())

  it("tells f('bA') from f('ab'), whose 32-bit hashes are the same", async () => {
    const f = cached(async (x: string) => x)

    const answers = [await f('ab'), await f('bA'), await f('Aa'), await f('BB')]

    expect(answers).toEqual(['ab', 'bA', 'Aa', 'BB'])
  })

  it('runs a failing function once for 100 waiters, who all get its error', async () => {
    const error = new Error('no luck')
    const run = jest.fn(async (_x: string): Promise<string> => {
      throw error
    })
    const f = cached(run)

    const outcomes = await Promise.allSettled(Array.from({ length: 100 }, () => f('a')))

    expect(run).toHaveBeenCalledTimes(1)
    expect(new Set(outcomes.map((outcome) => outcome.status === 'rejected' && outcome.reason))).toEqual(
      new Set([error]),
    )
  })

  it('does not keep a rejection', async () => {
    let luck = false
    const f = cached(async (_x: string) => {
      if (!luck) throw new Error('no luck')
      return 'luck'
    })
    await expect(f('a')).rejects.toThrow('no luck')
    luck = true

    const answer = await f('a')

    expect(answer).toBe('luck')
  })

  it('keeps an entry of 30 days for 30 days: no timer overflows', async () => {
    const day = 86_400_000
    const run = jest.fn(async (x: string) => x)
    const f = cached(run, { ttl: 30 * day })
    await f('a')

    await jest.advanceTimersByTimeAsync(30 * day - 1)

    expect(await f.has('a')).toBe(true)
    await jest.advanceTimersByTimeAsync(2)
    expect(await f.has('a')).toBe(false)
    expect(run).toHaveBeenCalledTimes(1)
  })

  it('counts all arguments', async () => {
    const f = cached(async (...args: unknown[]) => args.length)

    const answers = [
      await f('a'),
      await f('a', 'b'),
      await f('a', 'b', 'c'),
      await f('a', { b: 1 }),
      await f('a', { b: 2 }),
    ]

    expect(answers).toEqual([1, 2, 3, 2, 2])
    expect(new Set([f.key('a'), f.key('a', 'b'), f.key('a', { b: 1 }), f.key('a', { b: 2 })]).size).toBe(4)
  })

  it('tells quotes in an argument from a second argument', async () => {
    const f = cached(async (...args: string[]) => args.join('|'))

    const answers = [await f("a','b"), await f('a', 'b'), await f('a:b'), await f("'a'", 'b')]

    expect(answers).toEqual(["a','b", 'a|b', 'a:b', "'a'|b"])
  })

  it('runs the function when the store throws twice', async () => {
    const store = {
      size: 0,
      get: () => {
        throw new Error('broken')
      },
      set: () => {
        throw new Error('broken')
      },
      has: () => false,
      delete: () => false,
    }
    const f = cached(async (x: string) => x, { store, keyPrefix: 'f' })
    f.on('error', () => {})

    const answer = await f('a')

    expect(answer).toBe('a')
  })
})
