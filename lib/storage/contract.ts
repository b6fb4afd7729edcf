import type { Keyv } from 'keyv'
import type { StoreFailure } from '../errors.js'
import type { MaybePromise } from '../maybe.js'
import type { Attempt, Capabilities, Failure, Item, Leases, Stored, Swap } from './storage.js'

/** What a store says that it can do; `lease` left out is `'process'`. */
export type DeclaredCapabilities = Omit<Capabilities, 'lease'> & Partial<Pick<Capabilities, 'lease'>>

/**
 * A store of your own, in encoded values. Every operation answers at once or with a promise; each may throw or reject,
 * which fails that operation alone. It must not change what it is given. `attempt` says whether the caller still waits.
 *
 * What is left out is done by what is there; where the Storage stands in for another (the backend's own), `fit`, `check`,
 * `wholeSeconds` and `failure` are that one's. `peek`, `get` and `hasMany` that were taken over from it count as left out
 * where `getMany` was not, and `peek` where `get` was not.
 *
 * @example
 * const entries = new Map<string, unknown>()
 * const storage: Storage = {
 *   name: 'mine',
 *   capabilities: { expiry: 'none', touch: 'rewrite', many: 'native', values: 'objects', deleteTells: true },
 *   getMany: (keys) => keys.map((key) => (entries.has(key) ? { value: entries.get(key) } : undefined)),
 *   setMany: (items) => {
 *     for (const { key, value } of items) entries.set(key, value)
 *     return items.map(() => undefined)
 *   },
 *   deleteMany: (keys) => keys.map((key) => entries.delete(key)),
 * }
 */
export interface StorageContract {
  /** What errors call it. Not empty. */
  readonly name: string
  /** What the store does by itself, and each decides how it is used. Read once. */
  readonly capabilities: DeclaredCapabilities
  /** What `fn.storage.backend` gives: a Keyv. Default: the backend it was made for, else one over this Storage. */
  readonly backend?: Keyv | undefined
  /**
   * The innermost object that holds the data: Storages of one identity are fenced together, so two over the same data
   * must share it. Default: that of the backend it was made for, else the Storage itself.
   */
  readonly identity?: object | undefined
  /**
   * True where the store counts a `ttl` in whole seconds: it must then round up, and the exact end is kept with the entry.
   * Default: false.
   */
  readonly wholeSeconds?: boolean | undefined
  /**
   * One key's entry, at once: `undefined` for whatever is not at hand (the others are asked then). It must not be older
   * than what `getMany` would give. Default: none.
   */
  readonly peek?: ((key: string) => Stored | undefined) | undefined
  /** A key made to fit the store's limits: the same for the same key, another for another. Default: the key itself. */
  readonly fit?: ((key: string, functionPart: string) => string) | undefined
  /** Throws for a key that this store would mix up with another, or choke on. Default: takes every key. */
  readonly check?: ((key: string) => void) | undefined
  /**
   * How an error that it threw is to be understood. After a read that failed by `'connection'` or `'timeout'` a call does
   * not try to write; `'reply'` means that the store is well and did answer. Default: `'connection'`.
   */
  readonly failure?: ((error: unknown) => StoreFailure) | undefined
  /** What a key holds; absent and expired are `undefined`, never an error. Default: by `getMany`. */
  readonly get?: ((key: string, attempt: Attempt) => MaybePromise<Stored | undefined>) | undefined
  /** For each key, in order, what it holds; absent and expired are `undefined`. */
  getMany(keys: readonly string[], attempt: Attempt): MaybePromise<readonly (Stored | undefined)[]>
  /**
   * Stores each item, in place of what is there, for `ttl` milliseconds (`undefined`: until it is removed). For each, in
   * order, `undefined` when it is stored, else `{ error }`. It answers when all writes have ended.
   */
  setMany(items: readonly Item[], attempt: Attempt): MaybePromise<readonly (Failure | undefined)[]>
  /** Removes each key; for each, in order, whether something was there (`true` where `deleteTells` is false). */
  deleteMany(keys: readonly string[], attempt: Attempt): MaybePromise<readonly boolean[]>
  /** For each key, in order, whether it holds something that has not expired. Default: by `getMany`. */
  readonly hasMany?: ((keys: readonly string[], attempt: Attempt) => MaybePromise<readonly boolean[]>) | undefined
  /**
   * Starts the `ttl` (milliseconds) of each key's entry anew; false for what is absent, which it must not bring back.
   * Required where `capabilities.touch` is `'native'`, not allowed where it is `'rewrite'`.
   */
  readonly touchMany?:
    | ((keys: readonly string[], ttl: number, attempt: Attempt) => MaybePromise<readonly boolean[]>)
    | undefined
  /**
   * For each entry, in order: changes what its stored form begins with from `from` to `to`, leaves the rest, has it kept for
   * `ttl` milliseconds from now (`undefined`: until it is removed), and gives true. Where it is not there or begins
   * otherwise, it stays as it is: false. A `from` of `''` means an entry that does not begin with `@ring`. No entry may
   * come back that was removed meanwhile, and none be lost that was written meanwhile. With `fences`, the lease of the key
   * ends first, whatever becomes of the entry. `{ error }` where it failed.
   *
   * For stores of text or bytes that several processes write to. Where it is left out, the entry is read and written again.
   * That of the Storage that this one stands in for counts as left out where its `leases` would.
   */
  readonly swapMany?:
    | ((swaps: readonly Swap[], attempt: Attempt) => MaybePromise<readonly (Failure | boolean)[]>)
    | undefined
  /**
   * What processes know of each other's runs. Required where `capabilities.lease` is `'atomic'` or `'best-effort'`, not
   * allowed where it is `'process'`. Those of the Storage that this one stands in for count as left out where `getMany`,
   * `setMany` or `deleteMany` is another: they would go past it.
   */
  readonly leases?: Leases | undefined
}
