/** How operations follow each other. */
import type { Runner } from './scenario.js'

/** One of many things that differ by their number. */
export type Operation = (n: number) => unknown

export const IN_FLIGHT = 64

/** How many things take turns where nothing else is said. */
const TURNS = 100

/** Each operation begins when the one before has ended. */
export function sequential(operation: Operation, turns = TURNS): Runner {
  return async (times) => {
    for (let i = 0; i < times; i++) await operation(i % turns)
  }
}

/** Sixty-four operations begin together; the next sixty-four when all have ended. */
export function inFlight(operation: Operation): Runner {
  return async (times) => {
    for (let i = 0; i < times; i++) await Promise.all(Array.from({ length: IN_FLIGHT }, (_, n) => operation(n)))
  }
}

/** Each operation answers at once. What it answers is looked at, so that nothing is left out. */
export function repeated(operation: Operation, turns = TURNS): Runner {
  return async (times) => {
    let nothing = 0
    for (let i = 0; i < times; i++) if (operation(i % turns) === undefined) nothing += 1
    if (nothing > 0) throw new Error(`${nothing} operations gave nothing`)
  }
}
