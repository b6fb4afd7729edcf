import { type BreakerStatus, breakerOf } from './breaker.js'
import type { FailedWrites } from './failed-writes.js'
import type { Driver } from './storage/storage.js'

/** How a store does, as a snapshot. */
export interface StoreHealth {
  /**
   * - `closed`: the store is used;
   * - `open`: after failures in a row it is left alone until `openUntil`;
   * - `half-open`: the next operation tries the store, or one is trying it now.
   */
  readonly state: BreakerStatus['state']
  /** The last time-out or lost connection, from however long ago. */
  readonly lastError?: Error
  /** Until when nothing is sent to the store: Unix time in milliseconds. Only where `state` is `open`. */
  readonly openUntil?: number
  /** How many keys are still to be deleted in the store, since a `set`, `delete`, `expire` or `update` of them failed. */
  readonly pendingReplays: number
}

export function healthOf({ storage, failedWrites }: { storage: Driver; failedWrites: FailedWrites }): StoreHealth {
  const { state, lastError, until } = breakerOf(storage.identity).status
  return Object.freeze({
    state,
    ...(lastError !== undefined && { lastError }),
    ...(state === 'open' && until !== undefined && { openUntil: until }),
    pendingReplays: failedWrites.byKey.size,
  })
}
