import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { Meta } from '../lib/entry.js'
import {
  afterFailure,
  backOff,
  type Freshness,
  freshnessOf,
  keepsEnd,
  keptFor,
  longestWindow,
  outdated,
  type Plan,
  planOf,
} from '../lib/freshness.js'

const NONE = { staleWhileRevalidate: 0, staleIfError: 0 }
const STALE = { staleWhileRevalidate: 100, staleIfError: 0 }
const FALLBACK = { staleWhileRevalidate: 0, staleIfError: 100 }
const STALE_FIRST = { staleWhileRevalidate: 100, staleIfError: 300 }
const STALE_LONGER = { staleWhileRevalidate: 300, staleIfError: 100 }
const SAME = { staleWhileRevalidate: 100, staleIfError: 100 }

/** Its `ttl` ends at 1,000. */
const ENTRY: Meta = { expires: 1_000 }
const OUTDATED: Meta = { expires: 1_000, outdated: true }

describe('how fresh an entry is', () => {
  it.each<[what: string, meta: Meta, windows: typeof NONE, byTime: [now: number, freshness: Freshness][]]>([
    [
      'without windows',
      ENTRY,
      NONE,
      [
        [0, 'fresh'],
        [999, 'fresh'],
        [1_000, 'fresh'],
        [1_001, 'expired'],
      ],
    ],
    [
      'with staleWhileRevalidate alone',
      ENTRY,
      STALE,
      [
        [1_000, 'fresh'],
        [1_001, 'stale'],
        [1_100, 'stale'],
        [1_101, 'expired'],
      ],
    ],
    [
      'with staleIfError alone',
      ENTRY,
      FALLBACK,
      [
        [1_000, 'fresh'],
        [1_001, 'fallback'],
        [1_100, 'fallback'],
        [1_101, 'expired'],
      ],
    ],
    [
      'with staleIfError as the longer one',
      ENTRY,
      STALE_FIRST,
      [
        [1_001, 'stale'],
        [1_100, 'stale'],
        [1_101, 'fallback'],
        [1_300, 'fallback'],
        [1_301, 'expired'],
      ],
    ],
    [
      'with staleWhileRevalidate as the longer one',
      ENTRY,
      STALE_LONGER,
      [
        [1_001, 'stale'],
        [1_100, 'stale'],
        [1_101, 'stale'],
        [1_300, 'stale'],
        [1_301, 'expired'],
      ],
    ],
    [
      'with two that end together',
      ENTRY,
      SAME,
      [
        [1_001, 'stale'],
        [1_100, 'stale'],
        [1_101, 'expired'],
      ],
    ],
    [
      'that was expired, without windows',
      OUTDATED,
      NONE,
      [
        [0, 'expired'],
        [1_000, 'expired'],
      ],
    ],
    [
      'that was expired, with staleIfError alone',
      OUTDATED,
      FALLBACK,
      [
        [0, 'fallback'],
        [1_000, 'fallback'],
        [1_100, 'fallback'],
        [1_101, 'expired'],
      ],
    ],
    [
      'that was expired, by a process whose clock is ahead',
      OUTDATED,
      STALE_FIRST,
      [
        [0, 'stale'],
        [1_000, 'stale'],
        [1_100, 'stale'],
        [1_101, 'fallback'],
        [1_301, 'expired'],
      ],
    ],
    [
      'without an end',
      {},
      STALE_FIRST,
      [
        [0, 'fresh'],
        [Number.MAX_SAFE_INTEGER, 'fresh'],
      ],
    ],
    ['without an end, that was expired', { outdated: true }, STALE_FIRST, [[0, 'expired']]],
  ])('%s', (_what, meta, windows, byTime) => {
    const told = byTime.map(([now]) => [now, freshnessOf(meta, now, windows)])

    expect(told).toEqual(byTime)
  })
})

describe('what a call does', () => {
  const late = { expires: 1_000, failures: 1, retryAt: 1_150 }

  it.each<[what: string, meta: Meta, windows: typeof NONE, byTime: [now: number, plan: Plan][]]>([
    [
      'about an entry without metadata',
      {},
      SAME,
      [
        [0, 'serve'],
        [9_999, 'serve'],
      ],
    ],
    [
      'at the edges of both windows',
      ENTRY,
      STALE_FIRST,
      [
        [1_000, 'serve'],
        [1_001, 'serve and refresh'],
        [1_100, 'serve and refresh'],
        [1_101, 'refresh or serve'],
        [1_300, 'refresh or serve'],
        [1_301, 'refresh'],
      ],
    ],
    [
      'without windows',
      ENTRY,
      NONE,
      [
        [1_000, 'serve'],
        [1_001, 'refresh'],
      ],
    ],
    [
      'until and after retryAt, in either window',
      late,
      STALE_FIRST,
      [
        [1_001, 'serve'],
        [1_100, 'serve'],
        [1_101, 'serve'],
        [1_149, 'serve'],
        [1_150, 'refresh or serve'],
        [1_301, 'refresh'],
      ],
    ],
    [
      'about what is to be left alone for longer than it is of use',
      { expires: 1_000, failures: 9, retryAt: 29_999 },
      SAME,
      [
        [1_100, 'serve'],
        [1_101, 'refresh'],
      ],
    ],
    [
      'about what was expired',
      OUTDATED,
      STALE_FIRST,
      [
        [500, 'serve and refresh'],
        [1_101, 'refresh or serve'],
      ],
    ],
    [
      'about what a clock has put off that is ahead of all others',
      { expires: 1_000, failures: 1, retryAt: 1_050 + 90_001 },
      SAME,
      [
        [1_050, 'serve and refresh'],
        [1_051, 'serve'],
      ],
    ],
    ['about what was expired, with the longer fallback alone', OUTDATED, FALLBACK, [[1_001, 'refresh or serve']]],
  ])('%s', (_what, meta, windows, byTime) => {
    const planned = byTime.map(([now]) => [
      now,
      planOf(meta, now, { ...windows, earlyRefresh: 0, retryAfter: 1_000 }, () => 0.5),
    ])

    expect(planned).toEqual(byTime)
  })

  /** XFetch: it is due when `now - cost * beta * log(random)` has come to the end; here `random` is taken from 1. */
  it.each<[what: string, meta: Meta, beta: number, random: number, byTime: [now: number, plan: Plan][]]>([
    // -log(1 - (1 - 1/e)) is 1: it is due the cost times beta before the end.
    [
      'its cost before the end',
      { expires: 1_000, cost: 200 },
      1,
      1 - 1 / Math.E,
      [
        [799, 'serve'],
        [801, 'serve and refresh'],
        [1_000, 'serve and refresh'],
      ],
    ],
    [
      'twice its cost before the end',
      { expires: 1_000, cost: 200 },
      2,
      1 - 1 / Math.E,
      [
        [599, 'serve'],
        [601, 'serve and refresh'],
      ],
    ],
    [
      'at its very end by the least of chances',
      { expires: 1_000, cost: 200 },
      1,
      0,
      [
        [0, 'serve'],
        [999, 'serve'],
        [1_000, 'serve and refresh'],
      ],
    ],
    [
      'never, by beta 0',
      { expires: 1_000, cost: 200 },
      0,
      0.999_999,
      [
        [0, 'serve'],
        [1_000, 'serve'],
      ],
    ],
    [
      'never, without a cost',
      { expires: 1_000 },
      1,
      0.999_999,
      [
        [0, 'serve'],
        [1_000, 'serve'],
      ],
    ],
    [
      'never, without an end',
      { cost: 200 },
      1,
      0.999_999,
      [
        [0, 'serve'],
        [9_999, 'serve'],
      ],
    ],
    [
      'hardly ever, of a function that costs nothing',
      { expires: 1_000, cost: 0 },
      1,
      0.999_999,
      [
        [999, 'serve'],
        [1_000, 'serve and refresh'],
      ],
    ],
    [
      'not until retryAt',
      { expires: 1_000, cost: 200, failures: 1, retryAt: 950 },
      1,
      1 - 1 / Math.E,
      [
        [900, 'serve'],
        [950, 'serve and refresh'],
      ],
    ],
  ])('with earlyRefresh: %s', (_what, meta, earlyRefresh, random, byTime) => {
    const planned = byTime.map(([now]) => [
      now,
      planOf(meta, now, { ...NONE, earlyRefresh, retryAfter: 1_000 }, () => random),
    ])

    expect(planned).toEqual(byTime)
  })
})

describe('after a failure', () => {
  it.each([
    ['doubles to 30 seconds', 1_000, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]],
    ['begins at what is given', 7_000, [7_000, 14_000, 28_000, 30_000]],
    ['stays at what is given where that is longer', 45_000, [45_000, 45_000, 45_000]],
  ])('the wait %s', (_what, retryAfter, expected) => {
    const waits = expected.map((_, i) => backOff(i + 1, retryAfter))

    expect(waits).toEqual(expected)
  })

  it('the wait is finite after whatever number of failures', () => {
    expect(backOff(5_000, 1)).toBe(30_000)
  })

  it('the number of failures and the time to try again are carried, and no window moves', () => {
    const first = afterFailure({ expires: 1_000, cost: 5 }, 1_050, 100)
    const second = afterFailure(first, 1_150, 100)

    expect([first, second]).toEqual([
      { expires: 1_000, cost: 5, failures: 1, retryAt: 1_150 },
      { expires: 1_000, cost: 5, failures: 2, retryAt: 1_350 },
    ])
  })
})

describe('after expire', () => {
  it.each<[what: string, meta: Meta, now: number, expected: Meta]>([
    ['what was fresh ends now', { expires: 1_000 }, 400, { expires: 400, outdated: true }],
    ['what had ended ends when it did', { expires: 1_000 }, 1_050, { expires: 1_000, outdated: true }],
    ['what had no end ends now', {}, 400, { expires: 400, outdated: true }],
    [
      'what was expired before stays as it was',
      { expires: 300, outdated: true },
      400,
      { expires: 300, outdated: true },
    ],
    [
      'it is tried at once, and the cost stays',
      { expires: 1_000, cost: 5, failures: 3, retryAt: 9_000 },
      1_050,
      { expires: 1_000, cost: 5, outdated: true },
    ],
  ])('%s', (_what, meta, now, expected) => {
    expect(outdated(meta, now)).toEqual(expected)
  })
})

describe('how long a store keeps an entry', () => {
  it.each([
    ['to its end', 1_000, 400, NONE, 600],
    ['to the end of the longer window', 1_000, 400, STALE_FIRST, 900],
    ['to the end of the longer window, the other way round', 1_000, 400, STALE_LONGER, 900],
    ['to the end of the window it is in', 1_000, 1_050, SAME, 50],
    ['no time at all, which stores can take', 1_000, 5_000, SAME, 1],
  ])('%s', (_what, expires, now, windows, expected) => {
    expect(keptFor(expires, now, windows)).toBe(expected)
  })

  it('is told in the entry where calls look at it before the store does', () => {
    const policies = [NONE, STALE, FALLBACK].map((windows) => ({ ...windows, earlyRefresh: 0, retryAfter: 1_000 }))

    expect(policies.map(keepsEnd)).toEqual([false, true, true])
    expect(keepsEnd({ ...NONE, earlyRefresh: 1, retryAfter: 1_000 })).toBe(true)
    expect([NONE, STALE_FIRST, STALE_LONGER].map(longestWindow)).toEqual([0, 300, 300])
  })
})

describe('whatever the entry, the time and the options', () => {
  const time = fc.nat({ max: 2_000 })
  const maybe = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined })
  const policies = fc.record({
    staleWhileRevalidate: fc.nat({ max: 500 }),
    staleIfError: fc.nat({ max: 500 }),
    earlyRefresh: fc.constantFrom(0, 1, 5),
    retryAfter: fc.constant(1_000),
  })
  const metas = fc
    .record({
      expires: maybe(time),
      outdated: maybe(fc.constant(true)),
      cost: maybe(time),
      failures: maybe(fc.integer({ min: 1, max: 9 })),
      retryAt: maybe(time),
    })
    .map((meta) => JSON.parse(JSON.stringify(meta)) as Meta)
  const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

  it('time makes nothing fresher', () => {
    const order: Freshness[] = ['fresh', 'stale', 'fallback', 'expired']
    fc.assert(
      fc.property(metas, policies, time, time, (meta, policy, one, other) => {
        const [before, after] = [Math.min(one, other), Math.max(one, other)]

        expect(order.indexOf(freshnessOf(meta, before, policy))).toBeLessThanOrEqual(
          order.indexOf(freshnessOf(meta, after, policy)),
        )
      }),
    )
  })

  it('what a call gives, it gives by the windows alone', () => {
    fc.assert(
      fc.property(metas, policies, time, chance, (meta, policy, now, random) => {
        const freshness = freshnessOf(meta, now, policy)
        const plan = planOf(meta, now, policy, () => random)
        const backsOff = meta.retryAt !== undefined && now < meta.retryAt

        const allowed: Record<Freshness, Plan[]> = {
          fresh: policy.earlyRefresh === 0 || backsOff ? ['serve'] : ['serve', 'serve and refresh'],
          stale: [backsOff ? 'serve' : 'serve and refresh'],
          fallback: [backsOff ? 'serve' : 'refresh or serve'],
          expired: ['refresh'],
        }
        expect(allowed[freshness]).toContain(plan)
      }),
    )
  })

  it('neither expire nor a failure has an entry be of use for longer', () => {
    fc.assert(
      fc.property(metas, policies, time, time, (meta, policy, now, later) => {
        fc.pre(meta.expires !== undefined && later >= now)
        const changed = [outdated(meta, now), afterFailure(meta, now, 100)]

        for (const after of changed) {
          const isOfUse = freshnessOf(after, later, policy) !== 'expired'
          if (isOfUse) expect(freshnessOf(meta, later, policy)).not.toBe('expired')
        }
        expect(freshnessOf(outdated(meta, now), later, policy)).not.toBe('fresh')
      }),
    )
  })

  it('the store keeps what is of use, and not for longer', () => {
    fc.assert(
      fc.property(time, policies, time, (expires, policy, now) => {
        const until = now + keptFor(expires, now, policy)

        expect(freshnessOf({ expires }, until + 1, policy)).toBe('expired')
        if (freshnessOf({ expires }, now + 1, policy) === 'expired') expect(until).toBe(now + 1)
        else expect(freshnessOf({ expires }, until, policy)).not.toBe('expired')
      }),
    )
  })
})
