/** Leases that are asked for, and those that may stand in the store though nobody has them. */
import { nodeCrypto } from './on-demand.js'
import type { Driver, Lease, WantedLease } from './storage/storage.js'

/** Tokens by key, for each store (its innermost object). */
const lostByStore = new WeakMap<object, Map<string, readonly string[]>>()

/** A lease for a run that has yet to get it. */
export function newLease(key: string): Lease {
  return { key, token: nodeCrypto().randomUUID() }
}

/** The same for a run that finds none: what this process may still have of it is free. */
export function wantedLease({ identity }: Driver, key: string): WantedLease {
  return { ...newLease(key), lost: lostByStore.get(identity)?.get(key) }
}

/** How many keys, and how many tokens of each, are remembered. */
const MOST_LOST = 1_000
const MOST_TOKENS = 4

/** Leases that may stand in the store though nobody has them: whoever came next would wait for nobody. */
export function noteLost({ identity }: Driver, leases: readonly WantedLease[]): void {
  const lost = lostByStore.get(identity) ?? new Map<string, readonly string[]>()
  lostByStore.set(identity, lost)
  for (const { key, token, lost: before } of leases) {
    const tokens = [token, ...(before ?? lost.get(key) ?? [])].slice(0, MOST_TOKENS)
    lost.delete(key)
    lost.set(key, tokens)
  }
  for (const [oldest] of lost) {
    if (lost.size <= MOST_LOST) return
    lost.delete(oldest)
  }
}

/** The store has told who has the leases of these keys: what was lost of them is no more. */
export function forgetLost({ identity }: Driver, leases: readonly Lease[]): void {
  const lost = lostByStore.get(identity)
  if (lost !== undefined) for (const { key } of leases) lost.delete(key)
}
