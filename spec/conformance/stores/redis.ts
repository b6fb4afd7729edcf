/** Redis by a bare adapter, and by a Keyv of the user's own; on a server that this suite has to itself. */
import KeyvRedis, { createClient } from '@keyv/redis'
import { Keyv } from 'keyv'
import { redisHash } from '../../../lib/redis.js'
import type { Opened, StoreCase } from '../../../lib/testing.js'
import { type RedisServer, startRedis, uniquePrefix } from '../../support/servers.js'

export const redisStores: readonly StoreCase[] = [
  redis({
    name: 'bare KeyvRedis',
    capabilities: {
      expiry: 'native',
      touch: 'native',
      many: 'native',
      values: 'bytes',
      deleteTells: true,
      lease: 'atomic',
    },
    swaps: true,
    commands: { get: 'get', getMany: 'mget', set: 'set', touch: 'pexpire' },
    prefix: '',
    create: (adapter) => adapter,
    planted: (stored) => stored,
  }),
  redis({
    name: "a user's Keyv on Redis, with a namespace",
    capabilities: { expiry: 'envelope', touch: 'rewrite', many: 'each', values: 'text', deleteTells: true },
    commands: { get: 'get', set: 'set' },
    prefix: 'mine::mine:', // the Keyv's own, and the adapter's
    create: (adapter) => new Keyv(adapter, { namespace: 'mine' }),
    planted: (value) => JSON.stringify({ value }),
  }),
  hash() as StoreCase,
]

interface Kind extends Pick<StoreCase, 'name' | 'capabilities' | 'commands' | 'swaps'> {
  prefix: string
  create(adapter: KeyvRedis<unknown>): object
  planted(stored: unknown): unknown
}

interface OpenRedis extends Opened {
  readonly adapter: KeyvRedis<unknown>
  readonly past: ReturnType<typeof clientOf>
}

/** A client past ringcache. */
const clientOf = (url: string) => createClient({ url })

function redis({ prefix, create, planted, ...kind }: Kind): StoreCase<OpenRedis> {
  let server: RedisServer
  return {
    ...kind,
    textOnly: false,
    begin: async () => {
      server = await startRedis()
    },
    end: () => server.stop(),
    async open() {
      const adapter = new KeyvRedis<unknown>(server.url)
      const past = clientOf(server.url)
      await past.connect()
      const close = async () => {
        past.destroy()
        await adapter.disconnect(true)
      }
      return { store: create(adapter), adapter, past, close }
    },
    looks: {
      async elsewhere() {
        const adapter = new KeyvRedis<unknown>(server.url)
        return { store: create(adapter), close: () => adapter.disconnect(true) }
      },
      async raw({ past }, key) {
        const found = await past.withTypeMapping({ 36: Buffer }).get(prefix + key)
        const reply = found === null ? undefined : Buffer.from(found) // the types know strings alone
        return kind.capabilities.values === 'bytes' ? reply : reply?.toString()
      },
      plant: async ({ past }, key, stored) => void (await past.set(prefix + key, planted(stored) as string | Buffer)),
      garble: async ({ past }, key) => void (await past.lPush(prefix + key, 'not a string')),
      async timeLeft({ past }, key) {
        const left = await past.pTTL(prefix + key)
        return left === -1 ? Number.POSITIVE_INFINITY : left
      },
      async commandsOf({ adapter, past }, run) {
        const counts = async () => callsByCommand(await past.info('commandstats'))
        await adapter.getClient() // connecting is not what is counted
        const before = await counts()
        await run()
        return newCalls(before, await counts())
      },
    },
  }
}

interface OpenHash extends Opened {
  readonly backend: Keyv
  readonly hashKey: string
  readonly past: ReturnType<typeof clientOf>
}

/** All entries in one hash. */
function hash(): StoreCase<OpenHash> {
  let server: RedisServer
  return {
    name: 'redisHash',
    capabilities: {
      expiry: 'none',
      touch: 'rewrite',
      many: 'native',
      values: 'bytes',
      deleteTells: true,
    },
    commands: { get: 'hget', getMany: 'hmget', set: 'hset' },
    begin: async () => {
      server = await startRedis()
    },
    end: () => server.stop(),
    async open() {
      const hashKey = uniquePrefix('hash')
      const past = clientOf(server.url)
      await past.connect()
      const store = redisHash(server.url, hashKey)
      const close = async () => {
        past.destroy()
        await store.backend.disconnect()
      }
      return { store, backend: store.backend, hashKey, past, close }
    },
    looks: {
      async raw({ past, hashKey }, key) {
        const found = await past.withTypeMapping({ 36: Buffer }).hGet(hashKey, key)
        return found === null ? undefined : Buffer.from(found) // the types know strings alone
      },
      plant: async ({ past, hashKey }, key, stored) => void (await past.hSet(hashKey, key, stored as string | Buffer)),
      timeLeft: async () => Number.POSITIVE_INFINITY,
      async commandsOf({ past, backend }, run) {
        const counts = async () => callsByCommand(await past.info('commandstats'))
        await backend.has('nothing') // connecting is not what is counted
        const before = await counts()
        await run()
        return newCalls(before, await counts())
      },
    },
  }
}

/** From `cmdstat_get:calls=1,usec=...` lines. */
export function callsByCommand(stats: string): Map<string, number> {
  const lines = stats.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)
  return new Map([...lines].map(([, command = '', calls]) => [command, Number(calls)]))
}

/** The commands between two counts, but for those that count. */
export function newCalls(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): string[] {
  return [...after]
    .flatMap(([command, calls]) => Array<string>(calls - (before.get(command) ?? 0)).fill(command))
    .filter((command) => command !== 'info')
    .toSorted()
}
