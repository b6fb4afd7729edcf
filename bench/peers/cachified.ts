/** @epic-web/cachified over lru-cache, with the adapter of its README: keys made by hand. */
import { type Cache, type CacheEntry, cachified as cachify, totalTtl } from '@epic-web/cachified'
import { LRUCache } from 'lru-cache'
import type { Page, Peer } from './peer.js'

function adapted(max: number): Cache {
  const entries = new LRUCache<string, CacheEntry>({ max })
  return {
    set: (key, value) => {
      const ttl = totalTtl(value?.metadata)
      const start = value?.metadata?.createdTime
      const times = ttl === Number.POSITIVE_INFINITY ? {} : { ttl }
      return entries.set(key, value, start === undefined ? times : { ...times, start })
    },
    get: (key) => entries.get(key),
    delete: (key) => entries.delete(key),
  }
}

export const cachified: Peer = {
  name: 'cachified',
  kind: 'full cache',
  composes: false,
  expires: true,
  ofString: (load, { max, ttl = Number.POSITIVE_INFINITY }) => {
    const cache = adapted(max)
    return (url) => cachify<Page>({ key: `page-${url}`, cache, ttl, getFreshValue: () => load(url) })
  },
  ofNumbers: (load, { max, ttl = Number.POSITIVE_INFINITY }) => {
    const cache = adapted(max)
    return (x, y) => cachify<Page>({ key: `tile-${x}-${y}`, cache, ttl, getFreshValue: () => load(x, y) })
  },
  ofQuery: (load, { max, ttl = Number.POSITIVE_INFINITY }) => {
    const cache = adapted(max)
    return (query) =>
      cachify<Page>({ key: `search-${query.lang}-${query.page}`, cache, ttl, getFreshValue: () => load(query) })
  },
}
