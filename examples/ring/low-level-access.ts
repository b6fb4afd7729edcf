/** Ring's quickstart, "Low-level access": a plain Map shows what is stored, and where. */
import assert from 'node:assert/strict'
import { cached } from 'ringcache'

const mapStorage = new Map()

const f = cached(
  async function f(n = 1) {
    return { n }
  },
  { store: mapStorage, ttl: 60_000 },
)

const value = await f()
const key = f.key() // retrieving the key
const rawData = await f.storage.backend.get(key) // getting raw data from the storage
assert.equal(key, 'f')
assert.equal(rawData, value)

// Look into the Map by yourself to check how it works: the value itself, and when it ends.
assert.deepEqual([...mapStorage.keys()], [key])
const envelope = mapStorage.get(key)
assert.equal(envelope.value, value)
assert.ok(envelope.expires > Date.now() && envelope.expires <= Date.now() + 60_000)
console.log(mapStorage)

// Between the two is the storage by keys, decoded.
assert.equal(await f.storage.get(key), value)
await f.storage.set('f::2', { n: 2 })
assert.deepEqual(await f.get(2), { n: 2 })
assert.equal(await f.storage.delete('f::2'), true)
assert.equal(mapStorage.size, 1)
