/** How fresh an entry is, and what a call that finds it does: by nothing but the entry, the time and the options. */
import type { Meta } from './entry.js'

/** The windows after the end of `ttl`, in milliseconds; 0 is none. RFC 5861. */
export interface Windows {
  readonly staleWhileRevalidate: number
  readonly staleIfError: number
}

/**
 * - `fresh`: its `ttl` has not ended;
 * - `stale`: it is served, and refreshed behind the call;
 * - `fallback`: it is served if the function fails;
 * - `expired`: it is as good as absent.
 */
export type Freshness = 'fresh' | 'stale' | 'fallback' | 'expired'

/** Windows count from the end of `ttl` and may overlap: what can be served at once is. `now`: Unix time in milliseconds. */
export function freshnessOf({ expires, outdated = false }: Meta, now: number, windows: Windows): Freshness {
  if (!outdated && (expires === undefined || now <= expires)) return 'fresh'
  if (expires === undefined) return 'expired'
  // What `expire` has ended this very millisecond is in no window that there is not.
  const isIn = (window: number): boolean => window > 0 && now <= expires + window
  if (isIn(windows.staleWhileRevalidate)) return 'stale'
  return isIn(windows.staleIfError) ? 'fallback' : 'expired'
}

/** How long an entry is of use after the end of its `ttl`, in milliseconds. */
export function longestWindow({ staleWhileRevalidate, staleIfError }: Windows): number {
  return Math.max(staleWhileRevalidate, staleIfError)
}

/** How long the store is to keep an entry from now on that carries when its `ttl` ends, in milliseconds. */
export function keptFor(expires: number, now: number, windows: Windows): number {
  return Math.max(expires + longestWindow(windows) - now, 1)
}

/** Whether entries carry when their `ttl` ends: the store keeps them longer, or calls look at it before. */
export function keepsEnd(policy: FreshnessPolicy): boolean {
  return longestWindow(policy) > 0 || policy.earlyRefresh > 0
}

/**
 * What a call does that finds an entry:
 * - `serve`: it gives the value;
 * - `serve and refresh`: it gives the value, and a refresh is begun behind it;
 * - `refresh or serve`: it runs the function, and gives the value if that fails;
 * - `refresh`: it runs the function.
 */
export type Plan = 'serve' | 'serve and refresh' | 'refresh or serve' | 'refresh'

/** The options that decide what becomes of an entry. */
export interface FreshnessPolicy extends Windows {
  /** How much earlier than at its end an entry may be refreshed: the `beta` of XFetch; 0 is not at all. */
  readonly earlyRefresh: number
  /** How long none is begun after one has failed, in milliseconds: at first. */
  readonly retryAfter: number
}

/**
 * After a refresh that failed none is begun until `retryAt`, while there is a value to be served; one that is further away
 * than any can be was written by a clock that was more than a minute ahead. `random`: from 0 to 1.
 */
export function planOf(meta: Meta, now: number, policy: FreshnessPolicy, random = Math.random): Plan {
  const freshness = freshnessOf(meta, now, policy)
  if (freshness === 'expired') return 'refresh'
  if (isResting(meta, now, policy.retryAfter)) return 'serve'
  if (freshness === 'fallback') return 'refresh or serve'
  return freshness === 'stale' || isDueEarly(meta, now, policy.earlyRefresh, random) ? 'serve and refresh' : 'serve'
}

function isResting({ retryAt }: Meta, now: number, retryAfter: number): boolean {
  return retryAt !== undefined && now < retryAt && retryAt - now <= Math.max(retryAfter, LONGEST_BACK_OFF) + MINUTE
}

/**
 * "Optimal Probabilistic Cache Stampede Prevention", VLDB 2015 (XFetch): the more probable the nearer the end, the costlier
 * the run, and the larger `beta`.
 */
function isDueEarly({ expires, cost }: Meta, now: number, beta: number, random: () => number): boolean {
  if (beta === 0 || expires === undefined || cost === undefined) return false
  return now - cost * beta * Math.log(1 - random()) >= expires
}

/** How long no other refresh is begun after the failure of that number in a row, in milliseconds. */
export function backOff(failures: number, retryAfter: number): number {
  return Math.max(retryAfter, Math.min(retryAfter * 2 ** (failures - 1), LONGEST_BACK_OFF))
}

const LONGEST_BACK_OFF = 30_000
const MINUTE = 60_000

/** The metadata after `expire`: the windows count from now, and end no later than they did. */
export function outdated({ failures, retryAt, ...meta }: Meta, now: number): Meta & { readonly expires: number } {
  return { ...meta, expires: Math.min(meta.expires ?? now, now), outdated: true }
}

/** The metadata after a refresh has failed. */
export function afterFailure(meta: Meta, now: number, retryAfter: number): Meta {
  const failures = (meta.failures ?? 0) + 1
  return { ...meta, failures, retryAt: now + backOff(failures, retryAfter) }
}
