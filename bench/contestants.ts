/** Contestants that are proved to hit before they are measured. */
import { type Operation, repeated, sequential } from './loops.js'
import type { Page } from './peers/peer.js'
import type { Contestant } from './scenario.js'

/** A page for its address. */
export function pageOf(url: string): Page {
  return { title: url }
}

/** How often something was run. */
export interface Runs {
  count: number
}

/** What the cached functions do. */
export async function load(url: string, runs: Runs): Promise<Page> {
  runs.count += 1
  return pageOf(url)
}

/**
 * A contestant that calls a cached function for `turns` things in turn. All of them are there when it is measured.
 *
 * @throws Error if calls ran the function again, or gave nothing
 */
export async function hitting(
  name: string,
  create: (runs: Runs) => Operation,
  turns: number | undefined = 100,
  loop = sequential,
): Promise<Contestant> {
  const runs = { count: 0 }
  const operation = create(runs)
  for (let n = 0; n < turns; n++) await operation(n)
  const filled = runs.count
  for (let n = 0; n < turns; n++) {
    if ((await operation(n)) === undefined) throw new Error(`${name} gave nothing`)
  }
  if (filled === 0 || runs.count !== filled) {
    throw new Error(`${name} is to hit, and ran the function ${filled} times, then ${runs.count - filled} times more`)
  }
  return { name, run: loop(operation, turns) }
}

/** The same for contestants that answer at once. */
export function hittingAtOnce(name: string, create: (runs: Runs) => Operation): Promise<Contestant> {
  return hitting(name, create, undefined, repeated)
}
