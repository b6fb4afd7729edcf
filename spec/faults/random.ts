/** Numbers that look random and come from a seed: a run can be repeated as far as time allows. */

/** Numbers from 0 up to 1 (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/** The list in another order. */
export function shuffled<T>(list: readonly T[], random: () => number): T[] {
  const weighed = list.map((one) => ({ one, weight: random() }))
  return weighed.sort((a, b) => a.weight - b.weight).map(({ one }) => one)
}
