/** Starts the two servers that all specs of a run share; the specs find them in the environment. */
import { ensureServers } from '../../scripts/ensure-servers.mjs'
import '../../scripts/typescript.mjs'

export default async function setup() {
  ensureServers()
  const { startMemcached, startRedis } = await import('./servers.ts')
  const [redis, memcached] = await Promise.all([startRedis(), startMemcached()])
  process.env.REDIS_URL = redis.url
  process.env.MEMCACHED_SERVERS = memcached.url
  globalThis.ringcacheServers = [redis, memcached]
}
