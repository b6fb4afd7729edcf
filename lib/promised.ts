/** The promise of a value that lies in memory, kept with its entry: it is gone when that is. */
import type { Stored } from './storage/storage.js'

interface Promised {
  readonly value: unknown
  readonly promise: Promise<unknown>
}

const PROMISED = Symbol('promised')

type Keeper = Stored & { readonly [PROMISED]?: Promised }

/** The promise that is kept with an entry, if it is still that of its value. */
export function promiseIn(stored: Keeper): Promise<unknown> | undefined {
  const kept = stored[PROMISED]
  return kept !== undefined && Object.is(kept.value, stored.value) ? kept.promise : undefined
}

/** A promise of an entry's value, from now on kept with it, if it takes that. Whoever lists, compares or copies entries does not see it. */
export function promiseWith(stored: Stored, value: unknown): Promise<unknown> {
  const promise = Promise.resolve(value)
  const kept: Promised = { value, promise }
  if (isKept(stored)) Reflect.defineProperty(stored, PROMISED, { value: kept, configurable: true, writable: true })
  return promise
}

/** A value that somebody replaces is told from the one that was promised; what computes its value anew might not be. */
function isKept(stored: Stored): boolean {
  return Object.getOwnPropertyDescriptor(stored, 'value')?.writable === true
}
