/** Many calls at once: one bulk read, one run for each distinct miss, one bulk write. */
import assert from 'node:assert/strict'
import { cached } from 'ringcache'

const ran: number[] = []
const square = cached(
  async function square(n: number) {
    if (n < 0) throw new RangeError(`${n} is negative`)
    ran.push(n)
    return n * n
  },
  { ttl: 60_000 },
)

// Each item is the complete arguments of one call. Results come in the same order.
await square(2)
const squares = await square.getOrUpdateMany([1], [2], [3], [3])
assert.deepEqual(squares, [1, 4, 9, 9])
assert.deepEqual(ran, [2, 1, 3])
console.log('getOrUpdateMany:', squares, '- ran for', ran)

assert.deepEqual(await square.getMany([1], [5]), [1, undefined])
assert.deepEqual(await square.hasMany([1], [5]), [true, false])
assert.deepEqual(square.keyMany([1], [5]), ['square::1', 'square::5'])
console.log('getMany:', await square.getMany([1], [5]), '- a miss is undefined, and nothing runs')

await square.setMany([[6], [7]], [36, 49])
assert.deepEqual(await square.getMany([6], [7]), [36, 49])
await assert.rejects(square.setMany([[8], [9]], [64]), { code: 'ERR_ACTION' })
assert.equal(await square.has(8), false)
console.log('setMany: lists of different lengths are an error, and nothing is stored')

// All runs settle, and what succeeded is stored, before the first error is thrown.
await assert.rejects(square.getOrUpdateMany([10], [-1], [11]), { message: '-1 is negative' })
assert.deepEqual(await square.getMany([10], [11]), [100, 121])
console.log('getOrUpdateMany with a failure: the other results were stored')

assert.deepEqual(await square.updateMany([1], [2]), [1, 4])
assert.deepEqual(await square.touchMany([1], [99]), [true, false])
assert.deepEqual(await square.deleteMany([1], [99]), [true, false])
assert.deepEqual(await square.executeMany([1], [2]), [1, 4])
assert.equal(await square.has(1), false)
console.log('updateMany, touchMany, deleteMany, executeMany')
