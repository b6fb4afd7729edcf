/** Redis by a bare adapter, and by a Keyv of the user's own; on a server that this suite has to itself. */
import KeyvRedis, { createClient } from '@keyv/redis'
import { Keyv } from 'keyv'
import { redisHash } from '../../../lib/redis.js'
import { type RedisServer, startRedis, uniquePrefix } from '../../support/servers.js'
import type { Opened, StoreCase } from '../store-case.js'

export const redisStores: readonly StoreCase[] = [
  redis({
    name: 'bare KeyvRedis',
    capabilities: { expiry: 'native', touch: 'native', many: 'native', values: 'bytes', deleteTells: true },
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
]

interface Kind extends Pick<StoreCase, 'name' | 'capabilities' | 'commands'> {
  prefix: string
  create(adapter: KeyvRedis<unknown>): object
  planted(stored: unknown): unknown
}

function redis({ name, capabilities, commands, prefix, create, planted }: Kind): StoreCase {
  let server: RedisServer
  return {
    name,
    capabilities,
    clock: 'real',
    commands,
    begin: async () => {
      server = await startRedis()
    },
    end: () => server.stop(),
    async open(): Promise<Opened> {
      const adapter = new KeyvRedis<unknown>(server.url)
      const past = createClient({ url: server.url })
      const bytes = past.withTypeMapping({ 36: Buffer })
      await past.connect()
      const counts = async () => callsByCommand(await past.info('commandstats'))
      return {
        store: create(adapter),
        raw: async (key) => {
          const found = await bytes.get(prefix + key)
          const reply = found === null ? undefined : Buffer.from(found) // the types know strings alone
          return capabilities.values === 'bytes' ? reply : reply?.toString()
        },
        plant: async (key, stored) => void (await past.set(prefix + key, planted(stored) as string | Buffer)),
        garble: async (key) => void (await past.lPush(prefix + key, 'not a string')),
        timeLeft: async (key) => {
          const left = await past.pTTL(prefix + key)
          return left === -1 ? Number.POSITIVE_INFINITY : left
        },
        commandsOf: async (run) => {
          await adapter.getClient() // connecting is not what is counted
          const before = await counts()
          await run()
          return newCalls(before, await counts())
        },
        close: async () => {
          past.destroy()
          await adapter.disconnect(true)
        },
      }
    },
  }
}

/** All entries in one hash. It ends none of them, so only what needs no `ttl` can be asked of it. */
export const redisHashStore: StoreCase = redisHashCase()

function redisHashCase(): StoreCase {
  let server: RedisServer
  return {
    name: 'redisHash',
    capabilities: { expiry: 'none', touch: 'rewrite', many: 'native', values: 'bytes', deleteTells: true },
    clock: 'real',
    commands: { get: 'hget', getMany: 'hmget', set: 'hset' },
    begin: async () => {
      server = await startRedis()
    },
    end: () => server.stop(),
    async open() {
      const hashKey = uniquePrefix('hash')
      const past = createClient({ url: server.url })
      const bytes = past.withTypeMapping({ 36: Buffer })
      await past.connect()
      const store = redisHash(server.url, hashKey)
      const counts = async () => callsByCommand(await past.info('commandstats'))
      return {
        store,
        raw: async (key) => {
          const found = await bytes.hGet(hashKey, key)
          return found === null ? undefined : Buffer.from(found) // the types know strings alone
        },
        plant: async (key, stored) => void (await past.hSet(hashKey, key, stored as string | Buffer)),
        timeLeft: async () => Number.POSITIVE_INFINITY,
        commandsOf: async (run) => {
          await store.backend.has('nothing') // connecting is not what is counted
          const before = await counts()
          await run()
          return newCalls(before, await counts())
        },
        close: async () => {
          past.destroy()
          await store.backend.disconnect()
        },
      }
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
