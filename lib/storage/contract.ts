import type { Keyv } from 'keyv'
import { kindOf } from '../coders/kind.js'
import { KeyError, OptionError, type StoreFailure } from '../errors.js'
import { isThenable, type MaybePromise, silence, whenReady } from '../maybe.js'
import { answerOf, answersOf, atHand, entry, outcome, told } from './answers.js'
import { isKeyv } from './keyv.js'
import type { Attempt, Capabilities, Failure, Item, Storage, Stored } from './storage.js'

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
 *   backend: new Keyv(),
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
  /** What the store does by itself: all five, and each decides how it is used. Read once. */
  readonly capabilities: Capabilities
  /** What `fn.storage.backend` gives: a Keyv. Default: the backend it was made for; required where there is none. */
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
}

/**
 * A Storage that someone else wrote, complete: checked now for what can be seen of it, and each time for what it answers.
 * `who` is what messages call it, `base` the Storage that it stands in for.
 *
 * @throws OptionError for what is no Storage
 */
export function checkedStorage(given: unknown, who: string, base?: Storage): Storage {
  const its = checkedMembers(given, who)
  const capabilities = checkedCapabilities(its, who)
  const { touchMany } = its
  const ownOf = <N extends 'get' | 'hasMany' | 'peek'>(name: N) => (its[name] === base?.[name] ? undefined : its[name])
  const [get, hasMany] = its.getMany === base?.getMany ? [its.get, its.hasMany] : [ownOf('get'), ownOf('hasMany')]
  const peek = its.getMany === base?.getMany && its.get === base?.get ? its.peek : ownOf('peek')
  const getMany: Storage['getMany'] = (keys, attempt) =>
    answersOf('getMany', entry, keys.length, its.getMany(keys, attempt))
  return {
    name: its.name,
    backend: checkedBackend(its.backend ?? base?.backend, who),
    identity: its.identity ?? base?.identity ?? its,
    capabilities,
    wholeSeconds: its.wholeSeconds ?? base?.wholeSeconds ?? false,
    fit: (key, functionPart) => fitted(its.fit ? its.fit(key, functionPart) : (base?.fit(key, functionPart) ?? key)),
    check: (key) => (its.check ? its.check(key) : base?.check(key)),
    failure: (error) => (its.failure ? understood(its.failure(error)) : (base?.failure(error) ?? 'connection')),
    ...(peek && { peek: (key: string) => atHand(entry, () => peek.call(its, key)) }),
    get: (key, attempt) =>
      get
        ? answerOf('get', entry, get.call(its, key, attempt))
        : whenReady(getMany([key], attempt), ([found]) => found),
    getMany,
    setMany: (items, attempt) => answersOf('setMany', outcome, items.length, its.setMany(items, attempt)),
    deleteMany: (keys, attempt) => answersOf('deleteMany', told, keys.length, its.deleteMany(keys, attempt)),
    hasMany: (keys, attempt) =>
      hasMany
        ? answersOf('hasMany', told, keys.length, hasMany.call(its, keys, attempt))
        : whenReady(getMany(keys, attempt), (found) => found.map(isOurs)),
    ...(touchMany && {
      touchMany: (keys: readonly string[], ttl: number, attempt: Attempt) =>
        answersOf('touchMany', told, keys.length, touchMany.call(its, keys, ttl, attempt)),
    }),
  }
}

const REQUIRED = ['getMany', 'setMany', 'deleteMany'] as const
const OPTIONAL = ['peek', 'fit', 'check', 'failure', 'get', 'hasMany', 'touchMany'] as const

function checkedMembers(given: unknown, who: string): StorageContract {
  if (isThenable(given)) {
    silence(given)
    throw new OptionError(`${who} must be a Storage, got a promise: await it first`)
  }
  if (typeof given !== 'object' || given === null) {
    throw new OptionError(`${who} must be a Storage (name, capabilities, ${REQUIRED.join(', ')}), got ${kindOf(given)}`)
  }
  const its = given as Partial<StorageContract> // what it really has is looked at here
  const member = (name: keyof StorageContract, contract: string, holds: boolean): void => {
    if (!holds) throw new OptionError(`${who}: ${name} must be ${contract}, got ${kindOf(its[name])}`)
  }
  member('name', 'a non-empty string', typeof its.name === 'string' && its.name !== '')
  for (const name of REQUIRED) member(name, 'a function', typeof its[name] === 'function')
  for (const name of OPTIONAL)
    member(name, 'a function, if given', ['function', 'undefined'].includes(typeof its[name]))
  member('wholeSeconds', 'a boolean, if given', ['boolean', 'undefined'].includes(typeof its.wholeSeconds))
  member('identity', 'an object, if given', its.identity === undefined || isObject(its.identity))
  member('capabilities', 'an object', isObject(its.capabilities))
  return its as StorageContract // all that is required is there
}

const CAPABILITIES: { readonly [Name in keyof Capabilities]: readonly Capabilities[Name][] } = {
  expiry: ['native', 'envelope', 'none'],
  touch: ['native', 'rewrite'],
  many: ['native', 'each'],
  values: ['bytes', 'text', 'objects'],
  deleteTells: [true, false],
}

function checkedCapabilities({ capabilities, touchMany }: StorageContract, who: string): Capabilities {
  for (const [name, known] of Object.entries(CAPABILITIES)) {
    const value: unknown = Reflect.get(capabilities, name)
    if ((known as readonly unknown[]).includes(value)) continue
    throw new OptionError(`${who}: capabilities.${name} must be ${known.map(shown).join(' or ')}, got ${shown(value)}`)
  }
  const { expiry, touch, many, values, deleteTells } = capabilities
  if ((touch === 'native') !== (touchMany !== undefined)) {
    throw new OptionError(
      touchMany
        ? `${who}: it has touchMany, so capabilities.touch must be 'native', got 'rewrite'`
        : `${who}: capabilities.touch is 'native', so touchMany must be a function, got undefined`,
    )
  }
  return { expiry, touch, many, values, deleteTells }
}

function shown(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`
  return typeof value === 'boolean' ? String(value) : kindOf(value)
}

function checkedBackend(backend: unknown, who: string): Keyv {
  if (isObject(backend) && isKeyv(backend)) return backend
  throw new OptionError(`${who}: backend must be a Keyv, since fn.storage.backend gives it; got ${kindOf(backend)}`)
}

const FAILURES: readonly unknown[] = ['reply', 'connection', 'timeout'] satisfies StoreFailure[]

function understood(failure: StoreFailure): StoreFailure {
  return FAILURES.includes(failure) ? failure : 'connection'
}

function fitted(key: unknown): string {
  silence(key)
  if (typeof key === 'string' && key !== '') return key
  throw new KeyError(`fit of the store must give a non-empty string, got ${kindOf(key)}`)
}

function isOurs(stored: Stored | undefined): boolean {
  return stored !== undefined && stored.foreign === undefined
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
