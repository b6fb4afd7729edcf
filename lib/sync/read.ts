import { type Found, open, openUsable, type Usable } from '../read.js'
import type { Stored } from '../storage/storage.js'
import { askTrusted, type SyncCall, type SyncContext } from './call.js'

/** The fresh entry of the call's key, decoded. @throws StoreError */
export function read(context: SyncContext, call: SyncCall): Found | undefined {
  return opened(
    context,
    call,
    askTrusted(context, 'get', [call.key], () => context.storage.get(call.key)),
  )
}

/** For each call its fresh entry, decoded. @throws StoreError */
export function readMany(context: SyncContext, calls: readonly SyncCall[]): (Found | undefined)[] {
  const keys = calls.map((call) => call.key)
  const stored = askTrusted(context, 'get', keys, () => context.storage.getMany(keys))
  return calls.map((call, i) => opened(context, call, stored[i]))
}

/** For each plain call what it finds. @throws StoreError */
export function lookMany(context: SyncContext, calls: readonly SyncCall[]): (Usable | undefined)[] {
  const keys = calls.map((call) => call.key)
  const stored = askTrusted(context, 'get', keys, () => context.storage.getMany(keys))
  return calls.map((call, i) => openUsable(context, call, stored[i]) as Usable | undefined) // its codec answers at once
}

function opened(context: SyncContext, call: SyncCall, stored: Stored | undefined): Found | undefined {
  return open(context, call, stored) as Found | undefined // its codec answers at once
}
