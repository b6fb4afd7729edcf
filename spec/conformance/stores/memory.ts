/** The stores of this process: a Map and what is like one. */
import { LRUCache } from 'lru-cache'
import QuickLRU from 'quick-lru'
import { lru, type Storage } from '../../../lib/index.js'
import type { MapLike } from '../../../lib/storage/memory.js'
import type { StoreCase } from '../../../lib/testing.js'
import { fakeTimers, type Recorded, recorder, timeLeftOf } from '../in-process.js'

export const memoryStores: readonly StoreCase[] = [
  memory('Map', () => new Map<string, unknown>()),
  memory('lru({ max })', () => lru({ max: 100 })),
  memory("lru-cache's LRUCache", () => new LRUCache<string, object>({ max: 100 })),
  memory('quick-lru', () => new QuickLRU<string, unknown>({ maxSize: 100 })),
]

/** As its documentation has one: what is left out is done by what is there. */
export const leastStorage: StoreCase = {
  name: 'a Storage with the least that it needs',
  capabilities: { expiry: 'none', touch: 'rewrite', many: 'native', values: 'objects', deleteTells: true },
  async open() {
    const entries = new Map<string, unknown>()
    const store: Storage = {
      name: 'mine',
      capabilities: leastStorage.capabilities,
      getMany: (keys) => keys.map((key) => (entries.has(key) ? { value: entries.get(key) } : undefined)),
      setMany: (items) => {
        for (const { key, value } of items) entries.set(key, value)
        return items.map(() => undefined)
      },
      deleteMany: (keys) => keys.map((key) => entries.delete(key)),
    }
    return { store, close: async () => {} }
  },
}

interface OpenMap extends Recorded {
  readonly store: MapLike
}

function memory(name: string, create: () => object): StoreCase<OpenMap> {
  return {
    name,
    capabilities: { expiry: 'envelope', touch: 'rewrite', many: 'native', values: 'objects', deleteTells: true },
    clock: fakeTimers,
    capacity: 90,
    commands: { get: 'get', getMany: 'get', set: 'set' },
    async open() {
      const store = create() as MapLike // their types of values differ, and we put what we like
      return { store, commandsOf: recorder(store, 'asOne'), close: async () => {} }
    },
    looks: {
      raw: async ({ store }, key) => store.get(key),
      plant: async ({ store }, key, value) => void store.set(key, { value, expires: undefined }),
      garble: async ({ store }, key) => void store.set(key, 'not an envelope'),
      timeLeft: async ({ store }, key) => timeLeftOf(store.get(key)),
      commandsOf: ({ commandsOf }, run) => commandsOf(run),
    },
  }
}
