import { setMaxListeners } from 'node:events'
import { asBuffer, clientKeyv, fromReply } from './client.js'
import { isCluster, isPlain, openRedis, type RedisClient } from './redis-client.js'
import { failureOf, isForeignData } from './reply.js'
import { type Attempt, type Driver, forEach, type Item, type Storage, type Stored, writeEach } from './storage.js'

const BLOB_STRING = 36
const MOST_KEYS_PER_COMMAND = 1_000
/** Redis refuses a `PX` whose sum with its clock overflows 64 bits; this is 285,000 years. */
const LONGEST_TTL = Number.MAX_SAFE_INTEGER

/** Redis by the user's own client: the stored bytes are what the coder gave, the key is what `fn.key` says. */
export function redisStorage(client: RedisClient): Storage {
  const cluster = isCluster(client)
  const bytes = byteReader(client)
  const { gate, disconnect } = openRedis(client)

  const getMany = async (keys: readonly string[]): Promise<(Stored | undefined)[]> => {
    if (cluster) return forEach(keys, async (key) => fromReply(await bytes.get(key)))
    if (keys.length <= MOST_KEYS_PER_COMMAND) return (await bytes.mGet(keys)).map(fromReply)
    const chunks: string[][] = []
    for (let i = 0; i < keys.length; i += MOST_KEYS_PER_COMMAND) chunks.push(keys.slice(i, i + MOST_KEYS_PER_COMMAND))
    const replies = await forEach(chunks, (chunk) => bytes.mGet(chunk))
    return replies.flat().map(fromReply)
  }
  /** A write that was given up on while the client had yet to send it would be sent after a reconnect. */
  const write = <T>(attempt: Attempt, send: (client: RedisClient) => Promise<T>): Promise<T> => {
    if (!isPlain(client)) return gate.pass(attempt, () => send(client))
    const controller = new AbortController()
    setMaxListeners(0, controller.signal) // each command of a bulk write listens to it
    const abortable = client.withAbortSignal(controller.signal)
    return gate.pass(
      attempt,
      () => send(abortable),
      () => controller.abort(),
    )
  }
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
    },
    wholeSeconds: false,
    fit: (key) => key,
    check: () => {},
    failure: failureOf,
    get: (key, attempt) =>
      gate
        .pass(attempt, () => bytes.get(key))
        .then(fromReply, (error: unknown) => {
          if (isForeignData(error)) return { value: undefined, foreign: error }
          throw error
        }),
    getMany: (keys, attempt) => gate.pass(attempt, () => getMany(keys)),
    setMany: (items, attempt) => write(attempt, (sender) => writeEach(items, (item) => set(sender, item))),
    deleteMany: (keys, attempt) =>
      write(attempt, (sender) => forEach(keys, async (key) => (await sender.unlink(key)) > 0)),
    hasMany: (keys, attempt) => gate.pass(attempt, () => forEach(keys, exists)),
    touchMany: (keys, ttl, attempt) =>
      write(attempt, (sender) => forEach(keys, async (key) => (await sender.pExpire(key, milliseconds(ttl))) > 0)),
  }
  return { ...driver, backend: clientKeyv(driver, client, disconnect) }
}

/**
 * Reads as bytes over the user's connection, which goes on giving strings to its owner. A plain client is handed the bare
 * command: what its own methods add costs as much as all else here with many in flight.
 */
function byteReader(client: RedisClient): Pick<RedisClient, 'get' | 'mGet'> {
  const options = { typeMapping: { [BLOB_STRING]: Buffer } }
  if (!isPlain(client)) return client.withTypeMapping(options.typeMapping)
  return {
    get: (key) => client.sendCommand(['GET', key], options),
    mGet: (keys) => client.sendCommand(['MGET', ...keys], options),
  }
}

async function set(client: RedisClient, { key, value, ttl }: Item): Promise<void> {
  const sent = typeof value === 'string' ? value : asBuffer(value)
  await client.set(key, sent, ttl === undefined ? undefined : { expiration: { type: 'PX', value: milliseconds(ttl) } })
}

/** Redis takes whole milliseconds. */
function milliseconds(ttl: number): number {
  return Math.min(Math.ceil(ttl), LONGEST_TTL)
}
