/** What anybody can do without a cache's help: look it up, and keep it. */
import { LRUCache } from 'lru-cache'
import type { Bounds, Page } from './peers/peer.js'

/** The part of a Map that is needed. */
interface Kept {
  get(key: string): Page | undefined
  set(key: string, page: Page): unknown
}

export const BY_HAND = 'async fn + lru-cache get'
export const BY_MAP = 'async fn + Map'

/** What the limits keep pages in. */
export function keepers({ max, ttl }: Bounds): readonly [name: string, kept: Kept][] {
  const lru = new LRUCache<string, Page>(ttl === undefined ? { max } : { max, ttl })
  return ttl === undefined
    ? [
        [BY_HAND, lru],
        [BY_MAP, new Map<string, Page>()],
      ]
    : [[BY_HAND, lru]]
}

/** The function that looks its key up; it runs `load` for what is not there. */
export function lookingUp(kept: Kept, load: (url: string) => Promise<Page>): (url: string) => Promise<Page> {
  return async (url) => {
    const known = kept.get(url)
    if (known !== undefined) return known
    const page = await load(url)
    kept.set(url, page)
    return page
  }
}
