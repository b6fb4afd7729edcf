/** What every part of the suite works with: a fresh store per test, and functions cached over it. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, jest } from '@jest/globals'
import { type AnyFunction, type Cached, type CachedOptions, type CoderOption, cached } from '../../lib/index.js'
import { uniquePrefix } from '../support/servers.js'
import type { Opened, StoreCase } from './store-case.js'

export interface Subject {
  /** The store of the running test. */
  readonly opened: Opened
  /** `fn`, cached over it, with a prefix of the test's own. */
  wrap<F extends AnyFunction, const C extends CoderOption | undefined = undefined, M = undefined>(
    fn: F,
    options?: CachedOptions<F, C, M>,
  ): Cached<F, C, M>
  /** Lets some of the store's time pass, as little as its clock allows. */
  tick(milliseconds: number): Promise<void>
}

/** Opens the store before each test of the surrounding `describe`, and closes it after. */
export function useStore({ clock, open }: StoreCase): Subject {
  let opened: Opened | undefined
  let prefix = ''
  beforeEach(async () => {
    if (clock === 'fake') jest.useFakeTimers()
    prefix = uniquePrefix('conformance')
    opened = await open()
  })
  afterEach(async () => {
    await opened?.close()
    jest.useRealTimers()
  })
  return {
    get opened() {
      if (opened === undefined) throw new Error('a store is open within a test only')
      return opened
    },
    wrap: (fn, options) => cached(fn, { store: opened?.store, keyPrefix: prefix, overload: true, ...options }),
    tick: async (milliseconds) => {
      if (clock === 'fake') await jest.advanceTimersByTimeAsync(milliseconds)
      else await sleep(milliseconds)
    },
  }
}

/** A function that counts its runs, and gives what it got with the number of the run: no two runs give the same. */
export function numbered() {
  let runs = 0
  return jest.fn(async (x: unknown) => {
    runs += 1
    return `${String(x)} #${runs}`
  })
}

/** How long each of them went on being there, in milliseconds from now; asked again and again, up to `patience`. */
export async function livesOf(
  { tick }: Subject,
  isThere: readonly (() => Promise<boolean>)[],
  patience: number,
): Promise<number[]> {
  const begin = Date.now()
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
