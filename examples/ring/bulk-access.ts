/** Ring's quickstart, "Bulk access": many calls at once, each by its complete arguments, by position or by name. */
import assert from 'node:assert/strict'
import { KeyvMemcache } from '@keyv/memcache'
import { cached } from 'ringcache'

const store = new KeyvMemcache(process.env.MEMCACHED_SERVERS ?? 'localhost:11211')

let runs = 0
const f = cached(
  async function f(a: number, b: number) {
    runs += 1
    return a * 10 + b
  },
  { store, ttl: 60_000, parameters: ['a', 'b'], keyPrefix: `ring:${process.pid}:f` },
)
await f(1, 2)

// getting data for f(1, 2), f(1, 3), f(2, 2)
const data = await f.getMany([1, 2], [1, 3], { a: 2, b: 2 })
assert.deepEqual(data, [12, undefined, undefined])
assert.equal(runs, 1)
console.log('getMany:', data)

// and what Ring has beside it
assert.deepEqual(await f.getOrUpdateMany([1, 2], [1, 3], { a: 2, b: 2 }), [12, 13, 22])
assert.equal(runs, 3)
assert.deepEqual(await f.getMany([1, 2], [1, 3], { a: 2, b: 2 }), [12, 13, 22])
await f.setMany([[1, 2], { a: 1, b: 3 }], [0, 1])
assert.deepEqual(await f.getMany([1, 2], [1, 3]), [0, 1])
assert.deepEqual(await f.updateMany([1, 2], [1, 3]), [12, 13])
assert.deepEqual(await f.executeMany([1, 2], { b: 4, a: 1 }), [12, 14])
assert.deepEqual(await f.hasMany([1, 2], [1, 4]), [true, false])
assert.deepEqual(await f.touchMany([1, 2], [1, 4]), [true, false])
assert.deepEqual(f.keyMany([1, 2], { a: 1, b: 2 }), [f.key(1, 2), f.key(1, 2)])
assert.deepEqual(await f.deleteMany([1, 2], [1, 3], { a: 2, b: 2 }, [9, 9]), [true, true, true, false])
console.log('getOrUpdateMany, setMany, updateMany, executeMany, hasMany, touchMany, keyMany and deleteMany, likewise')

await f.storage.backend.disconnect()
