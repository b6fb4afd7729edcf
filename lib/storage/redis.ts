import { clientKeyv, fromReply } from './client.js'
import { checkNoLease } from './lease-key.js'
import { isCluster, type RedisClient } from './redis-client.js'
import {
  foreignOrThrow,
  inChunks,
  milliseconds,
  type RedisCommands,
  redisCommands,
  sendable,
} from './redis-commands.js'
import { redisLeases } from './redis-leases.js'
import { redisSwaps } from './redis-swap.js'
import { failureOf } from './reply.js'
import { type Driver, forEach, type Item, type Reads, type Storage, type Stored, writeEach } from './storage.js'

/** Redis by the user's own client: the stored bytes are what the coder gave, the key is what `fn.key` says. */
export function redisStorage(client: RedisClient): Storage {
  const cluster = isCluster(client)
  const commands = redisCommands(client)
  const { read, readText, write, disconnect } = commands
  const exists = async (key: string): Promise<boolean> => (await client.exists(key)) > 0

  const driver: Driver = {
    name: 'redis',
    identity: client,
    capabilities: {
      expiry: 'native',
      touch: 'native',
      many: cluster ? 'each' : 'native',
      values: 'bytes',
      deleteTells: true,
      lease: 'atomic',
    },
    gathers: !cluster,
    wholeSeconds: false,
    fit: (key) => key,
    check: checkNoLease,
    failure: failureOf,
    get: (key, attempt) => read(attempt, (bytes) => bytes.get(key)).then(fromReply, foreignOrThrow),
    getMany: (keys, attempt) =>
      read(attempt, (bytes) =>
        cluster
          ? forEach(keys, async (key) => fromReply(await bytes.get(key)))
          : inChunks(keys, (chunk) => bytes.mGet(chunk)),
      ),
    text: readText && textReads(readText, (key, attempt) => driver.get(key, attempt)),
    setMany: (items, attempt) => write(attempt, (sender) => writeEach(items, (item) => set(sender, item))),
    deleteMany: (keys, attempt) =>
      write(attempt, (sender) => forEach(keys, async (key) => (await sender.unlink(key)) > 0)),
    hasMany: (keys, attempt) => read(attempt, () => forEach(keys, exists)),
    touchMany: (keys, ttl, attempt) =>
      write(attempt, (sender) => forEach(keys, async (key) => (await sender.pExpire(key, milliseconds(ttl))) > 0)),
    swapMany: redisSwaps(commands),
    leases: redisLeases(commands),
  }
  return { ...driver, backend: clientKeyv(driver, client, disconnect) }
}

/** Saves a `Buffer` for each value, and a look at all its bytes. What may not have been UTF-8 is read once more by `exact`. */
function textReads(read: NonNullable<RedisCommands['readText']>, exact: Reads['get']): Reads {
  return {
    get: async (key, attempt) => {
      const stored = await read(attempt, (text) => text.get(key)).then(fromReply, foreignOrThrow)
      return isUnsure(stored) ? exact(key, attempt) : stored
    },
    getMany: async (keys, attempt) => {
      const found = await read(attempt, (text) => inChunks(keys, (chunk) => text.mGet(chunk)))
      if (!found.some(isUnsure)) return found
      return forEach([...keys.entries()], ([i, key]) => (isUnsure(found[i]) ? exact(key, attempt) : found[i]))
    },
  }
}

function isUnsure(stored: Stored | undefined): boolean {
  return typeof stored?.value === 'string' && stored.value.includes('\uFFFD')
}

async function set(client: RedisClient, { key, value, ttl }: Item): Promise<void> {
  const expiration = ttl === undefined ? undefined : ({ type: 'PX', value: milliseconds(ttl) } as const)
  await client.set(key, sendable(value), expiration && { expiration })
}
