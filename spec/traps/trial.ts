/** What the specs of traps have in common. */
import { setTimeout as sleep } from 'node:timers/promises'

/** Tries until it holds; fails after ten seconds. */
export async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error('it did not come true within ten seconds')
    await sleep(10)
  }
}

/** What it gave or threw, and how long it took, in milliseconds. */
export async function timed<T>(run: () => Promise<T>): Promise<{ outcome: T | unknown; took: number }> {
  const begin = performance.now()
  const outcome = await run().catch((error: unknown) => error)
  return { outcome, took: performance.now() - begin }
}

/** All own properties of an object and what they hold, the accessors of its class included. */
export function snapshot(object: object): Record<string, unknown> {
  const prototype: object = Object.getPrototypeOf(object)
  const accessors = Object.entries(Object.getOwnPropertyDescriptors(prototype)).filter(([, { get }]) => get)
  const names = [...Object.getOwnPropertyNames(object), ...accessors.map(([name]) => name)]
  return Object.fromEntries(names.map((name) => [name, Reflect.get(object, name)]))
}
