import { survive } from '../call.js'
import { CoderError } from '../errors.js'
import { beginTurn, endTurn, isOvertaken } from '../fence.js'
import { freshEntry } from '../read.js'
import { checkRenewable } from '../renew.js'
import { ttlOf } from '../resolve.js'
import type { Item, Stored } from '../storage/storage.js'
import { sealed } from '../write.js'
import { askTrusted, type SyncCall, type SyncContext } from './call.js'

/** Starts the `ttl` of entries anew, by reading and writing them again. Distinct keys only. @throws StoreError */
export function renew(context: SyncContext, calls: readonly SyncCall[]): readonly boolean[] {
  const { storage } = context
  const [first] = calls
  if (first === undefined) return []
  checkRenewable(context, first)
  const keys = calls.map((call) => call.key)
  const turns = keys.map((key) => beginTurn(storage.identity, key, false))
  try {
    const ttls = ttlsOf(context, calls)
    return askTrusted(context, 'touch', keys, () => {
      const stored = storage.getMany(keys)
      const entries = calls.map((call, i) => (ttls[i] === undefined ? undefined : freshEntry(context, call, stored[i])))
      const items: Item[] = []
      const renewed = calls.map((call, i) => {
        const [ttl, entry, turn] = [ttls[i], entries[i], turns[i]]
        // A listener of freshEntry's event may have written since.
        if (ttl === undefined || entry === undefined || turn === undefined || isOvertaken(turn)) return false
        items.push(sealed(context, call, entry.payload, ttl, entry.meta.cost))
        return true
      })
      const failure = storage.setMany(items).find((failed) => failed !== undefined)
      if (failure !== undefined) throw failure.error
      return renewed
    })
  } finally {
    turns.forEach(endTurn)
  }
}

/** The new `ttl` of each entry; `undefined` where it depends on a value that is not there. */
function ttlsOf(context: SyncContext, calls: readonly SyncCall[]): readonly (number | undefined)[] {
  const { storage, policy } = context
  const given = calls.map(
    (call) => call.ttl ?? (typeof policy.ttl === 'number' ? ttlOf(policy, undefined, []) : undefined),
  )
  if (given.every((ttl) => ttl !== undefined)) return given
  const keys = calls.map((call) => call.key)
  const stored = askTrusted(context, 'touch', keys, () => storage.getMany(keys))
  return calls.map((call, i) => ttlByValue(context, call, stored[i]))
}

/** Data that does not decode is absent, with an event. */
function ttlByValue(context: SyncContext, call: SyncCall, stored: Stored | undefined): number | undefined {
  const entry = freshEntry(context, call, stored)
  if (entry === undefined) return undefined
  let value: unknown
  try {
    value = context.codec.decode(entry.payload)
  } catch (error) {
    if (!(error instanceof CoderError)) throw error
    survive(context, call, error)
    return undefined
  }
  return ttlOf(context.policy, value, call.args)
}
