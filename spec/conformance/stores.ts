import type { StoreCase } from '../../lib/testing.js'
import { keyvStores } from './stores/keyv.js'
import { memcachedStores } from './stores/memcached.js'
import { leastStorage, memoryStores } from './stores/memory.js'
import { redisStores } from './stores/redis.js'

/** Every store that the suite runs over with a plain install. */
export const stores: readonly StoreCase[] = [
  ...memoryStores,
  leastStorage,
  ...keyvStores,
  ...redisStores,
  ...memcachedStores,
]

/** What each can do, as a Markdown table. */
export function capabilityTable(): string {
  const rows = stores.map(({ name, capabilities: { expiry, touch, many, values, deleteTells, lease = 'process' } }) => [
    name,
    expiry,
    touch,
    many,
    values,
    deleteTells ? 'yes' : 'no',
    lease,
  ])
  const head = ['store', 'expiry', 'touch', 'many', 'values', 'deleteTells', 'lease']
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |\n`).join('')
}
