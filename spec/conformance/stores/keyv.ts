/** A user's own Keyv in memory, of either version, and bare adapters that we know nothing of. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Keyv } from 'keyv'
import { KeyvFile } from 'keyv-file'
import { Keyv as Keyv6 } from 'keyv6'
import type { Capabilities } from '../../../lib/index.js'
import { envelopeOf, recorder, type StoreCase, timeLeftOf } from '../store-case.js'

const text: Capabilities = {
  expiry: 'envelope',
  touch: 'rewrite',
  many: 'each',
  values: 'text',
  deleteTells: true,
}

const keyv6: StoreCase = {
  name: 'Keyv 6',
  capabilities: text,
  clock: 'fake',
  commands: { get: 'get', set: 'set' },
  async open() {
    const map = new Map<string, { value: string; expires?: number }>()
    const raw = async (key: string) => map.get(key)?.value
    return {
      store: new Keyv6({ store: map }),
      raw,
      plant: async (key, value) => void map.set(key, { value: JSON.stringify({ value }) }),
      garble: async (key) => void map.set(key, { value: 'not an envelope' }),
      timeLeft: async (key) => timeLeftOf(await raw(key)),
      commandsOf: recorder(map),
      close: async () => {},
    }
  },
}

export const keyvStores: readonly StoreCase[] = [
  inMap('new Keyv()', text, 'keyv:', (store) => new Keyv({ store })),
  inMap('a Keyv without serializer', { ...text, values: 'objects' }, 'keyv:', withoutSerializer),
  keyv6,
  { ...bare('keyv-file', openFile), clock: 'real' },
  bare('a bare adapter that takes text alone', async () => ({ store: textAdapter(), close: async () => {} })),
]

function inMap(
  name: string,
  capabilities: Capabilities,
  prefix: string,
  create: (map: Map<string, unknown>) => object,
): StoreCase {
  return {
    name,
    capabilities,
    clock: 'fake',
    commands: { get: 'get', set: 'set' },
    async open() {
      const map = new Map<string, unknown>()
      const store = create(map)
      const put = (value: unknown) => (capabilities.values === 'text' ? JSON.stringify(value) : value)
      return {
        store,
        raw: async (key) => map.get(prefix + key),
        plant: async (key, value) => void map.set(prefix + key, put({ value })),
        garble: async (key) => void map.set(prefix + key, 'not an envelope'),
        timeLeft: async (key) => timeLeftOf(map.get(prefix + key)),
        commandsOf: recorder(map),
        close: async () => {},
      }
    },
  }
}

function withoutSerializer(store: Map<string, unknown>): Keyv {
  const keyv = new Keyv({ store })
  keyv.serialize = undefined
  keyv.deserialize = undefined
  return keyv
}

interface TextAdapter {
  get(key: string): Promise<unknown>
  set(key: string, value: string, ttl?: number): Promise<unknown>
}

/** A bare adapter that keeps what our Keyv over it gives it: text. */
export function bare(name: string, create: () => Promise<{ store: TextAdapter; close(): Promise<void> }>): StoreCase {
  return {
    name,
    capabilities: text,
    clock: 'fake',
    commands: { get: 'get', set: 'set' },
    textOnly: true,
    async open() {
      const { store, close } = await create()
      return {
        store,
        raw: async (key) => (await store.get(key)) ?? undefined,
        plant: async (key, value) => void (await store.set(key, JSON.stringify({ value }))),
        garble: async (key) => void (await store.set(key, 'not an envelope')),
        timeLeft: async (key) => timeLeftOf(envelopeOf(await store.get(key))),
        commandsOf: recorder(store),
        close,
      }
    },
  }
}

async function openFile() {
  const folder = await mkdtemp(join(tmpdir(), 'ringcache-conformance-'))
  const store = new KeyvFile({ filename: join(folder, 'cache.json'), writeDelay: 1 })
  return { store, close: () => rm(folder, { recursive: true }) }
}

/** As someone would write one for a database with a column of text; it counts no time. */
function textAdapter() {
  const rows = new Map<string, string>()
  return {
    get: async (key: string) => rows.get(key),
    set: async (key: string, value: string) => {
      if (typeof value !== 'string') throw new TypeError('a column of text takes text')
      rows.set(key, value)
    },
    delete: async (key: string) => rows.delete(key),
    clear: async () => rows.clear(),
  }
}
