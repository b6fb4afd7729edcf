/** A user's own Keyv in memory, of either version, and bare adapters that we know nothing of. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Keyv } from 'keyv'
import { KeyvFile } from 'keyv-file'
import { Keyv as Keyv6 } from 'keyv6'
import type { Capabilities } from '../../../lib/index.js'
import type { StoreCase } from '../../../lib/testing.js'
import { fakeTimers, type Recorded, recorder, timeLeftOf } from '../in-process.js'

const text: Capabilities = {
  expiry: 'envelope',
  touch: 'rewrite',
  many: 'each',
  values: 'text',
  deleteTells: true,
  lease: 'process',
}

export const keyvStores: readonly StoreCase[] = [
  inMap('new Keyv()', text, 'keyv:', (store) => new Keyv({ store })),
  inMap('a Keyv without serializer', { ...text, values: 'objects' }, 'keyv:', withoutSerializer),
  keyv6(),
  bare('keyv-file', openFile),
  { ...bare('a bare adapter that takes text alone', openText), clock: fakeTimers },
]

interface OpenMap<Kept> extends Recorded {
  readonly map: Map<string, Kept>
}

function inMap(
  name: string,
  capabilities: Capabilities,
  prefix: string,
  create: (map: Map<string, unknown>) => object,
): StoreCase<OpenMap<unknown>> {
  const put = (value: unknown) => (capabilities.values === 'text' ? JSON.stringify(value) : value)
  return {
    name,
    capabilities,
    clock: fakeTimers,
    textOnly: false,
    async open() {
      const map = new Map<string, unknown>()
      return { store: create(map), map, commandsOf: recorder(map), close: async () => {} }
    },
    looks: {
      raw: async ({ map }, key) => map.get(prefix + key),
      plant: async ({ map }, key, value) => void map.set(prefix + key, put({ value })),
      garble: async ({ map }, key) => void map.set(prefix + key, 'not an envelope'),
      timeLeft: async ({ map }, key) => timeLeftOf(map.get(prefix + key)),
      commandsOf: ({ commandsOf }, run) => commandsOf(run),
    },
  }
}

function keyv6(): StoreCase<OpenMap<{ value: string; expires?: number }>> {
  return {
    name: 'Keyv 6',
    capabilities: text,
    clock: fakeTimers,
    textOnly: false,
    async open() {
      const map = new Map<string, { value: string; expires?: number }>()
      return { store: new Keyv6({ store: map }), map, commandsOf: recorder(map), close: async () => {} }
    },
    looks: {
      raw: async ({ map }, key) => map.get(key)?.value,
      plant: async ({ map }, key, value) => void map.set(key, { value: JSON.stringify({ value }) }),
      garble: async ({ map }, key) => void map.set(key, { value: 'not an envelope' }),
      timeLeft: async ({ map }, key) => timeLeftOf(map.get(key)?.value),
      commandsOf: ({ commandsOf }, run) => commandsOf(run),
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

interface OpenAdapter extends Recorded {
  /** Past ringcache, by its keys. */
  readonly rows: TextAdapter
}

/** A bare adapter that keeps what our Keyv over it gives it: text. */
export function bare(
  name: string,
  create: () => Promise<{ store: TextAdapter; close(): Promise<void> }>,
): StoreCase<OpenAdapter> {
  return {
    name,
    capabilities: text,
    textOnly: true,
    async open() {
      const { store, close } = await create()
      return { store, rows: store, commandsOf: recorder(store), close }
    },
    looks: {
      raw: async ({ rows }, key) => (await rows.get(key)) ?? undefined,
      plant: async ({ rows }, key, value) => void (await rows.set(key, JSON.stringify({ value }))),
      garble: async ({ rows }, key) => void (await rows.set(key, 'not an envelope')),
      timeLeft: async ({ rows }, key) => timeLeftOf(await rows.get(key)),
      commandsOf: ({ commandsOf }, run) => commandsOf(run),
    },
  }
}

async function openFile() {
  const folder = await mkdtemp(join(tmpdir(), 'ringcache-conformance-'))
  const store = new KeyvFile({ filename: join(folder, 'cache.json'), writeDelay: 1 })
  return { store, close: () => rm(folder, { recursive: true }) }
}

/** As someone would write one for a database with a column of text; it counts no time. */
async function openText() {
  const rows = new Map<string, string>()
  const store = {
    get: async (key: string) => rows.get(key),
    set: async (key: string, value: string) => {
      if (typeof value !== 'string') throw new TypeError('a column of text takes text')
      rows.set(key, value)
    },
    delete: async (key: string) => rows.delete(key),
    clear: async () => rows.clear(),
  }
  return { store, close: async () => {} }
}
