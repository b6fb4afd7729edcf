/** What one synchronous call can do: run its function, ask the store. */
import { asStoreError } from '../budget.js'
import type { Common } from '../call.js'
import { kindOf } from '../coders/kind.js'
import { ActionError } from '../errors.js'
import { isThenable, silence } from '../maybe.js'
import { trusting } from '../replays.js'
import type { MemoryDriver } from '../storage/memory.js'
import type { Subject } from '../trace.js'

/** All that the calls of one function have in common. Its codec answers at once. */
export interface SyncContext extends Common {
  readonly storage: MemoryDriver
}

/** One invocation: its arguments, its receiver and key. */
export interface SyncCall extends Subject {
  readonly receiver: unknown
  /** In place of the function's own `ttl`. */
  readonly ttl?: number | undefined
}

/** @throws KeyError for arguments, or a receiver, that cannot be part of a key */
export function newCall({ keyOf }: SyncContext, args: readonly unknown[], receiver: unknown): SyncCall {
  return { key: keyOf(args, receiver), args, receiver }
}

/** Runs the function. Its exception is the caller's, unchanged. @throws ActionError if it gives a promise */
export function execute({ fn, trace }: SyncContext, call: SyncCall): unknown {
  const started = performance.now()
  const done = (outcome: { value: unknown } | { error: unknown }): void => {
    if (trace.wants('execute')) trace.emit('execute', call, { duration: performance.now() - started, ...outcome })
  }
  try {
    const value = Reflect.apply(fn, call.receiver, call.args)
    refusePromise(value, `the function of '${call.key}' gave`)
    done({ value })
    return value
  } catch (error) {
    done({ error })
    throw error
  }
}

/** One operation on the store. @throws StoreError when the store fails */
export function ask<T>({ storage }: SyncContext, operation: string, key: string, run: () => T): T {
  try {
    return run()
  } catch (error) {
    throw asStoreError(error, storage, { operation, key, store: storage.name })
  }
}

/** Like `ask`, for what trusts what is stored: what failed before on these keys is made good first. @throws StoreError */
export function askTrusted<T>(context: SyncContext, operation: string, keys: readonly string[], run: () => T): T {
  const { failedWrites, policy } = context
  if (failedWrites.byKey.size === 0) return ask(context, operation, keys[0] ?? '', run)
  const attempt = { givenUp: false, onGiveUp: undefined, timeout: policy.storeTimeout }
  return ask(context, operation, keys[0] ?? '', () => trusting(failedWrites, keys, attempt, run) as T) // a Map answers at once
}

/** @throws ActionError for a promise: a value is what is kept, not the wait for it */
export function refusePromise(value: unknown, who: string): void {
  if (!isThenable(value)) return
  silence(value)
  throw new ActionError(`cachedSync keeps values, and ${who} a promise (${kindOf(value)}): use cached`)
}
