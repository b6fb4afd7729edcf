/**
 * What a call is given, when, and what is stored then: every window that an entry can be in, by every outcome of the
 * function, by every time limit. The expected outcomes come from a model of their own, which knows nothing of the library.
 */
import { setImmediate } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { Keyv } from 'keyv'
import { cached } from '../lib/index.js'

const START = 1_000_000
const TTL = 1_000
const RETRY_AFTER = 1_000
const SOFT = 30
const HARD = 70
/** When everything has been settled, and a second call is made. */
const SECOND = 200

/** An entry at the time of the call, which is 0: when its `ttl` and its windows end. */
interface Window {
  readonly name: string
  /** `undefined`: nothing is stored. */
  readonly ends?: number
  readonly staleWhileRevalidate?: number
  readonly staleIfError?: number
  readonly isDueEarly?: boolean
  /** Whether a function with longer windows has stored it: else the store drops it at the end of these. */
  readonly isKeptLonger?: boolean
}

const WINDOWS: readonly Window[] = [
  { name: 'fresh', ends: 500, staleWhileRevalidate: 1_000, staleIfError: 3_000 },
  { name: 'fresh, without windows', ends: 500 },
  { name: 'fresh, and due early', ends: 500, staleIfError: 3_000, isDueEarly: true },
  { name: 'fresh, due early, without windows', ends: 500, isDueEarly: true },
  { name: 'stale', ends: -1_500, staleWhileRevalidate: 3_000 },
  { name: 'stale, and past the fallback', ends: -1_500, staleWhileRevalidate: 3_000, staleIfError: 1_000 },
  { name: 'stale, and it ends during the run', ends: -990, staleWhileRevalidate: 1_000 },
  { name: 'fallback', ends: -1_500, staleIfError: 3_000 },
  { name: 'fallback, and past the stale', ends: -1_500, staleWhileRevalidate: 1_000, staleIfError: 3_000 },
  { name: 'fallback, and it ends before every limit', ends: -2_995, staleIfError: 3_000 },
  { name: 'fallback, and it ends between the limits', ends: -2_960, staleIfError: 3_000 },
  { name: 'both, the fallback longer', ends: -500, staleWhileRevalidate: 1_000, staleIfError: 3_000 },
  { name: 'both, the stale longer', ends: -500, staleWhileRevalidate: 3_000, staleIfError: 1_000 },
  { name: 'both, and the stale ends during the run', ends: -990, staleWhileRevalidate: 1_000, staleIfError: 3_000 },
  { name: 'expired', ends: -3_001, staleWhileRevalidate: 1_000, staleIfError: 3_000 },
  {
    name: 'expired, and still there',
    ends: -3_001,
    staleWhileRevalidate: 1_000,
    staleIfError: 3_000,
    isKeptLonger: true,
  },
  { name: 'expired, without windows', ends: -1 },
  { name: 'expired, without windows, and still there', ends: -1, isKeptLonger: true },
  { name: 'absent', staleWhileRevalidate: 1_000, staleIfError: 3_000 },
  { name: 'absent, without windows' },
]

/** What a run of the function does, and after how long. */
interface Outcome {
  readonly kind: 'value' | 'refused' | 'error' | 'never'
  readonly after: number
}

const OUTCOMES: readonly Outcome[] = [
  ...[10, 50, 100].flatMap((after) => (['value', 'refused', 'error'] as const).map((kind) => ({ kind, after }))),
  { kind: 'never', after: Number.POSITIVE_INFINITY },
]

interface Limits {
  readonly softTimeout?: number
  readonly hardTimeout?: number
}

const LIMITS: readonly Limits[] = [
  {},
  { softTimeout: SOFT },
  { hardTimeout: HARD },
  { softTimeout: SOFT, hardTimeout: HARD },
]

interface Row {
  readonly window: Window
  readonly backsOff: boolean
  readonly outcome: Outcome
  readonly limits: Limits
}

const ROWS: readonly Row[] = WINDOWS.flatMap((window) =>
  (window.ends === undefined ? [false] : [false, true]).flatMap((backsOff) =>
    OUTCOMES.flatMap((outcome) => LIMITS.map((limits) => ({ window, backsOff, outcome, limits }))),
  ),
)

function nameOf({ window, backsOff, outcome, limits }: Row): string {
  const { softTimeout: soft = '-', hardTimeout: hard = '-' } = limits
  const back = backsOff ? ', backing off' : ''
  return `${window.name}${back} | ${outcome.kind} after ${outcome.after} | soft ${soft}, hard ${hard}`
}

/** All that is seen of one row. Times count from the first call. */
interface Seen {
  /** What the first call is given, and when. */
  readonly first: string
  readonly events: string
  readonly runs: number
  readonly stored: Stored | undefined
  readonly second: string
  /** How often the function has run by then. */
  readonly runsThen: number
}

/** An entry, and until when the store keeps it. */
interface Stored {
  readonly value: unknown
  readonly kept: number
  /** Without it the entry has no metadata. */
  readonly expires?: number
  readonly outdated?: boolean
  readonly cost?: number
  readonly failures?: number
  readonly retryAt?: number
}

const PENDING = 'pending'

/** What is to be seen, from the words of the contract alone. */
function expected({ window, backsOff, outcome, limits }: Row): Seen {
  const { ends = Number.NEGATIVE_INFINITY, staleWhileRevalidate: swr = 0, staleIfError: sie = 0 } = window
  const { softTimeout: soft = Number.POSITIVE_INFINITY, hardTimeout: hard = Number.POSITIVE_INFINITY } = limits
  const isOfUse = (at: number) => at <= Math.max(ends, ends + swr, ends + sie)
  const endsAt = Math.min(outcome.after, hard)
  const ended = outcome.after > hard ? 'TimeoutError' : outcome.kind
  const fails = ended === 'error' || ended === 'TimeoutError'

  const servesAtOnce = backsOff ? isOfUse(0) : 0 <= ends + swr
  const runs = servesAtOnce && (backsOff || (0 <= ends && window.isDueEarly !== true)) ? 0 : 1
  const [atOnce, missed] = [0 <= ends ? 'hit' : 'stale', 'miss']
  const error = runs === 1 && fails ? ' error' : ''

  const given = (): [first: string, events: string] => {
    if (servesAtOnce) return ['old at 0', atOnce + error]
    if (isOfUse(0) && endsAt > soft && isOfUse(soft)) return [`old at ${soft}`, `miss stale${error}`]
    if (endsAt === Number.POSITIVE_INFINITY) return [PENDING, missed]
    if (!fails) return [`${ended === 'refused' ? 'refused' : 'new'} at ${endsAt}`, missed]
    return isOfUse(0) && isOfUse(endsAt)
      ? [`old at ${endsAt}`, `miss${error} stale`]
      : [`${ended} at ${endsAt}`, missed]
  }
  const [first, soon] = given()
  // What fails after its callers were told of the time limit is told of by itself.
  const events = runs === 1 && outcome.kind === 'error' && outcome.after > hard ? `${soon} error` : soon

  const longest = Math.max(swr, sie)
  const stored = (): Stored | undefined => {
    if (runs === 1 && outcome.kind === 'value') {
      const expires = outcome.after + TTL
      const meta = { ...(window.isDueEarly && { cost: outcome.after }), expires }
      return { value: 'new', kept: expires + longest, ...((window.isDueEarly || longest > 0) && meta) }
    }
    const old = seed({ window, backsOff })
    if (old === undefined || old.kept < SECOND) return undefined
    return runs === 0 || !fails || !isOfUse(0) ? old : { ...old, failures: 1, retryAt: endsAt + RETRY_AFTER }
  }
  const after = stored()

  /** The function ends at once by then, with `next`. */
  const then = (): [second: string, runs: number] => {
    if (after?.value === 'new') return [`new at ${SECOND}`, 0]
    const runsOn = runs === 1 && endsAt === Number.POSITIVE_INFINITY
    if (after === undefined || !isOfUse(SECOND)) return runsOn ? [PENDING, 0] : [`next at ${SECOND}`, 1]
    if (after.retryAt !== undefined) return [`old at ${SECOND}`, 0]
    if (SECOND <= ends) return [`old at ${SECOND}`, window.isDueEarly && !runsOn ? 1 : 0]
    if (SECOND <= ends + swr) return [`old at ${SECOND}`, runsOn ? 0 : 1]
    if (!runsOn) return [`next at ${SECOND}`, 1]
    return soft === Number.POSITIVE_INFINITY ? [PENDING, 0] : [`old at ${SECOND + soft}`, 0]
  }
  const [second, more] = then()
  return { first, events, runs, stored: after, second, runsThen: runs + more }
}

/** What an entry in this window carries. What is due early is so by its cost, whatever is drawn. */
function seed({ window, backsOff }: Pick<Row, 'window' | 'backsOff'>): Stored | undefined {
  const { ends, staleWhileRevalidate = 0, staleIfError = 0 } = window
  if (ends === undefined) return undefined
  return {
    value: 'old',
    kept: window.isKeptLonger ? 100_000 : ends + Math.max(staleWhileRevalidate, staleIfError),
    expires: ends,
    ...(window.isDueEarly && { cost: 1e9 }),
    ...(backsOff && { failures: 1, retryAt: 5_000 }),
  }
}

interface Place {
  readonly store: object
  put(key: string, entry: Stored): Promise<void>
  read(key: string): Promise<Stored | undefined>
}

interface Envelope {
  readonly value: unknown
  readonly expires: number
}

function aMap(): Place {
  const store = new Map<string, Envelope>()
  return {
    store,
    async put(key, { value, kept, ...meta }) {
      store.set(key, { value: { '@ring1': shifted(meta, START), value }, expires: kept + START })
    },
    async read(key) {
      const { value: stored, expires } = store.get(key) ?? { value: undefined, expires: 0 }
      if (expires < Date.now()) return undefined
      const { '@ring1': meta = {}, value } =
        typeof stored === 'object' ? (stored as { '@ring1': object; value: unknown }) : { value: stored }
      return { value, kept: expires - START, ...shifted(meta, -START) }
    },
  }
}

function aKeyv(): Place {
  const store = new Keyv()
  return {
    store,
    async put(key, { value, kept, ...meta }) {
      const text = `@ring1${JSON.stringify(shifted(meta, START))}\n${JSON.stringify(value)}`
      if (kept > 0) await store.set(key, text, kept)
    },
    async read(key) {
      const raw = await store.getRaw<string>(key)
      if (raw === undefined || Number(raw.expires) < Date.now()) return undefined
      const [, meta = '{}', value = ''] = /^(?:@ring1(.*)\n)?(.*)$/.exec(String(raw.value)) ?? []
      return { value: JSON.parse(value), kept: Number(raw.expires) - START, ...shifted(JSON.parse(meta), -START) }
    },
  }
}

function shifted(meta: { expires?: number; retryAt?: number }, by: number): object {
  const { expires, retryAt } = meta
  return {
    ...meta,
    ...(expires !== undefined && { expires: expires + by }),
    ...(retryAt !== undefined && { retryAt: retryAt + by }),
  }
}

/** For each of the limits, a function with its store. */
function wrapped(window: Window, limits: Limits, place: () => Place, fn: (n: number) => Promise<string>) {
  const { store, put, read } = place()
  const { staleWhileRevalidate, staleIfError, isDueEarly } = window
  const f = cached(fn, {
    store,
    keyPrefix: 'f',
    ...(store instanceof Keyv && { coder: 'json' as const }),
    ttl: TTL,
    staleWhileRevalidate,
    staleIfError,
    earlyRefresh: isDueEarly,
    cacheIf: (value) => value !== 'refused',
    ...limits,
  })
  const events = new Map<string, string[]>()
  for (const event of ['hit', 'miss', 'stale', 'error'] as const) {
    f.on(event, ({ key }) => events.set(key, [...(events.get(key) ?? []), event]))
  }
  return { f, put, read, events }
}

/** Plays the rows of a window side by side, by one clock. In a bulk call each row has a twin. */
async function play(rows: readonly Row[], place: () => Place, isBulk: boolean): Promise<Map<string, Seen>> {
  const TWIN = 1_000
  const runs = new Map<number, number>()
  const ranAt = (n: number): number => runs.get(n) ?? 0
  let isSecond = false
  const fn = async (n: number): Promise<string> => {
    runs.set(n, ranAt(n) + 1)
    if (isSecond) return 'next'
    const { kind = 'never', after = 0 } = rows[n % TWIN]?.outcome ?? {}
    await new Promise((resolve) => {
      if (kind !== 'never') setTimeout(resolve, after)
    })
    if (kind === 'error') throw new Error('failed')
    return kind === 'value' ? 'new' : kind
  }
  const byLimits = new Map(
    LIMITS.map((limits) => [limits, wrapped(rows[0]?.window ?? { name: '' }, limits, place, fn)]),
  )
  const players = await Promise.all(
    rows.map(async (row, n) => {
      const { f, put, read, events } = byLimits.get(row.limits) as ReturnType<typeof wrapped> // one for each
      const [old, twin] = [seed(row), n + TWIN]
      if (old !== undefined) await Promise.all([n, twin].map((one) => put(f.key(one), old)))
      const given = async (): Promise<string> => {
        if (!isBulk) return f(n)
        const [one, same, other] = await f.getOrUpdateMany([n], [n], [twin])
        return one === same && one === other ? String(one) : `${one}, ${same}, ${other}`
      }
      const call = async (): Promise<string> => {
        const what = await given().catch((error) => (error.message === 'failed' ? 'error' : error.name))
        return `${what} at ${Date.now() - START}`
      }
      const stored = async (): Promise<Stored | undefined> => {
        const [one, other] = [await read(f.key(n)), await read(f.key(twin))]
        if (isBulk) expect(other).toEqual(one)
        return one
      }
      return { row, n, call, stored, events: () => (events.get(f.key(n)) ?? []).join(' ') }
    }),
  )

  const firsts = players.map(({ call }) => seenOf(call()))
  await advance(SECOND)
  const before = await Promise.all(
    players.map(async ({ n, stored, events }) => ({ events: events(), runs: ranAt(n), stored: await stored() })),
  )
  isSecond = true
  const seconds = players.map(({ call }) => seenOf(call()))
  await advance(SECOND + 100)
  return new Map(
    players.map(({ row, n }, i) => {
      const [first, second] = [firsts[i]?.() ?? '', seconds[i]?.() ?? '']
      const { events = '', runs = 0, stored } = before[i] ?? {}
      if (isBulk) expect(ranAt(n + TWIN)).toBe(ranAt(n))
      return [nameOf(row), { first, events, runs, stored, second, runsThen: ranAt(n) }]
    }),
  )
}

/** What came of it by the time it is asked. */
function seenOf(coming: Promise<string>): () => string {
  let seen = PENDING
  void coming.then((came) => {
    seen = came
  })
  return () => seen
}

/** Moves the clock to a time, by what all the times of the table are multiples of. */
async function advance(to: number): Promise<void> {
  await settled()
  while (Date.now() - START < to) {
    jest.advanceTimersByTime(10)
    await settled()
  }
}

async function settled(): Promise<void> {
  for (let turns = 0; turns < 3; turns++) await setImmediate()
}

beforeEach(() => {
  jest.useFakeTimers({ now: START, doNotFake: ['setImmediate', 'queueMicrotask', 'nextTick'] })
})

afterEach(() => {
  jest.useRealTimers()
})

const HOW = [
  ['a call', false],
  ['getOrUpdateMany', true],
] as const

describe.each([
  ['a Map', aMap],
  ['a Keyv', aKeyv],
] as const)(`on %s, in all ${ROWS.length} combinations of window, outcome and limit`, (_name, place) => {
  describe.each(HOW)('%s gives what the windows promise, and leaves what they promise', (_how, isBulk) => {
    it.each(WINDOWS.map(({ name }) => name))('where the entry is %s', async (name) => {
      const rows = ROWS.filter(({ window }) => window.name === name)

      const seen = await play(rows, place, isBulk)

      expect(seen).toEqual(new Map(rows.map((row) => [nameOf(row), expected(row)])))
    })
  })
})
