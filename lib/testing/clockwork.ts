/** What the tests of time measure with, in milliseconds. */
import assert from 'node:assert/strict'

export const DAY = 24 * 60 * 60 * 1_000
/** How late the answer of a server may come on a busy machine. */
export const PATIENCE = 2_000

export function assertBetween(actual: number | undefined, least: number, most: number): void {
  assert.ok(actual !== undefined && actual >= least && actual <= most, `${actual} is not within ${least} and ${most}`)
}

/** How long each of them went on being there, from `begin` (a time of `Date.now`); asked again and again, up to `patience`. */
export async function livesOf(
  tick: (milliseconds: number) => Promise<void>,
  isThere: readonly (() => Promise<boolean>)[],
  patience: number,
  begin = Date.now(),
): Promise<number[]> {
  const lives = isThere.map(() => Number.POSITIVE_INFINITY)
  while (lives.includes(Number.POSITIVE_INFINITY) && Date.now() - begin < patience) {
    const ask = async (one: () => Promise<boolean>, i: number) => {
      if (lives[i] === Number.POSITIVE_INFINITY && !(await one())) lives[i] = Date.now() - begin
    }
    await Promise.all(isThere.map(ask))
    await tick(5)
  }
  return lives
}
