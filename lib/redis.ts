import KeyvRedis, { type RedisClientOptions } from '@keyv/redis'
import { kindOf } from './coders/kind.js'
import { messageOf, OptionError } from './errors.js'
import { isRedisClient, type RedisClient } from './storage/redis-client.js'
import { redisHashStorage } from './storage/redis-hash.js'
import type { Storage } from './storage/storage.js'

/**
 * A `KeyvRedis` made for a cache: it finds out when a connection is dead, comes back by itself, and sends nothing late. It
 * connects with the first command. Options of the client go before what is set here.
 *
 * @throws OptionError for what is neither a URL nor the options of one server's client
 * @example
 * const user = cached(loadUser, { store: redis('redis://localhost:6379'), ttl: 60_000 })
 */
export function redis(urlOrOptions: string | RedisClientOptions): KeyvRedis<unknown> {
  const options = typeof urlOrOptions === 'string' ? { url: urlOrOptions } : urlOrOptions
  if (typeof options !== 'object' || options === null || options.url === '') throw notAServer(kindOf(urlOrOptions))
  if ('connect' in options) throw notAServer('a client: pass it as the store itself')
  if ('rootNodes' in options || 'sentinelRootNodes' in options) {
    throw notAServer('a cluster or a sentinel: pass the client itself as the store')
  }
  try {
    const adapter = new KeyvRedis<unknown>(tuned(options))
    adapter.on('error', () => {}) // the client's errors reach the calls; a newer adapter may end the process over one unheard
    return adapter
  } catch (error) {
    // Without its cause, which shows the whole URL, password and all.
    throw new OptionError(`redis takes a URL such as 'redis://localhost:6379': ${messageOf(error)}`)
  }
}

/**
 * A Storage that keeps all entries in one Redis hash: the field is `fn.key`. Its entries have no `ttl` (a hash ends as a
 * whole). All that use one client and one hash key are fenced together. A URL or options make a client of its own, which
 * `backend.disconnect()` closes; `backend.clear()` removes this hash alone. Ring's `redis_hash`.
 *
 * @param clientOrUrl a `@redis/client` client or cluster, a `KeyvRedis`, or what `redis` takes
 * @throws OptionError for another client, or an empty hash key
 * @example
 * const user = cached(loadUser, { store: redisHash('redis://localhost:6379', 'users') })
 */
export function redisHash(clientOrUrl: string | object, hashKey: string): Storage {
  return redisHashStorage(clientOf(clientOrUrl), hashKey)
}

function clientOf(clientOrUrl: string | object): RedisClient {
  if (isRedisClient(clientOrUrl)) return clientOrUrl
  const adapter = isAdapter(clientOrUrl) ? clientOrUrl : redis(clientOrUrl)
  if (adapter.namespace) {
    throw new OptionError(`redisHash takes a KeyvRedis without a namespace of its own, got '${adapter.namespace}'`)
  }
  const client: unknown = adapter.client
  if (isRedisClient(client)) return client
  throw notAServer('an adapter without a Redis client')
}

function isAdapter(given: string | object): given is { client: unknown; namespace?: string } {
  return typeof given === 'object' && given !== null && 'client' in given
}

const CONNECT_TIMEOUT = 2_000
const PING_INTERVAL = 5_000

function tuned({ pingInterval = PING_INTERVAL, socket, ...options }: RedisClientOptions): RedisClientOptions {
  return {
    // What was not sent when the connection broke fails at once, in place of being sent late.
    disableOfflineQueue: true,
    ...options,
    // So that a sound connection is never silent for as long as socketTimeout.
    pingInterval,
    socket: {
      // A host that swallows packets is tried again soon; one lost packet is repeated by the system after a second.
      connectTimeout: CONNECT_TIMEOUT,
      // A connection that has fallen silent is half open: the system alone would find out after a quarter of an hour.
      ...(pingInterval > 0 && { socketTimeout: 2 * pingInterval }),
      reconnectStrategy: backoff,
      ...socket,
    },
  }
}

const FIRST_PAUSE = 50
const LONGEST_PAUSE = 2_000

/** Quick at first, for a server that restarts; then seldom, for ever, and not all processes at once. Milliseconds. */
function backoff(retries: number): number {
  return Math.min(FIRST_PAUSE * 2 ** retries, LONGEST_PAUSE) * (0.5 + Math.random() / 2)
}

function notAServer(got: string): OptionError {
  return new OptionError(
    `redis takes a URL such as 'redis://localhost:6379', or the client options of one server, got ${got}`,
  )
}
