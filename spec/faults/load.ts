/** A steady load on one cached function: hot hits, misses, all controls and bulk calls, in an order that a seed gives. */
import type { Cached } from '../../lib/index.js'
import { type Failed, failed } from './failure.js'
import { shuffled } from './random.js'
import type { Truth, Value, Verdict } from './truth.js'

export type Loaded = Cached<(key: string) => Promise<Value>>

export type Kind =
  | 'call'
  | 'calls'
  | 'get'
  | 'getMany'
  | 'has'
  | 'set'
  | 'update'
  | 'delete'
  | 'deleteMany'
  | 'expire'
  | 'touch'

/** What the load is on, and the source behind it. */
export interface Target {
  readonly f: Loaded
  readonly truth: Truth
  /** Whether it has windows: only then is anything expired. */
  readonly windows: boolean
}

/** One operation and what came of it. Times are those of `performance.now`. */
export interface Deed {
  readonly kind: Kind
  /** Whether its function has windows. */
  readonly windows: boolean
  readonly key: string
  readonly began: number
  readonly ended: number
  /** What it rejected with, if it did. */
  readonly error?: Failed | undefined
  /** Of what it gave, where that is a value. */
  readonly verdict?: Verdict | undefined
  /** Of what is not right: what it was, and what was promised. */
  readonly saw?: string | undefined
  /** Of `get`: whether there was something. */
  readonly found?: boolean | undefined
}

/** These are read only, so that they stay what they were where a store keeps what it has. */
export const KEPT_KEYS = names('kept', 4)
/** These are read and written all the time. */
export const HOT_KEYS = names('hot', 8)
export const BUSY_KEYS = [...HOT_KEYS, ...names('warm', 24)]

/** How often each kind comes in a round of 40. Each round has all of them, so that none is missing for long. */
const ROUND: readonly Card[] = [
  ...cards(14, 'call', 'hot'),
  ...cards(6, 'call', 'cold'),
  ...cards(2, 'call', 'kept'),
  ...cards(3, 'calls', 'busy'),
  ...cards(1, 'getMany', 'busy'),
  ...cards(2, 'get', 'kept'),
  ...cards(3, 'get', 'busy'),
  ...cards(1, 'has', 'busy'),
  ...cards(2, 'set', 'busy'),
  ...cards(2, 'update', 'busy'),
  ...cards(2, 'delete', 'busy'),
  ...cards(1, 'deleteMany', 'busy'),
  ...cards(1, 'touch', 'busy'),
]

/** With windows, some entries are expired as well. */
const WINDOW_ROUND: readonly Card[] = [...ROUND, ...cards(2, 'expire', 'busy')]

interface Card {
  readonly kind: Kind
  readonly keys: 'hot' | 'cold' | 'kept' | 'busy'
}

/** A time in which this process got no turn, though it had something to do. */
export interface Stall {
  /** When it was over. */
  readonly at: number
  readonly lasted: number
}

export const ALL_KINDS: readonly Kind[] = [...new Set(WINDOW_ROUND.map(({ kind }) => kind))]

export interface Load {
  /** What has ended so far. */
  readonly deeds: readonly Deed[]
  readonly stalls: readonly Stall[]
  /** How many were not begun, because too many were under way. */
  readonly skipped: () => number
  /** Begins no more, and waits for those under way. */
  stop(): Promise<void>
}

const TICK = 10
/** From so many milliseconds on, a pause between two ticks is one of the whole process. */
const STALL = 50
const MOST_AT_ONCE = 1_000

/** Begins `rate` operations a second, whether those before have ended or not. */
export function startLoad({ f, truth, windows }: Target, random: () => number, rate: number): Load {
  const deeds: Deed[] = []
  const stalls: Stall[] = []
  const underWay = new Set<Promise<void>>()
  const started = performance.now()
  let begun = 0
  let skipped = 0
  let cold = 0
  let round: Card[] = []

  const one = (from: readonly string[]): string => from[Math.floor(random() * from.length)] ?? ''
  const keyFor = ({ keys }: Card): string => {
    if (keys === 'cold') {
      cold += 1
      return `cold${cold}`
    }
    if (keys === 'kept') return one(KEPT_KEYS)
    return one(keys === 'hot' ? HOT_KEYS : BUSY_KEYS)
  }
  const begin = (): void => {
    if (round.length === 0) round = shuffled(windows ? WINDOW_ROUND : ROUND, random)
    const card = round.pop()
    if (card === undefined) return
    const { kind } = card
    const key = keyFor(card)
    const many = [...new Set([key, ...Array.from({ length: 3 }, () => one(BUSY_KEYS))])]
    const began = performance.now()
    const doing = perform(f, truth, kind, key, many)
      .catch((error: unknown) => ({ error: failed(error) }))
      .then((outcome) => {
        deeds.push({ kind, windows, key, began, ended: performance.now(), ...outcome })
      })
    underWay.add(doing)
    doing.finally(() => underWay.delete(doing))
  }
  let ticked = started
  const ticking = setInterval(() => {
    const now = performance.now()
    if (now - ticked > STALL) stalls.push({ at: now, lasted: now - ticked - TICK })
    ticked = now
    const due = Math.floor(((now - started) * rate) / 1_000)
    for (; begun < due; begun += 1) {
      if (underWay.size < MOST_AT_ONCE) begin()
      else skipped += 1
    }
  }, TICK)

  return {
    deeds,
    stalls,
    skipped: () => skipped,
    async stop() {
      clearInterval(ticking)
      await Promise.all(underWay)
    },
  }
}

type Outcome = Pick<Deed, 'error' | 'verdict' | 'saw' | 'found'>

/** Does it at once, and judges what it gave by what was promised when it began. */
async function perform(f: Loaded, truth: Truth, kind: Kind, key: string, many: readonly string[]): Promise<Outcome> {
  const items = many.map((one): [string] => [one])
  const isForFresh = kind === 'get' || kind === 'getMany'
  const oldest = new Map(many.map((one) => [one, isForFresh ? truth.oldestFresh(one) : truth.oldest(one)]))
  const judge = (one: string, got: unknown, since = oldest.get(one) ?? 0): Outcome => {
    const verdict = truth.judge(one, since, got)
    return verdict === 'right' ? { verdict } : { verdict, saw: `${JSON.stringify(got)}, not of ${since} or later` }
  }
  const judgeAll = (got: readonly unknown[], missing = false): Outcome => {
    const found = many.filter((_, i) => !(missing && got[i] === undefined))
    const outcomes = found.map((one) => judge(one, got[many.indexOf(one)]))
    return outcomes.find(({ verdict }) => verdict !== 'right') ?? { verdict: 'right' }
  }
  switch (kind) {
    case 'call':
      return judge(key, await f(key))
    case 'calls':
      return judgeAll(await f.getOrUpdateMany(...items))
    case 'get': {
      const got = await f.get(key)
      return { found: got !== undefined, ...(got !== undefined && judge(key, got)) }
    }
    case 'getMany':
      return judgeAll(await f.getMany(...items), true)
    case 'has':
      await f.has(key)
      return {}
    case 'touch':
      await f.touch(key)
      return {}
    case 'set': {
      const value = truth.change(key)
      await f.set(value, key)
      truth.promise(key, value.version)
      return {}
    }
    case 'update': {
      const { version } = truth.change(key)
      const got = await f.update(key)
      truth.promise(key, version)
      return judge(key, got, version)
    }
    case 'delete':
      await removing(truth, [key], () => f.delete(key))
      return {}
    case 'expire': {
      const { version } = truth.change(key)
      await f.expire(key)
      truth.expire(key, version)
      return {}
    }
    case 'deleteMany':
      await removing(truth, many, () => f.deleteMany(...items))
      return {}
  }
}

/** Changes the source and has the cache forget what it was. */
async function removing(truth: Truth, keys: readonly string[], remove: () => Promise<unknown>): Promise<void> {
  const changed = keys.map((key) => truth.change(key))
  try {
    await remove()
    for (const { key, version } of changed) truth.promise(key, version)
  } catch (error) {
    for (const { key, version } of changed) truth.owe(key, version)
    throw error
  }
}

function names(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix}${i}`)
}

function cards(count: number, kind: Kind, keys: Card['keys']): Card[] {
  return Array.from({ length: count }, () => ({ kind, keys }))
}
