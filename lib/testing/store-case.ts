import type { CachedOptions, DeclaredCapabilities } from '../index.js'

/** A store that the suite is to run over. `name`, `capabilities` and `open` are enough. */
export interface StoreCase<O extends Opened = Opened> {
  readonly name: string
  /** What `fn.storage.capabilities` must say; each of them changes a test. `lease` left out is `'process'`. */
  readonly capabilities: DeclaredCapabilities
  /** A store that is ready. What earlier tests left in it is no harm: each test has a key prefix of its own. */
  open(): Promise<O>
  /** Options of `cached` that the store needs: every function is wrapped with them. */
  readonly options?: Omit<CachedOptions, SuiteOptions>
  /** What moves the store's time. `undefined`: it passes by itself, and tests poll. */
  readonly clock?: Clock
  /** By how much a `ttl` of whole seconds may end early, in milliseconds, where the store counts seconds. */
  readonly early?: number
  /** The longest key that the store takes as it is, in bytes; it then takes printable ASCII only. */
  readonly longestKey?: number
  /** How many entries the store keeps for sure. `undefined`: as many as it is given. */
  readonly capacity?: number
  /**
   * Where values are text: whether what is not text is refused, as by a bare adapter, or kept by the Keyv's serializer.
   * `undefined`: either will do.
   */
  readonly textOnly?: boolean
  /** Whether the store takes what it does not have for an expired entry, and is sent a `delete` as well. */
  readonly deletesOnMiss?: boolean
  /** Whether its Storage has `swapMany`. `undefined`: no. */
  readonly swaps?: boolean
  /** What the store calls the commands it gets. `undefined`: `get` and `set`. Told by `looks.commandsOf`. */
  readonly commands?: CommandNames
  /** Ways past ringcache to what lies in the store. Tests that need one which is not given are skipped, and say so. */
  readonly looks?: Looks<O>
  /** Before and after all tests of the suite. */
  begin?(): Promise<void>
  end?(): Promise<void>
}

/** What the tests set themselves. */
type SuiteOptions =
  | 'store'
  | 'coder'
  | 'key'
  | 'keyPrefix'
  | 'keyRefactor'
  | 'ignorableKeys'
  | 'ttl'
  | 'missValue'
  | 'overload'

/** An open store, with whatever else the looks of its case need. */
export interface Opened {
  /** What is passed to `cached`. */
  readonly store: object
  close(): Promise<void>
}

/** Moves the store's time, and that of `Date.now()`: fake timers. */
export interface Clock {
  /** Before a test opens its store. */
  begin(): void
  tick(milliseconds: number): Promise<void>
  /** After it closed its store. */
  end(): void
}

/** A `getMany` is one bulk read, where there is such a command. */
export interface CommandNames {
  readonly get: string
  readonly getMany?: string
  readonly set: string
  readonly touch?: string
}

/** Ways past ringcache, to an open store. */
export interface Looks<O extends Opened = Opened> {
  /**
   * What lies under a key of ours; `undefined` for nothing. Where `expiry` is `envelope`: the `{ value, expires }`, as text
   * or as an object. Elsewhere the value alone.
   */
  raw?(opened: O, key: string): Promise<unknown>
  /** Puts the stored form of an entry there, in an envelope where the store has one. */
  plant?(opened: O, key: string, stored: unknown): Promise<void>
  /** Puts there what is no entry at all: a list, a broken envelope. */
  garble?(opened: O, key: string): Promise<void>
  /** How long the store will keep an entry, in milliseconds; `Infinity` without an end. */
  timeLeft?(opened: O, key: string): Promise<number>
  /** The names of the commands that the store got while `run` ran, in alphabetical order. */
  commandsOf?(opened: O, run: () => Promise<unknown>): Promise<string[]>
  /** The same data as another process would open it: nothing is known of the first. Closed when the test has ended. */
  elsewhere?(opened: O): Promise<Opened>
}
