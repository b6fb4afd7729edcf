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
  /**
   * How far it is known that a function runs, and that what it gives is outdated: in all processes that use the store
   * (`atomic`; `best-effort` where a write may slip in between), or within each process alone.
   */
  readonly lease: 'atomic' | 'best-effort' | 'process'
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

/** A change of what an entry carries beside its value. */
export interface Swap {
  readonly key: string
  /** What its stored form begins with now: the metadata, or nothing where it has none. */
  readonly from: string
  /** What it is to begin with. */
  readonly to: string
  /** How long the store is to keep it from now on, in milliseconds; `undefined`: until it is removed. */
  readonly ttl: number | undefined
  /** Whether the lease of the key ends as well, whatever becomes of the entry. */
  readonly fences: boolean
}

/** Why one item of a bulk write was not stored. */
export interface Failure {
  readonly error: unknown
}

/** What marks one run among those of all processes: the token is its own. */
export interface Lease {
  readonly key: string
  readonly token: string
}

/** A lease that is asked for. */
export interface WantedLease extends Lease {
  /** What the stored form of an entry begins with that has been read and is of no more use: it counts as none. */
  readonly known?: string | undefined
  /** Tokens of earlier tries whose answers never came: theirs is free. */
  readonly lost?: readonly string[] | undefined
}

/** An entry to be stored while a lease stands; without one, whatever lease stands ends with it. */
export interface LeasedItem extends Item {
  readonly lease?: Lease | undefined
  /** Where the lease stands no more: what `replace` gave. An entry that still has the same value as then is removed. */
  readonly unlessChanged?: string | undefined
}

/**
 * What processes know of each other's runs: a lease beside each entry, which ends by itself. "Scaling Memcache at
 * Facebook", NSDI 2013. Where `capabilities.lease` is `'atomic'`, each does what it does to a key in one step.
 */
export interface Leases {
  /** Whether the entry of this key can have a lease; the functions below are asked for such keys alone. */
  covers(key: string): boolean
  /**
   * For each key: what its entry holds, if there is one that is not `known` (not looked for where `anyway`), else its
   * lease for `ttl` milliseconds (`'taken'`), unless another run has it that has not left it (`'held'`).
   */
  take(
    leases: readonly WantedLease[],
    ttl: number,
    anyway: boolean,
    attempt: Attempt,
  ): MaybePromise<readonly (Stored | 'taken' | 'held')[]>
  /** Gives each lease, whoever has it. For each, what tells whether the entry has another value since (whatever it carries
   * beside that); `''` if there is none. */
  replace(leases: readonly Lease[], ttl: number, attempt: Attempt): MaybePromise<readonly string[]>
  /** Each lease for `ttl` milliseconds from now: false where it stands no more. */
  renew(leases: readonly Lease[], ttl: number, attempt: Attempt): MaybePromise<readonly boolean[]>
  /**
   * Leaves each lease to whoever asks for it next; until then, and at most `ttl` milliseconds, it stands for its own run.
   * False where it stands no more.
   */
  yield(leases: readonly Lease[], ttl: number, attempt: Attempt): MaybePromise<readonly boolean[]>
  /** Ends each lease: whether it still stood. */
  release(leases: readonly Lease[], attempt: Attempt): MaybePromise<readonly boolean[]>
  /** Stores each item and ends its lease: `undefined` where it is stored, `'refused'` where its lease stands no more. */
  setMany(items: readonly LeasedItem[], attempt: Attempt): MaybePromise<readonly (Failure | 'refused' | undefined)[]>
  /** Ends whatever lease stands, and removes the entries: for each key, whether an entry was there. */
  deleteMany(keys: readonly string[], attempt: Attempt): MaybePromise<readonly boolean[]>
}

/** How entries are read. Absent and expired are `undefined`, never an error. */
export interface Reads {
  get(key: string, attempt: Attempt): MaybePromise<Stored | undefined>
  getMany(keys: readonly string[], attempt: Attempt): MaybePromise<readonly (Stored | undefined)[]>
}

/** The thin contract over one backend, in encoded values. */
export interface Storage extends Reads {
  /** What errors call it: `redis`, `memcached`, `memory`, `keyv`. */
  readonly name: string
  readonly backend: Keyv
  /** The innermost object that holds the data (client, Map, Keyv): what fences belong to. */
  readonly identity: object
  readonly capabilities: Capabilities
  /** Only where the store can be read at once: a hit then returns without waiting for anything. */
  peek?(key: string): Stored | undefined
  /** Only where every operation is over when it returns, so that there is nothing to wait for: it is never left alone. */
  readonly atOnce?: AtOnce
  /** True where `getMany` is one command, so that the lookups of different calls are better asked for by it, 1,000 at most. */
  readonly gathers?: boolean
  /** True where the store counts `ttl` in whole seconds; the exact end is then kept with the entry. */
  readonly wholeSeconds: boolean
  /** The key made to fit the store's limits; `functionPart` is what stays readable. */
  fit(key: string, functionPart: string): string
  /** Throws a `KeyError` for a key that this store would mix up or choke on. */
  check(key: string): void
  /** How an error that the store threw is to be understood. */
  failure(error: unknown): StoreFailure
  /** The same reads for coders of text, where they cost less: text where the bytes are UTF-8, else the bytes. */
  readonly text?: Reads | undefined
  /** For each item, its failure; `undefined` where it is stored. Rejects where none was sent. */
  setMany(items: readonly Item[], attempt: Attempt): MaybePromise<readonly (Failure | undefined)[]>
  /** For each key, whether something was there; true where the store cannot tell. */
  deleteMany(keys: readonly string[], attempt: Attempt): MaybePromise<readonly boolean[]>
  /** Whether the store holds something. Where an entry's own metadata may end it, `getMany` is asked instead. */
  hasMany(keys: readonly string[], attempt: Attempt): MaybePromise<readonly boolean[]>
  /** Only where `capabilities.touch` is `native`: the `ttl` of the entries anew; false for what is absent. */
  touchMany?(keys: readonly string[], ttl: number, attempt: Attempt): MaybePromise<readonly boolean[]>
  /**
   * Only where other processes may write meanwhile: for each entry, whether it began as it was said and has been changed,
   * in one step. Where it is left out, the entry is read and written again.
   */
  swapMany?(swaps: readonly Swap[], attempt: Attempt): MaybePromise<readonly (Failure | boolean)[]>
  /** Only where `capabilities.lease` is not `process`. */
  readonly leases?: Leases | undefined
}

/** What a store that answers at once does to one key. */
export interface AtOnce {
  /** Its failure; `undefined` where the item is stored. */
  set(item: Item): Failure | undefined
  /** Whether something was there. */
  delete(key: string): boolean
}

/** A Storage before its backend is built over it. */
export type Driver = Omit<Storage, 'backend'>

/** Bulk by one command for each key, all handed over in the same turn. It ends when all have, even where one fails. */
export async function forEach<T, U>(items: readonly T[], one: (item: T) => MaybePromise<U>): Promise<U[]> {
  const all = items.map(one)
  await Promise.allSettled(all)
  return Promise.all(all)
}

/** Like `forEach`, where what fails leaves the others alone. */
export async function settleEach<T, U>(items: readonly T[], one: (item: T) => Promise<U>): Promise<(Failure | U)[]> {
  const settled = await Promise.allSettled(items.map(one))
  return settled.map((result) => (result.status === 'rejected' ? { error: result.reason } : result.value))
}

/** The same for writes that tell nothing. */
export function writeEach<T>(
  items: readonly T[],
  one: (item: T) => Promise<unknown>,
): Promise<(Failure | undefined)[]> {
  return settleEach(items, async (item) => {
    await one(item)
    return undefined
  })
}
