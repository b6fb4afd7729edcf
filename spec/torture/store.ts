/** Where a worker finds the servers, and how it opens them by the clients a user has. */
import { createClient, createCluster } from '@keyv/redis'
import { memcache } from 'ringcache/memcache'
import { redis } from 'ringcache/redis'

export type StoreAddress =
  | { readonly kind: 'redis'; readonly url: string }
  | { readonly kind: 'cluster'; readonly urls: readonly string[] }
  | { readonly kind: 'memcached'; readonly servers: string }

/** What is passed as `store`. */
export function openStore(address: StoreAddress): object {
  if (address.kind === 'redis') return redis(address.url)
  if (address.kind === 'memcached') return memcache(address.servers)
  return createCluster({ rootNodes: address.urls.map((url) => ({ url })) })
}

/** The versioned origin: what would be a database elsewhere. A counter for each key, on a connection of its own. */
export interface Origin {
  /** The version of now. */
  read(key: string): Promise<number>
  /** Writes the next version there: gives it. */
  bump(key: string): Promise<number>
}

export async function openOrigin(url: string, prefix: string): Promise<Origin> {
  const client = createClient({ url })
  await client.connect()
  const at = (key: string) => `${prefix}.origin ${key}` // none of ringcache's keys: they have no space
  return {
    read: async (key) => Number((await client.get(at(key))) ?? 0),
    bump: (key) => client.incr(at(key)),
  }
}
