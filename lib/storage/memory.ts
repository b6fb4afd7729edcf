import { LRUCache } from 'lru-cache'
import { OptionError, UnsupportedError } from '../errors.js'
import { isThenable } from '../maybe.js'
import { ownKeyv } from './keyv.js'
import type { AtOnce, Driver, Failure, Item, Storage, Stored } from './storage.js'

/** What is kept in memory under a key, in Keyv's own form: `expires` is a Unix time in milliseconds. */
export interface Envelope {
  readonly value: unknown
  readonly expires: number | undefined
}

/** A synchronous store of this process: `Map`, `lru-cache`, `quick-lru`, or anything with their methods and a `size`. */
export interface MapLike {
  readonly size: number
  get(key: string): unknown
  set(key: string, value: unknown): unknown
  has(key: string): boolean
  delete(key: string): unknown
  clear?(): void
}

/** A numeric `size` is what tells a map from an adapter, whose methods may be asynchronous. */
export function isMapLike(store: object): store is MapLike {
  const methods = ['get', 'set', 'has', 'delete']
  return (
    typeof Reflect.get(store, 'size') === 'number' &&
    methods.every((name) => typeof Reflect.get(store, name) === 'function')
  )
}

/**
 * A bounded store in memory that drops what was used least recently. Without a store of its own, a function gets
 * `lru({ max: 1000 })`.
 *
 * @throws OptionError if `max` is not a whole number above 0 (entries)
 */
export function lru({ max }: { max: number }): LRUCache<string, Envelope> {
  if (!Number.isSafeInteger(max) || max < 1) {
    throw new OptionError(`lru({ max }) takes a whole number of entries above 0, got ${String(max)}`)
  }
  return new LRUCache<string, Envelope>({ max })
}

/** How many entries a store has that nobody passed. */
const PRIVATE_ENTRIES = 1_000

/** The store of a function that was given none. */
export function privateStore(): MapLike {
  return lru({ max: PRIVATE_ENTRIES })
}

/** What drives a Map-like: it answers at once. */
export interface MemoryDriver extends Driver {
  readonly atOnce: AtOnce
  peek(key: string): Stored | undefined
  get(key: string): Stored | undefined
  getMany(keys: readonly string[]): readonly (Stored | undefined)[]
  setMany(items: readonly Item[]): readonly (Failure | undefined)[]
  deleteMany(keys: readonly string[]): readonly boolean[]
  hasMany(keys: readonly string[]): readonly boolean[]
}

/** A Map-like, read and written at once. Its own time-outs and listeners are left to it. */
export function memoryDriver(map: MapLike): MemoryDriver {
  const get = (key: string): Stored | undefined => {
    const kept = map.get(key)
    if (kept === undefined) return undefined
    if (!isEnvelope(kept)) {
      atOnce(kept)
      return { value: undefined, foreign: new TypeError('not a { value, expires } envelope') }
    }
    if (kept.expires === undefined || Date.now() <= kept.expires) return kept
    atOnce(map.delete(key))
    return undefined
  }
  const set = ({ key, value, ttl }: Item): Failure | undefined => {
    try {
      atOnce(map.set(key, { value, expires: ttl === undefined ? undefined : Date.now() + ttl } satisfies Envelope))
      return undefined
    } catch (error) {
      return { error }
    }
  }
  const remove = (key: string): boolean => {
    const found = get(key) !== undefined
    atOnce(map.delete(key))
    return found
  }
  const exists = (key: string): boolean => {
    const stored = get(key)
    return stored !== undefined && stored.foreign === undefined
  }

  return {
    name: 'memory',
    identity: map,
    capabilities: {
      expiry: 'envelope',
      touch: 'rewrite',
      many: 'native',
      values: 'objects',
      deleteTells: true,
      lease: 'process',
    },
    atOnce: { set, delete: remove },
    wholeSeconds: false,
    fit: (key) => key,
    check: () => {},
    failure: () => 'reply',
    peek: (key) => {
      try {
        return get(key)
      } catch {
        return { value: undefined, foreign: new TypeError('it cannot be read') } // the complete way tells of it
      }
    },
    get,
    getMany: (keys) => keys.map(get),
    setMany: (items) => items.map(set),
    deleteMany: (keys) => keys.map(remove),
    hasMany: (keys) => keys.map(exists),
  }
}

/** The Storage over a Map-like. */
export function memoryStorage(map: MapLike): Storage {
  const driver = memoryDriver(map)
  const backend = ownKeyv({
    opts: {},
    map,
    get: async (key: string) => map.get(key),
    set: async (key: string, envelope: unknown) => {
      map.set(key, envelope)
      return true
    },
    delete: async (key: string) => driver.deleteMany([key])[0],
    clear: async () => {
      if (map.clear === undefined) throw new UnsupportedError('this Map-like has no clear()')
      map.clear()
    },
  })
  return { ...driver, backend }
}

function isEnvelope(kept: unknown): kept is Envelope {
  return typeof kept === 'object' && kept !== null && 'value' in kept
}

/** Throws if the answer is a promise, whose rejection nobody else would hear. */
function atOnce(answer: unknown): void {
  if (!isThenable(answer)) return
  answer.then(
    () => {},
    () => {},
  )
  throw new TypeError('this Map-like answers with promises: it is an adapter; pass it in a Keyv, new Keyv({ store })')
}
