import { checkMilliseconds, checkOptions, leaseTimes } from './check-options.js'
import { type Codec, fitCodec } from './codec.js'
import { kindOf } from './coders/kind.js'
import { coders } from './coders/registry.js'
import { resolveCoder } from './coders/resolve.js'
import { checkContradictions } from './contradictions.js'
import { OptionError } from './errors.js'
import { type FailedWrites, failedWritesOf } from './failed-writes.js'
import type { FreshnessPolicy } from './freshness.js'
import { ignoredFrom } from './ignored.js'
import { createKeyer, functionPart, type Keyer } from './key.js'
import { silence } from './maybe.js'
import { newObserved, noteFit, type Observed } from './observed.js'
import type { AnyOptions } from './options.js'
import { checkedStorage } from './storage/checked.js'
import { currentStorage, isStoreSource } from './storage/current.js'
import { openStorage } from './storage/open.js'
import type { Driver, Leases, Reads, Storage } from './storage/storage.js'

/** The resolved options that each call looks at. */
export interface Policy extends FreshnessPolicy {
  readonly ttl: number | ((value: unknown, ...args: readonly unknown[]) => unknown) | undefined
  readonly jitter: number
  readonly cacheIf: ((value: unknown, ...args: readonly unknown[]) => unknown) | undefined
  readonly softTimeout: number | undefined
  readonly hardTimeout: number | undefined
  readonly missValue: unknown
  readonly storeTimeout: number
  readonly onStoreError: 'execute' | 'throw'
}

/** Options with every default filled in, as far as they do not depend on the store. */
export interface Settings {
  readonly name: string
  readonly options: AnyOptions
  /** What every key begins with. */
  readonly part: string
  readonly policy: Policy
}

/** The settings of a function with its store. */
export interface Resolved extends Settings {
  /** The Storage of the function, or what finds that of each call. */
  readonly storage: Storage | (() => Storage)
}

/** What a function needs to work on one store. */
export interface Fitted {
  readonly codec: Codec
  readonly keyOf: Keyer
  readonly observed: Observed
  /** What failed on the store and is to be made good. */
  readonly failedWrites: FailedWrites
}

/** How a function and its like in other processes know of each other's runs. */
export interface Leasing extends Leases {
  /** Milliseconds, as in the option `lease`. */
  readonly ttl: number
  readonly wait: number
}

const STORE_TIMEOUT = 1_000
const RETRY_AFTER = 1_000

/**
 * Checks the options of a function and builds what they name.
 *
 * @throws OptionError for an option that is unknown, out of range, or contradicts another
 * @throws CoderError for an unknown coder name
 */
export function resolveOptions(name: string, options: AnyOptions): Resolved {
  checkOptions(options)
  const settings = settingsOf(name, options)
  const { store } = options
  return { ...settings, storage: isStoreSource(store) ? () => currentStorage(store) : openStorage(store) }
}

/** The settings of a function whose options have been checked one by one. Throws like `resolveOptions`. */
export function settingsOf(name: string, options: AnyOptions): Settings {
  checkContradictions(options)
  const { coder, coderRegistry = coders } = options
  const part = partOf(name, options)
  if (coder !== undefined) resolveCoder(coder, coderRegistry)
  return {
    name,
    options,
    part,
    policy: policyOf(options),
  }
}

function policyOf(options: AnyOptions): Policy {
  const { earlyRefresh = false } = options
  return {
    // The arguments of a call are what these functions take: their types say so to the user.
    ttl: options.ttl as Policy['ttl'],
    cacheIf: options.cacheIf as Policy['cacheIf'],
    jitter: options.jitter ?? 0,
    staleWhileRevalidate: options.staleWhileRevalidate || 0,
    staleIfError: options.staleIfError || 0,
    earlyRefresh: Number(earlyRefresh),
    retryAfter: options.retryAfter ?? RETRY_AFTER,
    softTimeout: options.softTimeout || undefined,
    hardTimeout: options.hardTimeout || undefined,
    missValue: options.missValue,
    storeTimeout: options.storeTimeout ?? STORE_TIMEOUT,
    onStoreError: options.onStoreError ?? 'execute',
  }
}

/**
 * Builds what the options need on one store.
 *
 * @throws OptionError where they contradict what the store can do
 */
export function fitToStorage(
  settings: Settings,
  base: Storage,
): Fitted & { readonly storage: Storage; readonly reads: Reads; readonly leasing: Leasing | undefined } {
  const { storageInterface } = settings.options
  const given = storageInterface?.(base.backend, { storage: { ...base }, keyPrefix: settings.part })
  const storage = storageInterface === undefined ? base : checkedStorage(given, 'storageInterface', base)
  const fitted = fitTo(settings, storage)
  const reads = (fitted.codec.stored === 'text' ? storage.text : undefined) ?? storage
  return { storage, reads, leasing: leasingOf(settings.options, storage), ...fitted }
}

/** By itself only where the store leaves no gap; else where it is asked for, as far as the store can. */
function leasingOf({ lease }: AnyOptions, { leases, capabilities }: Storage): Leasing | undefined {
  if (leases === undefined || lease === false) return undefined
  if (lease === undefined && capabilities.lease !== 'atomic') return undefined
  return { ...leases, ...leaseTimes(typeof lease === 'object' ? lease : {}) }
}

/** Builds what the options need on one store that is final. Throws like `fitToStorage`. */
export function fitTo({ options, part }: Settings, storage: Driver): Fitted {
  const { coderRegistry = coders, ignorableKeys } = options
  if (options.ttl !== undefined && storage.capabilities.expiry === 'none') {
    throw new OptionError(
      `ttl needs a store that can end an entry, and ${storage.name} keeps each until it is removed (its capabilities.expiry is 'none')`,
    )
  }
  checkPart(part, storage, options)
  const { values } = storage.capabilities
  const { coder = values === 'objects' ? 'bypass' : 'superjson' } = options
  const codec = fitCodec(resolveCoder(coder, coderRegistry), values)
  const observed = newObserved(codec.name)
  return {
    codec,
    observed,
    failedWrites: failedWritesOf(storage.identity),
    keyOf: createKeyer({
      functionPart: part,
      receiver: options.receiver,
      key: options.key,
      ignored: ignorableKeys?.length ? ignoredFrom(ignorableKeys, options.parameters) : undefined,
      keyRefactor: options.keyRefactor,
      fit: (key, functionPart) => noteFit(observed, key, storage.fit(key, functionPart)),
      check: storage.check,
    }),
  }
}

/** The `ttl` of one entry, in milliseconds. @throws OptionError for a function's result that is no `ttl` */
export function ttlOf({ ttl, jitter }: Policy, value: unknown, args: readonly unknown[]): number | undefined {
  if (ttl === undefined) return undefined
  if (typeof ttl !== 'function') return shortened(ttl, jitter)
  const given = ttl(value, ...args)
  silence(given)
  checkMilliseconds('the result of the ttl function', given)
  return shortened(given, jitter)
}

function shortened(ttl: number, jitter: number): number {
  return jitter === 0 ? ttl : Math.ceil(ttl * (1 - jitter * Math.random()))
}

/** Whether what the function gave is to be stored. @throws OptionError for an answer that is neither true nor false */
export function isKept({ cacheIf }: Policy, value: unknown, args: readonly unknown[]): boolean {
  if (cacheIf === undefined) return true
  const answer = cacheIf(value, ...args)
  silence(answer)
  if (typeof answer === 'boolean') return answer
  throw new OptionError(`cacheIf must give true or false, and it gave ${kindOf(answer)}`)
}

function partOf(name: string, { keyPrefix, store }: AnyOptions): string {
  const part = functionPart(name, keyPrefix)
  if (part !== '') return part
  if (store === undefined) return 'anonymous'
  throw new OptionError(
    'an anonymous function on a store of yours needs a keyPrefix: nothing else would tell its keys apart',
  )
}

/** A prefix that the store refuses would fail every call: better said now. */
function checkPart(part: string, storage: Driver, { keyRefactor }: AnyOptions): void {
  if (keyRefactor !== undefined) return
  try {
    storage.check(storage.fit(`${part}::`, part))
  } catch (cause) {
    throw new OptionError(
      `keyPrefix '${part}' does not fit the store: ${cause instanceof Error ? cause.message : cause}`,
      { cause },
    )
  }
}
