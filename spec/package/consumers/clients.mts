import { cached, type Storage } from 'ringcache'
import { redis, redisHash } from 'ringcache/redis'

const store: Storage = redisHash(redis({ url: 'redis://127.0.0.1:1' }), 'hash')
const f = cached(async (a: number) => a, { store, keyPrefix: 'f' })
const key: string = f.key(1)

// @ts-expect-error: a port is no server.
const wrong = () => redis(6379)

if (key !== 'f::1') throw new Error(`got ${key}, ${wrong.length}`)
