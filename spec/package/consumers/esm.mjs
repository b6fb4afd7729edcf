import assert from 'node:assert/strict'
import { cached } from 'ringcache'
import { conformance } from 'ringcache/testing'

const f = cached(async function add(a, b) {
  return a + b
})

assert.equal(await f(1, 2), 3)
assert.equal(await f.get(1, 2), 3)
assert.equal(f.key(1, 2), 'add::1:2')
assert.equal(typeof conformance, 'function')
