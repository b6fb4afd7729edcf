/** Ring's quickstart, "asyncio support": all that may wait gives a promise, and what does not, a plain value. */
import assert from 'node:assert/strict'
import { cached } from 'ringcache'

let runs = 0
const f = cached(async function f() {
  runs += 1
  return `run ${runs}`
})

const result = await f() // `await` for the call
const cachedResult = await f.get() // `await` for get()
const key = f.key() // no `await` for key()
assert.equal(result, 'run 1')
assert.equal(cachedResult, result)
assert.equal(key, 'f')
assert.ok(f() instanceof Promise && f.get() instanceof Promise)
assert.deepEqual(f.keyMany([], []), ['f', 'f'])
console.log(`await f() -> ${result}, await f.get() -> ${cachedResult}, f.key() -> ${key}`)

// A synchronous function needs nothing else: it becomes an asynchronous one, on any store.
const double = cached(function double(n: number) {
  return n * 2
})
assert.equal(await double(21), 42)
assert.equal(await double.get(21), 42)
console.log(`await double(21) -> ${await double(21)}`)
