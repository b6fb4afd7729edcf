/** One hit of each kind, ours and the least that anybody could do by hand, as the counts look at them. */

import { KeyvMemcache } from '@keyv/memcache'
import { createClient } from '@keyv/redis'
import { LRUCache } from 'lru-cache'
import { cached, cachedSync, lru } from 'ringcache'
import { memcache } from 'ringcache/memcache'
import { redis } from 'ringcache/redis'
import { filled, type Memjs, parsed, ROTATING } from './fixture.js'

/** A call that finds its entry. */
export type Hit = (n: number) => unknown

/** Ours and what it is measured against, by name. */
export type Hits = Readonly<Record<string, Hit>>

export const HIT_KINDS = ['memory-string', 'memory-two-numbers', 'memory-object', 'sync', 'redis', 'memcached'] as const

export type HitKind = (typeof HIT_KINDS)[number]

export interface ServerUrls {
  readonly redis: string
  readonly memcached: string
}

export const OURS = 'ringcache'

const MAX = 1_000
const BY_HAND = 'async fn + lru-cache get'

const numbers = Array.from({ length: ROTATING }, (_, i) => i)
const strings = numbers.map((n) => `https://example.com/page/${n}`)
const objects = numbers.map((page) => ({ lang: 'en', page }))

export async function hitsOf(kind: HitKind, urls: ServerUrls): Promise<{ hits: Hits; close(): Promise<void> }> {
  if (kind === 'redis') return onRedis(urls.redis)
  if (kind === 'memcached') return onMemcached(urls.memcached)
  const hits = { 'memory-string': oneString, 'memory-two-numbers': twoNumbers, 'memory-object': oneObject, sync }[
    kind
  ]()
  for (const hit of Object.values(hits)) for (const n of numbers) await hit(n)
  return { hits, close: async () => {} }
}

function oneString(): Hits {
  const ours = cached(async (url: string) => page(url), { store: lru({ max: MAX }), keyPrefix: 'getPage' })
  const byHand = keptByHand()
  return { [OURS]: (n) => ours(strings[n] ?? ''), [BY_HAND]: (n) => byHand(strings[n] ?? '') }
}

function twoNumbers(): Hits {
  const ours = cached(async (x: number, y: number) => page(`${x}:${y}`), {
    store: lru({ max: MAX }),
    keyPrefix: 'getTile',
  })
  const byHand = keptByHand()
  return { [OURS]: (n) => ours(n, n + 1), [BY_HAND]: (n) => byHand(`${n}:${n + 1}`) }
}

/** By hand the key was made beforehand. */
function oneObject(): Hits {
  const ours = cached(async (query: { lang: string; page: number }) => page(query.lang), {
    store: lru({ max: MAX }),
    keyPrefix: 'search',
  })
  const byHand = keptByHand()
  return { [OURS]: (n) => ours(objects[n] ?? { lang: '', page: 0 }), [BY_HAND]: (n) => byHand(strings[n] ?? '') }
}

function sync(): Hits {
  const ours = cachedSync(page, { store: lru({ max: MAX }), keyPrefix: 'getPage' })
  const kept = new LRUCache<string, object>({ max: MAX })
  for (const url of strings) kept.set(url, page(url))
  return { [OURS]: (n) => ours(strings[n] ?? ''), 'fn + lru-cache get': (n) => kept.get(strings[n] ?? '') }
}

function keptByHand(): (key: string) => Promise<object> {
  const kept = new LRUCache<string, object>({ max: MAX })
  return async (key) => {
    const known = kept.get(key)
    if (known !== undefined) return known
    const loaded = page(key)
    kept.set(key, loaded)
    return loaded
  }
}

const page = (url: string): object => ({ title: url })

async function onRedis(url: string): Promise<{ hits: Hits; close(): Promise<void> }> {
  const client = createClient({ url })
  await client.connect()
  const { findProduct, keys } = await filled(redis(url))
  const byHand = async (n: number) => parsed(await client.get(keys[n] ?? ''))
  return {
    hits: { [OURS]: (n) => findProduct(n), '@redis/client GET + JSON.parse': byHand },
    close: async () => {
      await Promise.all([client.close(), findProduct.storage.backend.disconnect()])
    },
  }
}

async function onMemcached(url: string): Promise<{ hits: Hits; close(): Promise<void> }> {
  const client: Memjs = new KeyvMemcache(url).client
  const { findProduct, keys } = await filled(memcache(url))
  const byHand = async (n: number) => parsed((await client.get(keys[n] ?? '')).value?.toString() ?? null)
  return {
    hits: { [OURS]: (n) => findProduct(n), 'memjs get + JSON.parse': byHand },
    close: async () => {
      client.close()
      await findProduct.storage.backend.disconnect()
    },
  }
}
