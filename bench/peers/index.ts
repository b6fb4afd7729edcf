/** All peers, the full caches first. */
import { asyncCacheDedupe } from './async-cache-dedupe.js'
import { bentocache } from './bentocache.js'
import { cacheManager } from './cache-manager.js'
import { cacheable } from './cacheable.js'
import { cachified } from './cachified.js'
import { lruCacheFetch } from './lru-cache.js'
import { memoize } from './memoize.js'
import { memoizee } from './memoizee.js'
import { moize } from './moize.js'
import { ocache } from './ocache.js'
import { pMemoize } from './p-memoize.js'
import type { Peer } from './peer.js'

export const peers: readonly Peer[] = [
  asyncCacheDedupe,
  ocache,
  cachified,
  bentocache,
  cacheable,
  cacheManager,
  memoize,
  pMemoize,
  moize,
  memoizee,
  lruCacheFetch,
]

/** The names of the full caches: what ringcache wants to be much faster than. */
export const fullCaches: readonly string[] = peers.filter(({ kind }) => kind === 'full cache').map(({ name }) => name)
