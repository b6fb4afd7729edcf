/** What a call gets at each moment of an entry's life, for some sets of options: asked of the pure function alone. */
import type { Meta } from '../../lib/entry.js'
import { afterFailure, type FreshnessPolicy, freshnessOf, outdated, planOf } from '../../lib/freshness.js'

/**
 * - `fresh`: the value;
 * - `stale`: the old value, and a refresh is begun behind the call;
 * - `fallback`: what the function gives, or the old value if that fails;
 * - `paused`: the old value, and nothing is run: the last refresh has failed;
 * - `runs`: what the function gives.
 */
export type Given = 'fresh' | 'stale' | 'fallback' | 'paused' | 'runs'

/** A time in which all calls get the same. Times are milliseconds since the write. */
export interface Band {
  readonly given: Given
  readonly from: number
  readonly to: number
}

/** The options of a function, and what happens to its entry. */
export interface Setting {
  readonly label: readonly string[]
  readonly policy: FreshnessPolicy
  /** Whether every refresh fails. */
  readonly fails?: boolean
  /** When `expire` is called. */
  readonly expiredAt?: number
}

/** One row of the picture. */
export interface Lane extends Setting {
  readonly bands: readonly Band[]
  /** When refreshes have failed. */
  readonly failures: readonly number[]
  /** How probable it is that a call refreshes a fresh value behind itself. */
  readonly chances: readonly { readonly at: number; readonly chance: number }[]
}

/** When the picture ends. */
export const SPAN = 165_000
/** The entry: its `ttl`, and how long the function ran. */
export const WRITTEN: Meta = { expires: 60_000, cost: 5_000 }
const RETRY_AFTER = 1_000
/** How far apart calls are. They are made in the middle of each step, so that what changes at a step's end is seen there. */
const STEP = 1_000
const DRAWS = 100

const none: FreshnessPolicy = { staleWhileRevalidate: 0, staleIfError: 0, earlyRefresh: 0, retryAfter: RETRY_AFTER }
const both: FreshnessPolicy = { ...none, staleWhileRevalidate: 30_000, staleIfError: 90_000 }

export const SETTINGS: readonly Setting[] = [
  { label: ['ttl'], policy: none },
  { label: ['+ earlyRefresh:', 'how probable it is'], policy: { ...none, earlyRefresh: 1 } },
  { label: ['+ staleWhileRevalidate'], policy: { ...both, staleIfError: 0 } },
  { label: ['+ staleIfError'], policy: { ...both, staleWhileRevalidate: 0 } },
  { label: ['+ both windows'], policy: both },
  { label: ['+ both windows,', 'and the function fails'], policy: both, fails: true },
  { label: ['+ both windows,', 'and expire() at 20 s'], policy: both, expiredAt: 20_000 },
]

/** Makes one call for each step. */
export function laneOf(setting: Setting): Lane {
  const { policy, fails = false, expiredAt = Number.POSITIVE_INFINITY } = setting
  const bands: Band[] = []
  const failures: number[] = []
  const chances: { at: number; chance: number }[] = []
  let meta = WRITTEN
  for (let at = STEP / 2; at < SPAN; at += STEP) {
    if (at > expiredAt && !meta.outdated) meta = outdated(meta, expiredAt)
    const given = givenAt(meta, at, policy)
    lengthen(bands, given, at)
    if (given === 'fresh') chances.push({ at, chance: chanceAt(meta, at, policy) })
    if (!fails || (given !== 'stale' && given !== 'fallback')) continue
    failures.push(at)
    meta = afterFailure(meta, at, RETRY_AFTER)
  }
  return { ...setting, bands, failures, chances: chances.filter(({ chance }) => chance > 0) }
}

/** What a call gets that has no luck in refreshing early. */
export function givenAt(meta: Meta, at: number, policy: FreshnessPolicy): Given {
  switch (planOf(meta, at, policy, () => 0)) {
    case 'serve':
      return freshnessOf(meta, at, policy) === 'fresh' ? 'fresh' : 'paused'
    case 'serve and refresh':
      return 'stale'
    case 'refresh or serve':
      return 'fallback'
    case 'refresh':
      return 'runs'
  }
}

/** How many of all draws have a call refresh. */
export function chanceAt(meta: Meta, at: number, policy: FreshnessPolicy): number {
  const draws = Array.from({ length: DRAWS }, (_, i) => (i + 0.5) / DRAWS)
  return draws.filter((draw) => planOf(meta, at, policy, () => draw) === 'serve and refresh').length / DRAWS
}

function lengthen(bands: Band[], given: Given, at: number): void {
  const [from, to] = [at - STEP / 2, at + STEP / 2]
  const last = bands.at(-1)
  if (last?.given === given) bands[bands.length - 1] = { ...last, to }
  else bands.push({ given, from, to })
}
