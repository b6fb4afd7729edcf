/** Ring's quickstart, "Structured or complex data": a coder stands between what a function gives and what is stored. */
import assert from 'node:assert/strict'
import { KeyvMemcache } from '@keyv/memcache'
import { cached } from 'ringcache'

const store = new KeyvMemcache(process.env.MEMCACHED_SERVERS ?? 'localhost:11211')

const f = cached(
  async function f() {
    return { key: 'data', number: 42 }
  },
  { store, ttl: 60_000, coder: 'json', keyPrefix: `ring:${process.pid}:f` },
)

await f() // create cache data
const loaded = await f.get()
assert.equal(typeof loaded, 'object')
assert.deepEqual(loaded, { key: 'data', number: 42 })

// The backend gives text where the bytes are text, so that a person can read them. The client has the bytes.
const rawData = await f.storage.backend.get(f.key())
assert.equal(rawData, JSON.stringify({ key: 'data', number: 42 }))
const { value: rawBytes } = await store.client.get(f.key())
assert.ok(Buffer.isBuffer(rawBytes))
assert.deepEqual(rawBytes, Buffer.from(JSON.stringify({ key: 'data', number: 42 })))
assert.deepEqual(await f.decode(rawBytes), loaded)
console.log(`${f.key()} -> ${rawData}`)

await f.delete()
await f.storage.backend.disconnect()
