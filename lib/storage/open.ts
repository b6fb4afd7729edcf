import { kindOf } from '../coders/kind.js'
import { OptionError } from '../errors.js'
import { type Adapter, adapterStorage } from './adapter.js'
import { checkedStorage } from './checked.js'
import { isKeyv, isOwnKeyv, keyvStorage } from './keyv.js'
import { memcacheStorage } from './memcache.js'
import { isMemcacheClient, type MemcacheClient } from './memcache-client.js'
import { isMapLike, memoryStorage, privateStore } from './memory.js'
import { redisStorage } from './redis.js'
import { isRedisClient, type RedisClient } from './redis-client.js'
import type { Storage } from './storage.js'

/** The Storage of each object that a user passed: one for all functions that share it. */
const storages = new WeakMap<object, Storage>()

/**
 * The Storage over what the user passed as `store`; over a private LRU in memory if nothing was passed.
 *
 * @throws OptionError for what is no store, for a Storage that lacks something, and for a bare adapter with a namespace of its own
 */
export function openStorage(store: unknown): Storage {
  if (store === undefined) return known(memoryStorage(privateStore()))
  if (typeof store !== 'object' || store === null) throw notAStore(store)
  const owner = ownerOf(store)
  const present = storages.get(owner)
  if (present !== undefined) return present
  const storage = known(create(owner))
  storages.set(owner, storage)
  return storage
}

/** A backend of ours that is passed as a store is the store that it was made for: its fences are the same. */
function known(storage: Storage): Storage {
  const { backend } = storage
  if (isOwnKeyv(backend) && !storages.has(backend)) storages.set(backend, storage)
  return storage
}

/** The object that holds the data: two adapters over one client are one store. */
function ownerOf(store: object): object {
  if (isKeyv(store) || isMapLike(store) || isClient(store) || isStorage(store)) return store
  if (!isAdapter(store)) throw notAStore(store)
  if (store.namespace) {
    throw new OptionError(
      `a bare adapter must have no namespace of its own, got '${store.namespace}': use the option keyPrefix, or pass the Keyv that uses this adapter`,
    )
  }
  const client: unknown = Reflect.get(store, 'client')
  return isClient(client) ? client : store
}

function create(owner: object): Storage {
  if (isKeyv(owner)) return keyvStorage(owner)
  if (isRedisClient(owner)) return redisStorage(owner)
  if (isMemcacheClient(owner)) return memcacheStorage(owner)
  if (isMapLike(owner)) return memoryStorage(owner)
  if (isAdapter(owner)) return adapterStorage(owner)
  if (isStorage(owner)) return checkedStorage(owner, 'store')
  throw notAStore(owner)
}

function isClient(client: unknown): client is RedisClient | MemcacheClient {
  return isRedisClient(client) || isMemcacheClient(client)
}

function isAdapter(store: object): store is Adapter {
  if (store instanceof WeakMap) return false // it has the methods, and takes no text as a key
  return ['get', 'set', 'delete'].every((name) => typeof Reflect.get(store, name) === 'function')
}

/** Meant to be a Storage, whatever it still lacks: nothing else that a store may be has `capabilities`. */
function isStorage(store: object): boolean {
  return 'capabilities' in store && !isAdapter(store)
}

function notAStore(store: unknown): OptionError {
  const hint = typeof store === 'string' ? `; for a Redis server write redis('redis://...'), from ringcache/redis` : ''
  return new OptionError(
    `store must be a Keyv, a Keyv adapter (such as KeyvRedis or KeyvMemcache), a Map-like with get, set, has, delete and size, or a Storage; got ${kindOf(store)}${hint}`,
  )
}
