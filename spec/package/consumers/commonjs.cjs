const assert = require('node:assert/strict')
const { cached } = require('ringcache')
const { conformance } = require('ringcache/testing')

const f = cached(async function add(a, b) {
  return a + b
})

async function main() {
  assert.equal(await f(1, 2), 3)
  assert.equal(await f.get(1, 2), 3)
  assert.equal(f.key(1, 2), 'add::1:2')
}

main()
assert.equal(typeof conformance, 'function')
