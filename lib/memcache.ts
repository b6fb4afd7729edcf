import KeyvMemcache from '@keyv/memcache'
import { kindOf } from './coders/kind.js'
import { OptionError } from './errors.js'

/** memjs takes nothing else: it would take the scheme of a URL for a host. */
const SERVER = /^([^@\s]*@)?[^@:/\s]+(:\d{1,5})?$/

/** What memjs can be told. Times are seconds. */
export interface MemcacheOptions {
  /** How often it tries one command in all. Here: 1. */
  retries?: number
  /** What it waits between two tries. */
  retry_delay?: number
  /** After how long without an answer it gives up a connection. Here: 5. */
  timeout?: number
  /** After how long it gives up connecting. Here: 1. */
  conntimeout?: number
  /** Whether the system looks after idle connections. Here: true. */
  keepAlive?: boolean
  keepAliveDelay?: number
  /** Whether another server takes over the keys of one that failed, and for how long: it may hold older values. */
  failover?: boolean
  failoverTime?: number
  username?: string
  password?: string
  /** Where it writes its failures. Here: nowhere. */
  logger?: { log(...text: unknown[]): void }
}

/**
 * A `KeyvMemcache` made for a cache: it never repeats a write by itself, and leaves it to `storeTimeout` how long a call
 * waits. It connects with the first command. `options` are those of memjs, in seconds; each goes before what is set here.
 *
 * @param servers `'localhost:11211'`, several with commas between them, or a list of them; with credentials
 *   `'user:password@host:port'`
 * @throws OptionError for what is no server
 * @example
 * const user = cached(loadUser, { store: memcache('localhost:11211'), ttl: 60_000 })
 */
export function memcache(servers: string | readonly string[], options: MemcacheOptions = {}): KeyvMemcache {
  const list: unknown = typeof servers === 'string' ? servers.split(',').map((server) => server.trim()) : servers
  if (!Array.isArray(list) || list.length === 0) throw notServers(kindOf(servers))
  for (const server of list) {
    if (typeof server !== 'string' || !SERVER.test(server)) throw notServers(`${kindOf(server)} as one of them`)
  }
  if (typeof options !== 'object' || options === null) {
    throw new OptionError(`the options of memcache must be an object, got ${kindOf(options)}`)
  }
  const adapter = new KeyvMemcache(list.join(','), { ...SETTINGS, ...options })
  adapter.on('error', () => {}) // unheard, the event would end the process
  return adapter
}

const SETTINGS: MemcacheOptions = {
  // One try: a second one, seconds later, could land after a newer write.
  retries: 1,
  // A connection without an answer is given up. Longer than a call waits: a new one would not keep the order of writes.
  timeout: 5,
  // No longer than a call waits by default: what was given up while it waits for the connection would still be sent.
  conntimeout: 1,
  // So that a connection that died while nobody used it is not found out by a call.
  keepAlive: true,
  // Failures go to the caller and to the events, not to the console.
  logger: { log: () => {} },
}

function notServers(got: string): OptionError {
  return new OptionError(
    `memcache takes servers, 'host:port' with commas between them or a list of such strings, got ${got}`,
  )
}
