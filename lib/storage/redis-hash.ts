import { OptionError, UnsupportedError } from '../errors.js'
import { clientKeyv, fromReply } from './client.js'
import type { RedisClient } from './redis-client.js'
import { foreignOrThrow, inChunks, redisCommands, sendable } from './redis-commands.js'
import { failureOf } from './reply.js'
import { type Attempt, type Driver, forEach, type Item, type Storage, writeEach } from './storage.js'

/** What all Storages of one hash are fenced by, as long as somebody uses one of them, or a copy. */
interface Identity {
  readonly client: RedisClient
  readonly hashKey: string
  /** The Storage that is in use. */
  storage: WeakRef<Storage> | undefined
}

const hashes = new WeakMap<RedisClient, Map<string, WeakRef<Identity>>>()

const gone = new FinalizationRegistry<{ of: Map<string, WeakRef<Identity>>; hashKey: string }>(({ of, hashKey }) => {
  if (of.get(hashKey)?.deref() === undefined) of.delete(hashKey)
})

/**
 * One Redis hash that holds all entries: the field is what `fn.key` says, its bytes are what the coder gave. Ring's
 * `redis_hash`.
 *
 * @throws OptionError for an empty hash key
 */
export function redisHashStorage(client: RedisClient, hashKey: string): Storage {
  if (typeof hashKey !== 'string' || hashKey === '') {
    throw new OptionError(`the key of a Redis hash is a non-empty string, got ${JSON.stringify(hashKey)}`)
  }
  let ofClient = hashes.get(client)
  if (ofClient === undefined) {
    ofClient = new Map()
    hashes.set(client, ofClient)
  }
  let identity = ofClient.get(hashKey)?.deref()
  if (identity === undefined) {
    identity = { client, hashKey, storage: undefined }
    ofClient.set(hashKey, new WeakRef(identity))
    gone.register(identity, { of: ofClient, hashKey })
  }
  const known = identity.storage?.deref()
  if (known !== undefined) return known
  const storage = create(identity)
  identity.storage = new WeakRef(storage)
  return storage
}

function create(identity: Identity): Storage {
  const { client, hashKey } = identity
  const { read, write, disconnect } = redisCommands(client)
  const set = async (sender: RedisClient, { key, value, ttl }: Item): Promise<void> => {
    if (ttl !== undefined) throw new UnsupportedError('a Redis hash ends as a whole: an entry in it has no ttl')
    await sender.hSet(hashKey, key, sendable(value))
  }

  const driver: Driver = {
    name: 'redis hash',
    identity,
    capabilities: {
      expiry: 'none',
      touch: 'rewrite',
      many: 'native',
      values: 'bytes',
      deleteTells: true,
      lease: 'process',
    },
    wholeSeconds: false,
    fit: (key) => key,
    check: () => {},
    failure: failureOf,
    get: (key, attempt) => read(attempt, (bytes) => bytes.hGet(hashKey, key)).then(fromReply, foreignOrThrow),
    getMany: (keys, attempt) =>
      read(attempt, (bytes) => inChunks(keys, (chunk) => bytes.hmGet(hashKey, chunk))).catch((error: unknown) => {
        const foreign = foreignOrThrow(error)
        return keys.map(() => foreign)
      }),
    setMany: (items, attempt) => write(attempt, (sender) => writeEach(items, (item) => set(sender, item))),
    deleteMany: (keys, attempt) =>
      write(attempt, (sender) => forEach(keys, async (key) => (await sender.hDel(hashKey, key)) > 0)),
    hasMany: (keys, attempt) =>
      read(attempt, () => forEach(keys, async (key) => (await client.hExists(hashKey, key)) > 0)),
  }
  const clear = async (attempt: Attempt): Promise<void> => {
    await write(attempt, (sender) => sender.unlink(hashKey))
  }
  return { ...driver, backend: clientKeyv(driver, client, disconnect, clear) }
}
