/** Entries that can be given at once, where the store and the coder can answer at once. */
import type { Common } from './call.js'
import { looksSealed, unseal } from './entry.js'
import { planOf } from './freshness.js'
import { isThenable } from './maybe.js'
import { isFresh, type Usable } from './read.js'
import type { Stored } from './storage/storage.js'

/** What was found at once. `usable` is there where more than giving the value is to be done about it, or to be told. */
export interface Peeked {
  readonly value: unknown
  readonly usable?: Usable
}

/** What is stored under a key, if the store can tell at once and it can be trusted. `null`: there is nothing, for certain. */
export function glimpse({ storage, failedWrites }: Common, key: string): Stored | null | undefined {
  if (failedWrites.byKey.size > 0 && failedWrites.byKey.has(key)) return undefined
  const stored = storage.peek?.(key)
  if (stored === undefined) return storage.atOnce === undefined ? undefined : null
  return stored.foreign === undefined ? stored : undefined
}

/** Whether the value of an entry can be given as it lies there: nothing is to be decoded, and nothing to be done about it. */
export function isPlain({ storage, codec }: Common, stored: Stored): boolean {
  try {
    const { value } = stored
    return codec.asIs && !isThenable(value) && !looksSealed(value, storage.capabilities.values)
  } catch {
    return false // the complete way tells of it
  }
}

/**
 * The value of what `glimpse` gave, if it can be served at once. `undefined` says nothing: whatever is not plain goes the
 * complete way. It saves the budget, the flight and every turn of the event loop but the caller's own.
 */
export function peek(context: Common, stored: Stored): Peeked | undefined {
  const { storage, codec } = context
  try {
    if (looksSealed(stored.value, storage.capabilities.values)) return peekSealed(context, stored)
    const value = codec.decode(stored.value)
    return isThenable(value) ? undefined : { value }
  } catch {
    return undefined
  }
}

function peekSealed(context: Common, { value: sealed }: Stored): Peeked | undefined {
  const { storage, codec, policy } = context
  const entry = unseal(sealed, storage.capabilities.values)
  if (entry === undefined) return undefined
  const plan = planOf(entry.meta, Date.now(), policy)
  if (plan === 'refresh' || plan === 'refresh or serve') return undefined
  const value = codec.decode(entry.payload)
  if (isThenable(value)) return undefined
  const fresh = isFresh(context, entry)
  return fresh && plan === 'serve' ? { value } : { value, usable: { value, plan, isFresh: fresh, entry } }
}
