/** Redis by the Keyv adapter, as it is: the key and the bytes there are what the function says. */
import assert from 'node:assert/strict'
import KeyvRedis, { createClient } from '@keyv/redis'
import { cached } from 'ringcache'

const url = process.env.REDIS_URL ?? 'redis://localhost:6379'
const store = new KeyvRedis(url)
let runs = 0
const getUser = cached(
  async function getUser(id: number) {
    runs += 1
    return { id, name: 'Ring', since: new Date('2026-01-01') }
  },
  { store, keyPrefix: `example:${process.pid}:getUser`, ttl: 60_000 },
)

const user = await getUser(42)
const again = await getUser(42)
assert.deepEqual(again, user)
assert.ok(again.since instanceof Date)
assert.equal(runs, 1)
console.log('ran once, and a Date comes back a Date:', again)

// Another client sees what is there, with nothing of ours around it.
const client = await createClient({ url }).connect()
const key = getUser.key(42)
const bytes = await client.get(key)
const ttl = await client.pTTL(key)
assert.equal(bytes, await getUser.encode(user))
assert.ok(ttl > 0 && ttl <= 60_000)
console.log(`GET  ${key}\n     ${bytes}\nPTTL ${ttl}`)

// And what another client writes, the function reads.
await client.set(key, '{"json":{"id":42,"name":"Ding"}}')
assert.deepEqual(await getUser(42), { id: 42, name: 'Ding' })
console.log('read what another client wrote:', await getUser.get(42))

assert.equal(await getUser.delete(42), true)
assert.equal(await client.exists(key), 0)
console.log('deleted')

await client.close()
await getUser.storage.backend.disconnect()
