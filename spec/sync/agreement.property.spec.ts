import { afterEach, beforeEach, expect, it, jest } from '@jest/globals'
import fc from 'fast-check'
import { type CacheEvent, cached, cachedSync, type EventName } from '../../lib/index.js'

const EVENTS: EventName[] = [
  ...(['hit', 'miss', 'stale', 'execute', 'write', 'set', 'update', 'delete', 'expire', 'touch'] as const),
  ...(['fenced', 'error'] as const),
]

/** What is stored for `json` to fail on, for a hit of `undefined`, and for a run that fails. */
const VALUES: Record<number, unknown> = { 0: 'zero', 1: undefined, 2: null, 3: { deep: [1] } }

type Told = [name: EventName, event: Omit<CacheEvent, 'duration'>]

/** One side: its Map, how often its function ran for each (in what order a bulk runs them is promised by none), and all that it told. */
function side() {
  const runs = { areDown: false }
  const counts = new Map<number, number>()
  const fn = (n: number, _note?: string): unknown => {
    const count = (counts.get(n) ?? 0) + 1
    counts.set(n, count)
    if (n === 4 || runs.areDown) throw new Error(`run ${count} of ${n} failed`)
    return n in VALUES ? VALUES[n] : `${n} at ${count}`
  }
  return { map: new Map<string, unknown>(), fn, runs, seen: [] as Told[] }
}

const ttls = fc.constantFrom(undefined, 100, (_value: unknown, n: number) => (n === 2 ? 0 : 50 * (n + 1)))
/** Of no use without a `ttl`. */
const windows = fc.record({
  staleIfError: fc.constantFrom(undefined, 60, 500),
  jitter: fc.constantFrom(undefined, 0.5),
})
const options = fc.record({
  ttl: ttls,
  windows,
  retryAfter: fc.constantFrom(undefined, 50, 20_000),
  cacheIf: fc.constantFrom<CacheIf[]>(
    undefined,
    (value) => value !== null,
    (_value, n) => n < 4,
    () => 1 as never,
    refuse,
  ),
  coder: fc.constantFrom('bypass', 'json', 'superjson', 'clone'),
  missValue: fc.constantFrom(undefined, 'missed'),
  onStoreError: fc.constantFrom('execute' as const, 'throw' as const),
})

type CacheIf = ((value: unknown, n: number) => boolean) | undefined

function refuse(): never {
  throw new Error('cacheIf failed')
}

const n = fc.nat({ max: 5 })
const item = fc.oneof(
  n.map((one) => [one]),
  n.map((one) => ({ n: one })),
  n.map((one) => ({ n: one, note: 'ignored' })),
)
const one = ['getOrUpdate', 'get', 'update', 'delete', 'expire', 'has', 'touch', 'execute'] as const
const many = [
  ...(['getMany', 'getOrUpdateMany', 'updateMany', 'executeMany'] as const),
  ...(['deleteMany', 'expireMany', 'hasMany', 'touchMany'] as const),
] as const
const step = fc.oneof(
  fc.tuple(
    fc.constantFrom(...one),
    n.map((only) => [only]),
  ),
  fc.tuple(fc.constantFrom(...many), fc.array(item, { maxLength: 4 })),
  fc.tuple(fc.constant('set' as const), fc.tuple(fc.constantFrom('x', undefined, 7n), n)),
  fc.tuple(
    fc.constant('setMany' as const),
    fc.tuple(fc.array(item, { maxLength: 3 }), fc.array(fc.string(), { maxLength: 3 })),
  ),
  fc.tuple(fc.constant('wait' as const), fc.tuple(fc.constantFrom(40, 101))),
  fc.tuple(fc.constant('fail' as const), fc.tuple(fc.boolean())),
  fc.tuple(
    fc.constant('corrupt' as const),
    fc.tuple(fc.constantFrom('junk', { value: 5 }, { value: { '@ring2': {} } }), n),
  ),
)

beforeEach(() => {
  jest.spyOn(Math, 'random').mockReturnValue(0.5)
  jest.useFakeTimers({ now: 0, doNotFake: ['performance', 'setImmediate', 'queueMicrotask', 'nextTick'] })
})

afterEach(() => {
  jest.useRealTimers()
  jest.restoreAllMocks()
})

it('cachedSync gives the answers, the events and the entries of cached, whatever is done in whatever order', async () => {
  await fc.assert(
    fc.asyncProperty(options, fc.array(step, { maxLength: 25 }), async ({ windows, ...given }, steps) => {
      const [left, right] = [side(), side()]
      const ended = given.ttl === undefined ? {} : windows
      const common = {
        ...given,
        ...ended,
        keyPrefix: 'f',
        parameters: ['n', 'note'] as const,
        ignorableKeys: ['note'] as const,
      }
      const slow = cached(left.fn, { ...common, store: left.map })
      const quick = cachedSync(right.fn, { ...common, store: right.map })
      for (const name of EVENTS) {
        slow.on(name, ({ duration: _, ...event }) => left.seen.push([name, plain(event)]))
        quick.on(name, ({ duration: _, ...event }) => right.seen.push([name, plain(event)]))
      }

      for (const [action, args] of steps) {
        if (action === 'wait') {
          jest.advanceTimersByTime(Number(args[0]))
          continue
        }
        if (action === 'fail') {
          for (const { runs } of [left, right]) runs.areDown = args[0] === true
          continue
        }
        if (action === 'corrupt') {
          for (const { map } of [left, right]) map.set(`f::${args[1]}`, args[0])
          continue
        }
        const [expected, got] = [
          await settled(() => slow.run(action, ...(args as never))),
          now(() => quick.run(action, ...(args as never))),
        ]

        expect({ action, ...got }).toEqual({ action, ...expected })
        expect([...right.map]).toEqual([...left.map])
      }
      expect(byKey(right.seen)).toEqual(byKey(left.seen))
    }),
    { numRuns: 300 },
  )
})

async function settled(act: () => Promise<unknown>): Promise<object> {
  try {
    return { value: await act() }
  } catch (error) {
    return plain({ error })
  }
}

function now(act: () => unknown): object {
  try {
    return { value: act() }
  } catch (error) {
    return plain({ error })
  }
}

/** The runs of one bulk control end in an order of their own where they are asynchronous. */
function byKey(seen: readonly Told[]): Map<string, Told[]> {
  const grouped = new Map<string, Told[]>()
  for (const told of seen) grouped.set(told[1].key, [...(grouped.get(told[1].key) ?? []), told])
  return grouped
}

/** Errors by what they say: `toEqual` compares no more of them than their message. */
function plain<T extends { error?: unknown }>(event: T): T {
  return { ...event, ...('error' in event && { error: String(event.error) }) }
}
