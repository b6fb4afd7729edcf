/** A random generator that gives the same numbers for the same seed. */
export interface Random {
  /** From 0 up to 1, without 1. */
  next(): number
  /** A whole number from 0 up to `count`, without `count`. */
  below(count: number): number
  /** True so often: 0.2 is one time in five. */
  chance(share: number): boolean
  pick<T>(list: readonly [T, ...T[]] | readonly T[]): T
  /** `count` distinct items of the list, in any order. */
  some<T>(count: number, list: readonly T[]): T[]
}

/** Mulberry32: 32 bits of state, good enough to choose operations by. */
export function createRandom(seed: number): Random {
  let state = seed | 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (count: number): number => Math.floor(next() * count)
  return {
    next,
    below,
    chance: (share) => next() < share,
    pick: (list) => {
      if (list.length === 0) throw new Error('there is nothing to pick from')
      return list[below(list.length)] as (typeof list)[number] // it is not empty, and `below` stays within it
    },
    some: (count, list) => {
      const left = [...list]
      return Array.from({ length: Math.min(count, left.length) }, () => left.splice(below(left.length), 1)).flat()
    },
  }
}

/** The seed of a run: what `TORTURE_SEED` says, to repeat one, or any. */
export function seedOf(given: string | undefined): number {
  if (given === undefined || given === '') return Math.floor(Math.random() * 2 ** 31)
  const seed = Number(given)
  if (Number.isSafeInteger(seed)) return seed
  throw new Error(`a seed is a whole number, got '${given}'`)
}
