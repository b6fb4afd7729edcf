/** The stores of the demo, by what was given as `--store`. */
import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { KeyvMemcache } from '@keyv/memcache'
import KeyvRedis from '@keyv/redis'
import { KeyvFile } from 'keyv-file'
import { lru } from 'ringcache'

/** The command line is not one that the demo knows. */
export class UsageError extends Error {}

const USAGE = `usage: npm run demo -- [--store <where>]

  memory                    a bounded store of this process, the default
  redis://host:port         a Redis server (rediss:// for TLS)
  memcached://host:port     a memcached server`

/** The `--store` of a command line, checked. @throws UsageError */
export function storeArgument(args: string[]): string {
  const where = parse(args)
  const isServer = /^(rediss?|memcached):\/\/[^/]/.test(where) && URL.canParse(where)
  if (where === 'memory' || isServer) return where
  throw new UsageError(`--store does not know '${where}'\n\n${USAGE}`)
}

function parse(args: string[]): string {
  try {
    const { values } = parseArgs({ args, options: { store: { type: 'string', default: 'memory' } } })
    return values.store
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n\n${USAGE}`) // parseArgs throws nothing else
  }
}

/** A store, by `memory`, `file` or a server's URL, and the code that makes it. */
export async function openStore(where: string): Promise<{ store: object; described: string }> {
  if (where === 'memory') return { store: lru({ max: 1_000 }), described: 'lru({ max: 1_000 })' }
  if (where === 'file') {
    const filename = await cacheFile()
    return { store: new KeyvFile({ filename }), described: `new KeyvFile({ filename: '${filename}' })` }
  }
  const { protocol, host, hostname, port } = new URL(where)
  if (protocol !== 'memcached:')
    return { store: new KeyvRedis(where), described: `new KeyvRedis('${protocol}//${host}')` }
  const server = `${hostname}:${port || '11211'}`
  return { store: new KeyvMemcache(server), described: `new KeyvMemcache('${server}')` }
}

/** The same file in every run of one user, in a folder that is that user's alone. */
async function cacheFile(): Promise<string> {
  const folder = join(tmpdir(), `ringcache-demo-${process.getuid?.() ?? 'user'}`)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  return join(folder, 'cache.json')
}
