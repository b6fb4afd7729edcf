import { Keyv } from 'keyv'
import { CoderError, KeyError } from '../errors.js'
import { fitKey, isMemcacheClient, memcacheSeconds } from './memcached-limits.js'
import { type Attempt, forEach, type Item, type Storage, type Stored } from './storage.js'

/** A Keyv adapter, as far as it is used here. */
export interface Adapter {
  namespace?: string | undefined
  get(key: string): unknown
  set(key: string, value: unknown, ttl?: number): unknown
  delete(key: string): unknown
  clear?(): unknown
  disconnect?(): unknown
  on?(event: 'error', listener: (error: unknown) => void): unknown
}

/** A Keyv over an adapter of ours: no prefix, no serializer, and no error kept to itself. */
export function ownKeyv(adapter: object): Keyv {
  const keyv = new Keyv({ store: adapter, useKeyPrefix: false, throwOnErrors: true })
  keyv.namespace = undefined
  keyv.serialize = undefined
  keyv.deserialize = undefined
  return keyv
}

/** Any other adapter, by one Keyv of ours. The adapter itself stays untouched: a Keyv would write its namespace to it. */
export function adapterStorage(adapter: Adapter): Storage {
  const keyv = ownKeyv({
    opts: {},
    adapter,
    get: async (key: string) => adapter.get(key),
    set: async (key: string, value: unknown, ttl?: number) => adapter.set(key, value, ttl),
    delete: async (key: string) => adapter.delete(key),
    clear: async () => adapter.clear?.(),
    disconnect: async () => adapter.disconnect?.(),
    on: (event: 'error', listener: (error: unknown) => void) => adapter.on?.(event, listener),
  })
  keyv.serialize = JSON.stringify
  keyv.deserialize = JSON.parse
  const storage = keyvStorage(keyv, adapter)
  const checkText = ({ key, value }: Item): void => {
    if (typeof value === 'string') return
    throw new CoderError(
      `this store keeps text: the coder must give text or bytes, got ${typeof value} for '${key}'; use 'superjson', 'json' or 'v8'`,
    )
  }
  return {
    ...storage,
    setMany: (items, attempt) => {
      items.forEach(checkText)
      return storage.setMany(items, attempt)
    },
  }
}

/** A Keyv of this or another copy or version of the package. */
export function isKeyv(store: object): store is Keyv {
  if (store instanceof Keyv) return true
  const methods = ['get', 'set', 'delete', 'on']
  return (
    ['store', 'stats', 'hooks'].every((name) => name in store) &&
    methods.every((name) => typeof Reflect.get(store, name) === 'function')
  )
}

/**
 * A Keyv by its public methods; its namespace, envelope, serializer and default `ttl` are its own. It keeps most
 * errors to itself, so an operation also fails when the Keyv emits `error` while it is pending.
 */
export function keyvStorage(keyv: Keyv, identity: object = keyv): Storage {
  const pending = new Set<(error: unknown) => void>()
  keyv.on('error', (error: unknown) => {
    for (const fail of pending) fail(error)
  })
  const watch = <T>(attempt: Attempt, run: () => Promise<T>): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      pending.add(reject)
      attempt.onGiveUp = () => pending.delete(reject)
      run()
        .then(resolve, reject)
        .finally(() => pending.delete(reject))
    })

  const overMemcache = isMemcacheClient(keyv.store?.client)
  const prefix = (): string => (keyv.useKeyPrefix === false || !keyv.namespace ? '' : `${keyv.namespace}:`)
  // KeyvMemcache puts the namespace in front once more.
  const reserved = (): number => Buffer.byteLength(prefix() + (keyv.store.namespace ? `${keyv.store.namespace}:` : ''))

  const read = async (key: string): Promise<Stored | undefined> => {
    let raw: Stored | undefined
    try {
      raw = (await (keyv.getRaw === undefined ? keyv.get(key, { raw: true }) : keyv.getRaw(key))) as Stored | undefined
    } catch (error) {
      // The store answers and the Keyv does not: what is stored there cannot be read.
      await keyv.store.get(prefix() + key)
      return { value: undefined, foreign: error instanceof Error ? error : new Error(String(error)) }
    }
    if (raw === undefined || raw === null) return undefined
    if (typeof raw !== 'object')
      return { value: undefined, foreign: new TypeError('not a { value, expires } envelope') }
    return { value: raw.value, expires: raw.expires ?? undefined }
  }
  const write = async ({ key, value, ttl }: Item): Promise<void> => {
    const whole = ttl === undefined ? undefined : overMemcache ? memcacheSeconds(ttl) * 1000 : Math.ceil(ttl)
    if ((await keyv.set(key, value, whole)) === false) throw new Error('the Keyv answered false')
  }
  const exists = async (key: string): Promise<boolean> => {
    const stored = await read(key)
    return stored !== undefined && stored.foreign === undefined
  }
  const remove = (key: string): Promise<boolean> => keyv.delete(key)

  return {
    name: 'keyv',
    backend: keyv,
    identity,
    capabilities: {
      expiry: 'envelope',
      touch: 'rewrite',
      many: 'each',
      values: serializes(keyv) ? 'text' : 'objects',
      deleteTells: true,
    },
    wholeSeconds: overMemcache,
    fit: (key, functionPart) => (overMemcache ? fitKey(key, functionPart, reserved()) : key),
    check: (key) => {
      if (!keyv.namespace || keyv.useKeyPrefix === false || !key.startsWith(`${keyv.namespace}:`)) return
      throw new KeyError(
        `a Keyv with the namespace '${keyv.namespace}' mixes up '${key}' with another key: use a keyPrefix that does not begin with '${keyv.namespace}:'`,
      )
    },
    failure: () => 'connection',
    get: (key, attempt) => watch(attempt, () => read(key)),
    getMany: (keys, attempt) => watch(attempt, () => forEach(keys, read)),
    setMany: async (items, attempt) => {
      await watch(attempt, () => forEach(items, write))
    },
    deleteMany: (keys, attempt) => watch(attempt, () => forEach(keys, remove)),
    hasMany: (keys, attempt) => watch(attempt, () => forEach(keys, exists)),
  }
}

function serializes(keyv: Keyv): boolean {
  return keyv.serialize !== undefined || Reflect.get(keyv, 'serialization') !== undefined // Keyv 6 has the latter
}
