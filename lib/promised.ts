/** The promise of a value that lies in memory, kept with its entry: it is gone when that is. */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { Stored } from './storage/storage.js'

/** Two properties of the entry, not one object with both: a hit then looks into less memory. */
const PROMISE = Symbol('promise')
const PROMISED = Symbol('promised')

type Keeper = Stored & { readonly [PROMISE]?: Promise<unknown>; readonly [PROMISED]?: unknown }

/** The promise that is kept with an entry, if it is still that of its value. */
export function promiseIn(stored: Keeper): Promise<unknown> | undefined {
  try {
    const promise = stored[PROMISE]
    return promise !== undefined && Object.is(stored[PROMISED], stored.value) ? promise : undefined
  } catch {
    return undefined // the complete way tells of it
  }
}

/** A promise of an entry's value, from now on kept with it, if it takes that. Whoever lists, compares or copies entries does not see it. */
export function promiseWith(stored: Stored, value: unknown): Promise<unknown> {
  const promise = outside(() => Promise.resolve(value))
  try {
    if (isKept(stored, value)) {
      Reflect.defineProperty(stored, PROMISED, { value, configurable: true, writable: true })
      Reflect.defineProperty(stored, PROMISE, { value: promise, configurable: true, writable: true })
    }
  } catch {} // an entry of somebody else's may refuse
  return promise
}

/** Of no call: a promise would keep the `AsyncLocalStorage` of the one that made it. */
const outside = /* @__PURE__ */ AsyncLocalStorage.snapshot()

/** A value that somebody replaces is told from the one that was promised; what computes its value anew might not be. */
function isKept(stored: Stored, value: unknown): boolean {
  const property = Object.getOwnPropertyDescriptor(stored, 'value')
  return property?.writable === true && Object.is(property.value, value)
}
