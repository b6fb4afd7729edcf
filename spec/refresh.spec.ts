import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { cached } from '../lib/index.js'
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
