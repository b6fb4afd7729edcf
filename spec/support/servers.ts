/** The Redis and memcached servers of the specs: one of each shared by the whole run, and more on demand. */
import { randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import { startServer, type TestServer } from './server-process.js'

export type RedisServer = TestServer
export type MemcachedServer = TestServer

export interface ServerOptions {
  /** The port to use; default: a free one. */
  port?: number
  /** More arguments for the server's command line. */
  args?: string[]
}

/** A replica would write what it got to a file. */
const NO_FILES = ['--repl-diskless-load', 'swapdb', '--dir', tmpdir()]

/** Starts a Redis of one's own, without persistence. Its `url` is `redis://127.0.0.1:<port>`. */
export function startRedis({ port, args = [] }: ServerOptions = {}): Promise<RedisServer> {
  return startServer(
    {
      command: 'redis-server',
      args: (port) => [
        '--port',
        String(port),
        '--bind',
        '127.0.0.1',
        '--save',
        '',
        '--appendonly',
        'no',
        ...NO_FILES,
        ...args,
      ],
      probe: 'INFO server\r\n',
      // A server with a password does not tell its pid.
      isUp: (reply, pid) => reply.includes(`process_id:${pid}\r\n`) || reply.startsWith('-NOAUTH'),
      url: (port) => `redis://127.0.0.1:${port}`,
    },
    port,
  )
}

/** Starts a memcached of one's own. Its `url` is `127.0.0.1:<port>`. */
export function startMemcached({ port, args = [] }: ServerOptions = {}): Promise<MemcachedServer> {
  const user = process.getuid?.() === 0 ? ['-u', 'root'] : []
  return startServer(
    {
      command: 'memcached',
      args: (port) => ['-l', '127.0.0.1', '-p', String(port), '-U', '0', ...user, ...args],
      probe: 'stats\r\n',
      isUp: (reply, pid) => reply.includes(`STAT pid ${pid}\r\n`),
      url: (port) => `127.0.0.1:${port}`,
    },
    port,
  )
}

/** The Redis that the whole run shares: use a `uniquePrefix`, and neither flush nor stop it. */
export function sharedRedis(): { url: string } {
  return { url: fromEnvironment('REDIS_URL') }
}

/** The memcached that the whole run shares: use a `uniquePrefix`, and neither flush nor stop it. */
export function sharedMemcached(): { url: string } {
  return { url: fromEnvironment('MEMCACHED_SERVERS') }
}

/** A key prefix that no other test, file or run has. */
export function uniquePrefix(name: string): string {
  return `${name}.${randomBytes(6).toString('hex')}`
}

function fromEnvironment(name: string): string {
  const url = process.env[name]
  if (!url) throw new Error(`${name} is not set: run specs with \`npm run spec -- <path>\`, which starts the servers`)
  return url
}
