/** What every part of the suite works with: a fresh store per test, and functions cached over it. */
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type AnyFunction,
  type Attempt,
  type Cached,
  type CachedOptions,
  type CoderOption,
  cached,
  type Storage,
} from '../index.js'
import type { Action, Runner } from './runner.js'
import type { Clock, Looks, Opened, StoreCase } from './store-case.js'

export interface Suite {
  readonly storeCase: StoreCase
  it(title: string, test: Action): void
  /** A test that looks past ringcache; where the case does not give these looks, it is skipped by name. */
  itLooking<K extends keyof Looks>(
    looks: readonly K[],
    title: string,
    test: (looks: Pick<Sight, K>) => Promise<void>,
  ): void
  /** `fn`, cached over the store of the running test, with a prefix of the test's own. */
  wrap<F extends AnyFunction, const C extends CoderOption | undefined = undefined, M = undefined>(
    fn: F,
    options?: CachedOptions<F, C, M>,
  ): Cached<F, C, M>
  /** The Storage over the store of the running test, or over another. */
  storageOf(store?: object): Storage
  /** The option `ttl`, where the store can end an entry. */
  ttlWherePossible(ttl: number): { ttl?: number }
  /** Lets some of the store's time pass, as little as its clock allows. */
  tick(milliseconds: number): Promise<void>
}

/** The looks at the store of the running test. */
export interface Sight {
  raw(key: string): Promise<unknown>
  plant(key: string, stored: unknown): Promise<void>
  garble(key: string): Promise<void>
  timeLeft(key: string): Promise<number>
  commandsOf(run: () => Promise<unknown>): Promise<string[]>
  /** The store of another process, over the same data. */
  elsewhere(): Promise<object>
}

/** An operation on a Storage, which waits for it as long as it takes. */
export const patient = (): Attempt => ({ givenUp: false, onGiveUp: undefined, timeout: Number.POSITIVE_INFINITY })

const realTime: Clock = { begin: () => {}, tick: (milliseconds) => sleep(milliseconds), end: () => {} }

/** Opens the store before each test of the surrounding `describe`, and closes it after. */
export function createSuite(storeCase: StoreCase, runner: Runner): Suite {
  const { clock = realTime, looks = {} } = storeCase
  let current: Opened | undefined
  const others: Opened[] = []
  let keyPrefix = ''
  const opened = (): Opened => {
    if (current === undefined) throw new Error('a store is open within a test only')
    return current
  }
  runner.beforeEach(async () => {
    clock.begin()
    keyPrefix = uniquePrefix('conformance')
    current = await storeCase.open()
  })
  runner.afterEach(async () => {
    try {
      await Promise.all([current, ...others.splice(0)].map((open) => open?.close()))
    } finally {
      current = undefined
      clock.end()
    }
  })
  const sight = lookAt(opened, others, looks as Required<Looks>) // itLooking hands it on where those that are asked for are there
  const wrap: Suite['wrap'] = (fn, options) =>
    cached(fn, { ...storeCase.options, store: opened().store, keyPrefix, overload: true, ...options })
  return {
    storeCase,
    it: (title, test) => void runner.it(title, test),
    itLooking(names, title, test) {
      const missing = names.filter((name) => looks[name] === undefined)
      if (missing.length === 0) runner.it(title, () => test(sight))
      else runner.it.skip(`${title} (left out: the case has no ${missing.map(inLooks).join(', ')})`, () => test(sight))
    },
    wrap,
    storageOf(store = opened().store) {
      const { storageInterface } = storeCase.options ?? {}
      let seen: Storage | undefined
      const see: CachedOptions['storageInterface'] = (backend, info) => {
        seen = storageInterface?.(backend, info) ?? info.storage
        return seen
      }
      wrap(async () => undefined, { store, storageInterface: see })
      if (seen === undefined) throw new Error('no Storage was asked for')
      return seen
    },
    ttlWherePossible: (ttl) => (storeCase.capabilities.expiry === 'none' ? {} : { ttl }),
    tick: (milliseconds) => clock.tick(milliseconds),
  }
}

const inLooks = (name: string): string => `looks.${name}`

function lookAt(opened: () => Opened, others: Opened[], looks: Required<Looks>): Sight {
  return {
    raw: (key) => looks.raw(opened(), key),
    plant: (key, stored) => looks.plant(opened(), key, stored),
    garble: (key) => looks.garble(opened(), key),
    timeLeft: (key) => looks.timeLeft(opened(), key),
    commandsOf: (run) => looks.commandsOf(opened(), run),
    async elsewhere() {
      const other = await looks.elsewhere(opened())
      others.push(other)
      return other.store
    },
  }
}

/** A key prefix that no other test or run has. */
export function uniquePrefix(name: string): string {
  return `${name}.${randomBytes(6).toString('hex')}`
}
