import type { Keyv } from 'keyv'
import type { StoreFailure } from '../errors.js'
import type { MaybePromise } from '../maybe.js'

/** What a store can do by itself. What it cannot do is declared here, never silently left out. */
export interface Capabilities {
  /** Who ends an entry: the server (`native`), the `expires` kept beside the value (`envelope`), nobody (`none`). */
  readonly expiry: 'native' | 'envelope' | 'none'
  /** Whether `touch` is one command, or the entry is read and written again. */
  readonly touch: 'native' | 'rewrite'
  /** Whether a bulk read is one command, or one command for each key. */
  readonly many: 'native' | 'each'
  /** What a stored value is: bytes, text, or the JavaScript value itself. */
  readonly values: 'bytes' | 'text' | 'objects'
  /** Whether `delete` can tell if something was there; where it cannot, it says `true`. */
  readonly deleteTells: boolean
}

/** One try at the store, which its caller may give up on; what still waits then must leave nothing behind. */
export interface Attempt {
  givenUp: boolean
  onGiveUp: (() => void) | undefined
  /** What its caller waits in all, in milliseconds. */
  readonly timeout: number
  /** Whether it waits for a write that came before it in this process, so that the store has not been asked yet. */
  queued?: boolean
  /** Why it still waited when it was given up, where that is known. */
  problem?: unknown
}

/** Adds to what happens when an attempt is given up. Whoever adds must bear to be told after its own end. */
export function whenGivenUp(attempt: Attempt, act: () => void): void {
  const before = attempt.onGiveUp
  attempt.onGiveUp = () => {
    before?.()
    act()
  }
}

/** What a key holds, as the store gives it. `expires` is the Unix time in milliseconds, where the store keeps one. */
export interface Stored {
  readonly value: unknown
  readonly expires?: number | undefined
  /** Why the data at the key is none of ours (another type, an envelope that does not parse). */
  readonly foreign?: Error
}

/** One entry to be stored, for `ttl` milliseconds (`undefined`: until it is removed). */
export interface Item {
  readonly key: string
  readonly value: unknown
  readonly ttl: number | undefined
}

/** Why one item of a bulk write was not stored. */
export interface Failure {
  readonly error: unknown
}

/** The thin contract over one backend, in encoded values. Absent and expired are `undefined`, never an error. */
export interface Storage {
  /** What errors call it: `redis`, `memcached`, `memory`, `keyv`. */
  readonly name: string
  readonly backend: Keyv
  /** The innermost object that holds the data (client, Map, Keyv): what fences belong to. */
  readonly identity: object
  readonly capabilities: Capabilities
  /** Only where the store can be read at once: a hit then returns without waiting for anything. */
  peek?(key: string): Stored | undefined
  /** True where every operation is over when it returns, so that there is nothing to wait for: it is never left alone. */
  readonly atOnce?: boolean
  /** True where the store counts `ttl` in whole seconds; the exact end is then kept with the entry. */
  readonly wholeSeconds: boolean
  /** The key made to fit the store's limits; `functionPart` is what stays readable. */
  fit(key: string, functionPart: string): string
  /** Throws a `KeyError` for a key that this store would mix up or choke on. */
  check(key: string): void
  /** How an error that the store threw is to be understood. */
  failure(error: unknown): StoreFailure
  get(key: string, attempt: Attempt): MaybePromise<Stored | undefined>
  getMany(keys: readonly string[], attempt: Attempt): MaybePromise<readonly (Stored | undefined)[]>
  /** For each item, its failure; `undefined` where it is stored. Rejects where none was sent. */
  setMany(items: readonly Item[], attempt: Attempt): MaybePromise<readonly (Failure | undefined)[]>
  /** For each key, whether something was there; true where the store cannot tell. */
  deleteMany(keys: readonly string[], attempt: Attempt): MaybePromise<readonly boolean[]>
  /** Whether the store holds something. Where an entry's own metadata may end it, `getMany` is asked instead. */
  hasMany(keys: readonly string[], attempt: Attempt): MaybePromise<readonly boolean[]>
  /** Only where `capabilities.touch` is `native`: the `ttl` of the entries anew; false for what is absent. */
  touchMany?(keys: readonly string[], ttl: number, attempt: Attempt): MaybePromise<readonly boolean[]>
}

/** A Storage before its backend is built over it. */
export type Driver = Omit<Storage, 'backend'>

/** Bulk by one command for each key, all handed over in the same turn. It ends when all have, even where one fails. */
export async function forEach<T, U>(items: readonly T[], one: (item: T) => MaybePromise<U>): Promise<U[]> {
  const all = items.map(one)
  await Promise.allSettled(all)
  return Promise.all(all)
}

/** Like `forEach`, for writes: what fails leaves the others alone. */
export async function writeEach<T>(
  items: readonly T[],
  one: (item: T) => Promise<unknown>,
): Promise<(Failure | undefined)[]> {
  const settled = await Promise.allSettled(items.map(one))
  return settled.map((result) => (result.status === 'rejected' ? { error: result.reason } : undefined))
}
