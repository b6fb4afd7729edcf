import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { cachedSync } from '../../lib/index.js'

beforeEach(() => {
  jest.useFakeTimers({ now: 0 })
})

afterEach(() => {
  jest.useRealTimers()
})

/** What the function does. */
type Outcome = 'new' | 'refused' | 'error'

function setup(meta?: object, kept = 1_100) {
  const state = { outcome: 'new' as Outcome, runs: 0 }
  const store = new Map<string, { value: unknown; expires: number }>()
  if (meta !== undefined) store.set('f::1', { value: { '@ring1': meta, value: 'old' }, expires: kept })
  const fn = (_n: number): string => {
    state.runs += 1
    if (state.outcome === 'error') throw new Error('down')
    return state.outcome
  }
  const f = cachedSync(fn, {
    store,
    keyPrefix: 'f',
    ttl: 100,
    staleIfError: 1_000,
    retryAfter: 50,
    cacheIf: (value) => value !== 'refused',
  })
  const events: string[] = []
  for (const name of ['hit', 'miss', 'stale', 'write', 'error'] as const) f.on(name, () => events.push(name))
  return { f, state, store, events }
}

const FRESH = { expires: 100 }
const WAITS = { expires: 100, failures: 1, retryAt: 400 }
const old = (meta: object) => ({ value: { '@ring1': meta, value: 'old' }, expires: 1_100 })

describe.each([
  ['a call', false],
  ['getOrUpdateMany', true],
])('%s of cachedSync', (_how, isBulk) => {
  it.each<
    [
      what: string,
      now: number,
      meta: object | undefined,
      outcome: Outcome,
      given: string,
      events: string,
      stored: unknown,
    ]
  >([
    ['fresh, at its very end', 100, FRESH, 'new', 'old', 'hit', old(FRESH)],
    ['to fall back on, of a function that works', 101, FRESH, 'new', 'new', 'miss write', 'new'],
    ['to fall back on, of a value that is refused', 101, FRESH, 'refused', 'refused', 'miss', old(FRESH)],
    [
      'to fall back on, of a function that fails',
      101,
      FRESH,
      'error',
      'old',
      'miss error stale',
      old({ ...FRESH, failures: 1, retryAt: 151 }),
    ],
    ['to fall back on, until it is tried again', 399, WAITS, 'new', 'old', 'stale', old(WAITS)],
    [
      'to fall back on, when it is tried again',
      400,
      WAITS,
      'error',
      'old',
      'miss error stale',
      old({ ...FRESH, failures: 2, retryAt: 500 }),
    ],
    [
      'to fall back on, at the very end of the window',
      1_100,
      FRESH,
      'error',
      'old',
      'miss error stale',
      { ...old({ ...FRESH, failures: 1, retryAt: 1_150 }), expires: 1_101 },
    ],
    ['of no use any more', 1_101, FRESH, 'error', 'down', 'miss', undefined],
    ['absent', 0, undefined, 'error', 'down', 'miss', undefined],
    ['absent, of a value that is refused', 0, undefined, 'refused', 'refused', 'miss', undefined],
  ])('where the entry is %s', (_what, now, meta, outcome, given, told, stored) => {
    const { f, state, store, events } = setup(meta)
    state.outcome = outcome
    jest.setSystemTime(now)

    let got: unknown
    try {
      got = isBulk ? f.getOrUpdateMany([1], [1])[1] : f(1)
    } catch (error) {
      got = (error as Error).message
    }

    expect(got).toBe(given)
    expect(events.join(' ')).toBe(told)
    const value = { '@ring1': { expires: now + 100 }, value: 'new' }
    expect(store.get('f::1')).toEqual(stored === 'new' ? { value, expires: now + 1_100 } : stored)
  })
})

describe('a refresh of cachedSync that fails', () => {
  it('is tried after 50, 100, 200 milliseconds, and the window ends when it said', () => {
    const { f, state } = setup(FRESH)
    state.outcome = 'error'
    jest.setSystemTime(101)

    const ran: number[] = []
    for (; Date.now() <= 1_100; jest.advanceTimersByTime(1)) {
      const before = state.runs
      expect(f(1)).toBe('old')
      if (state.runs > before) ran.push(Date.now())
    }

    expect(ran).toEqual([101, 151, 251, 451, 851])
    expect(() => f(1)).toThrow('down')
  })

  it.each([
    ['expire', (f: ReturnType<typeof setup>['f']) => f.expire(1)],
    ['set', (f: ReturnType<typeof setup>['f']) => f.set('old', 1)],
  ])('is tried at once after %s', (_control, act) => {
    const { f, state } = setup(WAITS)
    jest.setSystemTime(200)

    act(f)
    jest.advanceTimersByTime(101)

    expect([f(1), state.runs]).toEqual(['new', 1])
  })
})
