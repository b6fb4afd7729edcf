/** What is filled to see how much memory an entry takes: each remembers, in this process, what a function gave. */
import type { Cache, CacheEntry } from '@epic-web/cachified'
import { LRUCache } from 'lru-cache'
import { OURS } from './hits.js'

/** The function behind the cache. */
export type Load = (n: number) => unknown

/** Opens a cache for so many entries. What it gives is called to fill it, and again to hit. */
type Open = (load: Load, entries: number) => Promise<Load>

export const BARE = 'lru-cache'

/** What every key begins with, as ours does. */
export const PREFIX = 'find'

/** No entry ends while the others come. Milliseconds. */
const TTL = 3_600_000

/** Each imports what it needs itself, so that a process holds nothing of the others. */
export const stores: Readonly<Record<string, Open>> = {
  [OURS]: async (load, entries) => {
    const { cached, lru } = await import('ringcache')
    const find = cached(async (n: number) => load(n), { store: lru({ max: entries }), keyPrefix: PREFIX })
    return (n) => find(n)
  },

  /** By hand: the keys are the same texts, the values the same objects. */
  [BARE]: async (load, entries) => {
    const kept = new LRUCache<string, NonNullable<unknown>>({ max: entries })
    return (n) => {
      const key = `${PREFIX}::${n}`
      const known = kept.get(key)
      if (known !== undefined) return known
      const value = load(n)
      kept.set(key, value as NonNullable<unknown>) // all values are numbers or objects
      return value
    }
  },

  bentocache: async (load, entries) => {
    const { BentoCache, bentostore } = await import('bentocache')
    const { memoryDriver } = await import('bentocache/drivers/memory')
    const bento = new BentoCache({
      default: 'memory',
      stores: { memory: bentostore().useL1Layer(memoryDriver({ maxItems: entries })) },
      ttl: TTL,
    })
    return (n) => bento.getOrSet({ key: `${PREFIX}::${n}`, factory: () => load(n) })
  },

  cacheable: async (load) => {
    const { Cacheable } = await import('cacheable')
    return new Cacheable().wrap(async (n: number) => load(n), { keyPrefix: PREFIX })
  },

  'cache-manager': async (load) => {
    const { createCache } = await import('cache-manager')
    const cache = createCache()
    return (n) => cache.wrap(`${PREFIX}::${n}`, async () => load(n))
  },

  'async-cache-dedupe': async (load, entries) => {
    const { createCache } = await import('async-cache-dedupe')
    const storage = { type: 'memory', options: { size: entries } } as const
    const cache = createCache({ ttl: TTL / 1_000, storage }).define(PREFIX, async (n: number) => load(n))
    return (n) => cache[PREFIX](n)
  },

  /** Over an `lru-cache`, as its documents have it. */
  cachified: async (load, entries) => {
    const { cachified, totalTtl } = await import('@epic-web/cachified')
    const kept = new LRUCache<string, CacheEntry>({ max: entries })
    const cache: Cache = {
      set: (key, value) => {
        const ttl = totalTtl(value.metadata)
        kept.set(key, value, ttl === Infinity ? {} : { ttl, start: value.metadata.createdTime })
      },
      get: (key) => kept.get(key),
      delete: (key) => kept.delete(key),
    }
    return (n) => cachified<unknown>({ key: `${PREFIX}::${n}`, cache, getFreshValue: () => load(n) })
  },

  ocache: async (load, entries) => {
    const { createMemoryStorage, defineCachedFunction } = await import('ocache')
    const storage = createMemoryStorage({ maxSize: entries })
    return defineCachedFunction(async (n: number) => load(n), { maxAge: TTL / 1_000, name: PREFIX, storage })
  },
}
