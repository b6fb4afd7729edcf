/** A program that shares one adapter among many functions and keys; Node.js warns on stderr of too many listeners. */
import KeyvRedis from '@keyv/redis'
import { Keyv } from 'keyv'
import { cached } from '../../lib/index.js'

const url = process.env.REDIS_URL ?? 'redis://localhost:6379'
const keyPrefix = `listeners.${process.pid}`
for (const store of [new KeyvRedis(url), new Keyv(new KeyvRedis(url), { namespace: keyPrefix })]) {
  const fs = Array.from({ length: 100 }, (_, i) =>
    cached(async (n: number) => n, { store, keyPrefix: `${keyPrefix}.${i}`, ttl: 5_000 }),
  )
  await Promise.all(fs.map((f, i) => f(i)))
  const keys = Array.from({ length: 100 }, (_, n): [number] => [n])
  await fs[0]?.updateMany(...keys)
  await fs[0]?.touchMany(...keys)
  await fs[0]?.deleteMany(...keys)
}
console.log('done')
