/** The stores of this process: a Map and what is like one. */
import { LRUCache } from 'lru-cache'
import QuickLRU from 'quick-lru'
import { lru } from '../../../lib/index.js'
import type { MapLike } from '../../../lib/storage/memory.js'
import { recorder, type StoreCase, timeLeftOf } from '../store-case.js'

export const memoryStores: readonly StoreCase[] = [
  memory('Map', () => new Map<string, unknown>()),
  memory('lru({ max })', () => lru({ max: 100 })),
  memory("lru-cache's LRUCache", () => new LRUCache<string, object>({ max: 100 })),
  memory('quick-lru', () => new QuickLRU<string, unknown>({ maxSize: 100 })),
]

function memory(name: string, create: () => object): StoreCase {
  return {
    name,
    capabilities: { expiry: 'envelope', touch: 'rewrite', many: 'native', values: 'objects', deleteTells: true },
    clock: 'fake',
    commands: { get: 'get', getMany: 'get', set: 'set' },
    async open() {
      const map = create() as MapLike // their types of values differ, and we put what we like
      const commandsOf = recorder(map, 'asOne')
      return {
        store: map,
        raw: async (key) => map.get(key),
        plant: async (key, value) => void map.set(key, { value, expires: undefined }),
        garble: async (key) => void map.set(key, 'not an envelope'),
        timeLeft: async (key) => timeLeftOf(map.get(key)),
        commandsOf,
        close: async () => {},
      }
    },
  }
}
