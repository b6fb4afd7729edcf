/** How operations follow each other. */
import type { Runner } from './compare.js'

/** One of a hundred things that differ by their number. */
type Operation = (n: number) => Promise<unknown>

export const IN_FLIGHT = 64

/** Each operation begins when the one before has ended. */
export function sequential(operation: Operation): Runner {
  return async (times) => {
    for (let i = 0; i < times; i++) await operation(i % 100)
  }
}

/** Sixty-four operations begin together; the next sixty-four when all have ended. */
export function inFlight(operation: Operation): Runner {
  return async (times) => {
    for (let i = 0; i < times; i++) await Promise.all(Array.from({ length: IN_FLIGHT }, (_, n) => operation(n)))
  }
}

/** Each operation answers at once. */
export function repeated(operation: (n: number) => unknown): Runner {
  return async (times) => {
    for (let i = 0; i < times; i++) operation(i % 100)
  }
}
