import { type Codec, fitCodec } from './codec.js'
import { coders } from './coders/registry.js'
import { resolveCoder } from './coders/resolve.js'
import { OptionError } from './errors.js'
import { createKeyer, functionPart } from './key.js'
import { type CachedOptions, checkMilliseconds, checkOptions } from './options.js'
import { openStorage } from './storage/open.js'
import type { Storage } from './storage/storage.js'

/** The resolved options that each call looks at. */
export interface Policy {
  readonly ttl: number | ((value: unknown, ...args: readonly unknown[]) => unknown) | undefined
  readonly missValue: unknown
  readonly storeTimeout: number
  readonly onStoreError: 'execute' | 'throw'
}

/** Options with every default filled in and every part built. */
export interface Resolved {
  readonly storage: Storage
  readonly codec: Codec
  readonly keyOf: (args: readonly unknown[]) => string
  readonly policy: Policy
}

const STORE_TIMEOUT = 1_000

/**
 * Checks the options of a function and builds what they name.
 *
 * @throws OptionError for an option that is unknown, out of range, or contradicts another
 * @throws CoderError for an unknown coder name
 */
export function resolveOptions(name: string, options: CachedOptions): Resolved {
  checkOptions(options)
  const { store, coderRegistry = coders, ttl, storeTimeout = STORE_TIMEOUT, onStoreError = 'execute' } = options
  const part = partOf(name, options)
  const storage = openStorage(store)
  if (ttl !== undefined && storage.capabilities.expiry === 'none') {
    throw new OptionError(
      `ttl needs a store that can end an entry, and ${storage.name} keeps each until it is removed (its capabilities.expiry is 'none')`,
    )
  }
  checkPart(part, storage, options)
  const { values } = storage.capabilities
  const { coder = values === 'objects' ? 'bypass' : 'superjson' } = options
  return {
    storage,
    codec: fitCodec(resolveCoder(coder, coderRegistry), values),
    keyOf: createKeyer({
      functionPart: part,
      key: options.key,
      ignorableKeys: options.ignorableKeys,
      keyRefactor: options.keyRefactor,
      fit: storage.fit,
      check: storage.check,
    }),
    // The arguments of a call are what the ttl function takes: its type says so to the user.
    policy: { ttl: ttl as Policy['ttl'], missValue: options.missValue, storeTimeout, onStoreError },
  }
}

/** The `ttl` of one entry, in milliseconds. @throws OptionError for a function's result that is no `ttl` */
export function ttlOf({ ttl }: Policy, value: unknown, args: readonly unknown[]): number | undefined {
  if (typeof ttl !== 'function') return ttl
  const given = ttl(value, ...args)
  checkMilliseconds('the result of the ttl function', given)
  return given
}

function partOf(name: string, { keyPrefix, store }: CachedOptions): string {
  const part = functionPart(name, keyPrefix)
  if (part !== '') return part
  if (store === undefined) return 'anonymous'
  throw new OptionError(
    'an anonymous function on a store of yours needs a keyPrefix: nothing else would tell its keys apart',
  )
}

/** A prefix that the store refuses would fail every call: better said now. */
function checkPart(part: string, storage: Storage, { keyRefactor }: CachedOptions): void {
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
