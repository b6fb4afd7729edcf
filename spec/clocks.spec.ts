/** The clock of a process jumps by a minute: what is kept is off by that minute at most, and what was ended stays so. */
import { afterAll, afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import KeyvRedis from '@keyv/redis'
import { cached, cachedSync } from '../lib/index.js'
import { sharedRedis, uniquePrefix } from './support/servers.js'

const MINUTE = 60_000
const TTL = 10 * MINUTE
const WINDOWS = { staleWhileRevalidate: 10 * MINUTE, staleIfError: 20 * MINUTE }
const JUMPS: [name: string, jump: number][] = [
  ['back', -MINUTE],
  ['ahead', MINUTE],
]

function setup(options: object = {}) {
  const runs = { count: 0 }
  const fn = (): string => {
    runs.count += 1
    throw new Error('down')
  }
  const all = { store: new Map(), keyPrefix: 'f', ttl: TTL, ...options }
  return { runs, fn, all }
}

describe.each(JUMPS)('in memory, when the clock jumps %s', (_name, jump) => {
  beforeEach(() => {
    jest.useFakeTimers({ now: 1e12, doNotFake: ['setImmediate', 'queueMicrotask', 'nextTick'] })
  })

  afterEach(() => {
    jest.useRealTimers()
  })

  /** What the clock says that the jump has moved, so much time after now. */
  const pass = (ms: number) => jest.advanceTimersByTime(ms)
  const leap = () => jest.setSystemTime(Date.now() + jump)

  it.each([
    ['the end of ttl', 0, ['old', true, 0], ['old', false, 1]],
    ['the end of staleWhileRevalidate', 10 * MINUTE, ['old', false, 1], ['old', false, 1]],
    ['the end of staleIfError', 20 * MINUTE, ['old', false, 1], ['down', false, 1]],
  ])('%s comes within a minute of its time', async (_what, after, before, then) => {
    const seen: unknown[] = []
    for (const late of [-MINUTE - 1, MINUTE + 1]) {
      const { fn, all, runs } = setup(WINDOWS)
      const f = cached(fn, all)
      f.on('error', () => {})
      await f.set('old')
      leap()
      pass(TTL + after + late)

      const isFresh = await f.has()
      const given = await f().catch(({ message }) => message)
      await f.idle()
      seen.push([given, isFresh, runs.count])
    }

    expect(seen).toEqual([before, then])
  })

  it('what expire has ended stays ended, and is of use for its windows, but for a minute', async () => {
    const { fn, all, runs } = setup(WINDOWS)
    const f = cached(fn, all)
    f.on('error', () => {})
    await f.set('old')
    pass(5 * MINUTE)
    await f.expire()
    leap()

    const seen: unknown[] = [await f.has(), await f.get(), await f()]
    await f.idle()
    seen.push(runs.count)
    pass(20 * MINUTE - MINUTE - 1)
    seen.push(await f())
    pass(2 * MINUTE + 2)
    seen.push(await f().catch(({ message }) => message))

    expect(seen).toEqual([false, undefined, 'old', 1, 'old', 'down'])
  })

  it('a refresh that has failed is tried again within a minute of its time', async () => {
    const { fn, all, runs } = setup({ ...WINDOWS, retryAfter: 3 * MINUTE })
    const f = cached(fn, all)
    f.on('error', () => {})
    await f.set('old')
    pass(TTL + 1)
    await f()
    await f.idle()
    leap()

    const counts: number[] = []
    for (const ms of [0, 2 * MINUTE - 1, 2 * MINUTE + 2]) {
      pass(ms)
      await f()
      await f.idle()
      counts.push(runs.count)
    }

    expect(counts).toEqual([1, 1, 2])
  })

  it('cachedSync falls back and waits as long, but for a minute', () => {
    const { fn, all, runs } = setup({ staleIfError: 20 * MINUTE, retryAfter: 3 * MINUTE })
    const f = cachedSync(fn, all)
    f.on('error', () => {})
    f.set('old')
    pass(TTL + 1)
    f()
    leap()

    const seen: unknown[] = []
    for (const ms of [0, 2 * MINUTE - 1, 2 * MINUTE + 2, 15 * MINUTE - 3]) {
      pass(ms)
      seen.push([f(), runs.count])
    }
    pass(2 * MINUTE + 2)

    expect(seen).toEqual([
      ['old', 1],
      ['old', 1],
      ['old', 2],
      ['old', 3],
    ])
    expect(f).toThrow('down')
  })
})

describe.each(JUMPS)('on Redis, when the clock of one process jumps %s', (_name, jump) => {
  const adapter = new KeyvRedis<string>(sharedRedis().url)
  const client = adapter.client as unknown as { pTTL(key: string): Promise<number> }
  const now = Date.now
  let offset = 0

  beforeEach(() => {
    offset = 0
    jest.spyOn(Date, 'now').mockImplementation(() => now() + offset)
  })

  afterEach(() => {
    jest.restoreAllMocks()
  })

  afterAll(() => adapter.disconnect())

  const wrap = (options: object = {}) => {
    const { fn, all, runs } = setup({ ...WINDOWS, store: adapter, keyPrefix: uniquePrefix('clock'), ...options })
    const f = cached(fn, all)
    f.on('error', () => {})
    return { f, runs }
  }

  it('an entry is neither lost nor revived, and Redis keeps it as long as before', async () => {
    const { f, runs } = wrap({ ttl: MINUTE + 30_000 })
    await f.set('old')
    offset = jump

    const fresh = [await f.has(), await f(), runs.count]
    const left = await client.pTTL(f.key())
    offset += MINUTE + 40_000
    const later = await f.has()

    expect(fresh).toEqual([true, 'old', 0])
    expect(left).toBeGreaterThan(21 * MINUTE)
    expect(left).toBeLessThanOrEqual(MINUTE + 30_000 + 20 * MINUTE)
    expect(later).toBe(jump < 0)
  })

  it('what expire has ended stays ended', async () => {
    const { f, runs } = wrap()
    await f.set('old')
    await f.expire()
    offset = jump

    const seen = [await f.has(), await f.touch(), await f()]
    await f.idle()

    expect(seen).toEqual([false, false, 'old'])
    expect(runs.count).toBe(1)
  })

  it('what is written, touched and expired by it is kept as long as by any other', async () => {
    const { f } = wrap()
    offset = jump
    const kept: number[] = []

    await f.set('old')
    kept.push(await client.pTTL(f.key()))
    await f.touch()
    kept.push(await client.pTTL(f.key()))
    await f.expire()
    kept.push(await client.pTTL(f.key()))

    const expected = [30 * MINUTE, 30 * MINUTE, 20 * MINUTE]
    expect(kept.map((ms, i) => Math.abs(ms - Number(expected[i])) < 5_000)).toEqual([true, true, true])
  })

  it('what it has written is fresh to others for as long, but for that minute', async () => {
    const { f } = wrap()
    offset = jump
    await f.set('old')
    offset = 0

    const early = await f.has()
    offset = TTL - MINUTE - 1_000
    const late = await f.has()
    offset = TTL + MINUTE + 1_000
    const after = await f.has()

    expect([early, late, after]).toEqual([true, true, false])
  })

  it('a refresh that has failed is tried again within a minute of its time', async () => {
    const { f, runs } = wrap({ retryAfter: 3 * MINUTE })
    await f.set('old')
    await f.expire()
    await f()
    await f.idle()
    offset = jump

    const counts: number[] = []
    for (const ms of [0, 2 * MINUTE - 5_000, 2 * MINUTE + 10_000]) {
      offset += ms
      await f()
      await f.idle()
      counts.push(runs.count)
    }

    expect(counts).toEqual([1, 1, 2])
  })
})
