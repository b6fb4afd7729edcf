/**
 * Peers that read the server at each call, each set up as its documentation says, with nothing in memory in front of it,
 * and each with entries of its own, which are there when it is handed out.
 */
import assert from 'node:assert/strict'
import { cachified } from '@epic-web/cachified'
import { KeyvMemcache } from '@keyv/memcache'
import KeyvRedis, { createClient } from '@keyv/redis'
import { createCache as createDeduped } from 'async-cache-dedupe'
import { BentoCache, bentostore } from 'bentocache'
import { redisDriver } from 'bentocache/drivers/redis'
import { createCache } from 'cache-manager'
import { Cacheable } from 'cacheable'
import { redisCacheAdapter } from 'cachified-redis-adapter'
import { Redis } from 'ioredis'
import { Keyv } from 'keyv'
import { numbered, type Product, product, ROTATING } from '../fixture.js'

/** The function behind a cache. */
export type Load = (id: number) => Promise<Product>

/** A library with entries of its own. */
export interface Peer {
  readonly name: string
  /** Calls the cached function. */
  get(id: number): Promise<unknown>
  close(): Promise<unknown>
}

/** A peer that reads many keys in one go. */
export interface BulkPeer {
  readonly name: string
  /** The entries of the first `count` numbers. */
  getMany(count: number): Promise<readonly unknown[]>
  close(): Promise<unknown>
}

/** An hour: entries outlive the run, and every peer keeps what it must with a `ttl`. */
const TTL = 3_600_000

/** Opens a library over what it is to cache, with no entries yet. */
export type Open = (load: Load) => Promise<Peer>

export const openersOverRedis = (url: string): Open[] => [
  (load) => bentocache(url, load),
  (load) => cacheable(new KeyvRedis(url), load),
  (load) => cacheManager(new KeyvRedis(url), load),
  (load) => asyncCacheDedupe(url, load),
  (load) => cachifiedOver(url, load),
]

export const peersOverRedis = (url: string): Promise<Peer[]> => warmed(openersOverRedis(url))

export const peersOverMemcached = (url: string): Promise<Peer[]> =>
  warmed([(load) => cacheable(new KeyvMemcache(url), load), (load) => cacheManager(new KeyvMemcache(url), load)])

/** bentocache and async-cache-dedupe have no bulk read. */
export async function bulkPeersOverRedis(url: string, count: number): Promise<BulkPeer[]> {
  const ids = numbered(count)
  const keyOf = (id: number) => `bulk:${id}`
  const ofCacheable = new Cacheable({ primary: new KeyvRedis(url), ttl: TTL })
  await ofCacheable.setMany(ids.map((id) => ({ key: keyOf(id), value: product(id) })))
  const ofManager = createCache({ stores: [new Keyv({ store: new KeyvRedis(url), namespace: 'cm' })], ttl: TTL })
  await ofManager.mset(ids.map((id) => ({ key: keyOf(id), value: product(id) })))
  const peers: BulkPeer[] = [
    {
      name: 'cacheable getMany',
      getMany: (many) => ofCacheable.getMany(ids.slice(0, many).map(keyOf)),
      close: () => ofCacheable.disconnect(),
    },
    {
      name: 'cache-manager mget',
      getMany: (many) => ofManager.mget(ids.slice(0, many).map(keyOf)),
      close: () => ofManager.disconnect(),
    },
  ]
  for (const peer of peers) assert.deepEqual(await peer.getMany(count), ids.map(product), peer.name)
  return peers
}

/** Fills each peer by calling it, then makes sure that it gives the same without its function. */
async function warmed(openers: readonly Open[]): Promise<Peer[]> {
  const peers: Peer[] = []
  for (const open of openers) {
    let isWarm = false
    const peer = await open(async (id) => {
      if (isWarm) throw new Error(`only hits are measured, and ${id} was missed`)
      return product(id)
    })
    for (const id of numbered(ROTATING)) await peer.get(id)
    isWarm = true
    for (const id of numbered(ROTATING)) assert.deepEqual(await peer.get(id), product(id), peer.name)
    peers.push(peer)
  }
  return peers
}

/** Its one-level mode: Redis alone. */
async function bentocache(url: string, load: Load): Promise<Peer> {
  const { hostname: host, port } = new URL(url)
  const bento = new BentoCache({
    default: 'redis',
    stores: { redis: bentostore().useL2Layer(redisDriver({ connection: { host, port: Number(port) } })) },
    ttl: TTL,
  })
  return {
    name: 'bentocache',
    get: (id) => bento.getOrSet({ key: `product:${id}`, factory: () => load(id) }),
    close: () => bento.disconnectAll(),
  }
}

/** The server as its primary store: as the secondary one it would stand behind a store in memory. */
async function cacheable(primary: KeyvRedis<unknown> | KeyvMemcache, load: Load): Promise<Peer> {
  const cache = new Cacheable({ primary, ttl: TTL })
  return { name: 'cacheable', get: cache.wrap(load, { keyPrefix: 'product' }), close: () => cache.disconnect() }
}

async function cacheManager(store: KeyvRedis<unknown> | KeyvMemcache, load: Load): Promise<Peer> {
  const cache = createCache({ stores: [new Keyv({ store })], ttl: TTL })
  return {
    name: 'cache-manager',
    get: (id) => cache.wrap(`product:${id}`, () => load(id)),
    close: () => cache.disconnect(),
  }
}

async function asyncCacheDedupe(url: string, load: Load): Promise<Peer> {
  const client = new Redis(url)
  const cache = createDeduped({ ttl: TTL / 1_000, storage: { type: 'redis', options: { client } } }).define(
    'product',
    load,
  )
  return { name: 'async-cache-dedupe', get: (id) => cache.product(id), close: async () => client.disconnect() }
}

async function cachifiedOver(url: string, load: Load): Promise<Peer> {
  const client = createClient({ url })
  await client.connect()
  const cache = redisCacheAdapter(client)
  return {
    name: 'cachified',
    get: (id) => cachified({ key: `cachified:${id}`, cache, ttl: TTL, getFreshValue: () => load(id) }),
    close: () => client.close(),
  }
}
