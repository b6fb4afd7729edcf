/** memcached by a bare adapter, and by a Keyv of the user's own; on a server that this suite has to itself. */
import { KeyvMemcache } from '@keyv/memcache'
import { Keyv } from 'keyv'
import type { Opened, StoreCase } from '../../../lib/testing.js'
import { type MemcachedServer, startMemcached } from '../../support/servers.js'
import { askMemcached } from '../ask-memcached.js'

export const memcachedStores: readonly StoreCase[] = [
  memcached({
    name: 'bare KeyvMemcache',
    capabilities: {
      expiry: 'native',
      touch: 'native',
      many: 'each',
      values: 'bytes',
      deleteTells: true,
      lease: 'best-effort',
    },
    swaps: true,
    commands: { get: 'get', set: 'set', touch: 'touch' },
    longestKey: 250,
    prefix: '',
    create: (adapter) => adapter,
    planted: (stored) => stored,
  }),
  memcached({
    name: "a user's Keyv on memcached, with a namespace",
    capabilities: { expiry: 'envelope', touch: 'rewrite', many: 'each', values: 'text', deleteTells: true },
    commands: { get: 'get', set: 'set' },
    deletesOnMiss: true,
    longestKey: 240,
    prefix: 'mine:mine:', // the Keyv's own, and the adapter's
    create: (adapter) => new Keyv(adapter, { namespace: 'mine' }),
    planted: (value) => JSON.stringify({ value }),
  }),
]

interface Kind
  extends Pick<StoreCase, 'name' | 'capabilities' | 'commands' | 'longestKey' | 'deletesOnMiss' | 'swaps'> {
  prefix: string
  create(adapter: KeyvMemcache): object
  planted(stored: unknown): unknown
}

interface OpenMemcached extends Opened {
  /** A client past ringcache. */
  readonly past: KeyvMemcache['client']
}

function memcached({ prefix, create, planted, ...kind }: Kind): StoreCase<OpenMemcached> {
  let server: MemcachedServer
  return {
    ...kind,
    textOnly: false,
    early: 1_000,
    begin: async () => {
      server = await startMemcached()
    },
    end: () => server.stop(),
    async open() {
      const adapter = new KeyvMemcache(server.url)
      const past = new KeyvMemcache(server.url).client
      const close = async () => {
        adapter.client.close()
        past.close()
      }
      return { store: create(adapter), past, close }
    },
    // No `garble`: where the bytes stand alone all of them are an entry, and KeyvMemcache loses an answer it cannot parse.
    looks: {
      async elsewhere() {
        const adapter = new KeyvMemcache(server.url)
        return { store: create(adapter), close: async () => adapter.client.close() }
      },
      async raw({ past }, key) {
        const { value } = await past.get(prefix + key)
        return kind.capabilities.values === 'bytes' ? (value ?? undefined) : value?.toString()
      },
      plant: async ({ past }, key, stored) =>
        void (await past.set(prefix + key, planted(stored) as string | Buffer, {})),
      async timeLeft(_opened, key) {
        const [, seconds = ''] = (await askMemcached(server.port, `mg ${prefix}${key} t`, '\r\n')).split(' t')
        return seconds.startsWith('-1') ? Number.POSITIVE_INFINITY : Number.parseInt(seconds, 10) * 1_000
      },
      async commandsOf(_opened, run) {
        const counts = async () => commandCounts(await askMemcached(server.port, 'stats', 'END'))
        const before = await counts()
        await run()
        const after = await counts()
        return Object.entries(after).flatMap(([name, calls]) => Array<string>(calls - (before[name] ?? 0)).fill(name))
      },
    },
  }
}

/** What `stats` counts, by the names of commands. */
export function commandCounts(stats: string): Record<string, number> {
  const count = (name: string) => Number(new RegExp(`STAT ${name} (\\d+)`).exec(stats)?.[1])
  return {
    delete: count('delete_hits') + count('delete_misses'),
    get: count('cmd_get'),
    set: count('cmd_set'),
    touch: count('cmd_touch'),
  }
}
