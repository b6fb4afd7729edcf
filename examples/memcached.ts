/** memcached by the Keyv adapter: keys that are too long, times that are not whole seconds, and who decides about them. */
import assert from 'node:assert/strict'
import { KeyvMemcache } from '@keyv/memcache'
import { cached } from 'ringcache'

const store = new KeyvMemcache(process.env.MEMCACHED_SERVERS ?? 'localhost:11211')
let runs = 0
const greet = cached(
  async function greet(name: string) {
    runs += 1
    return `hello, ${name}`
  },
  { store, coder: 'text', keyPrefix: `example:${process.pid}:greet`, ttl: 60_000 },
)

assert.equal(await greet('Ring'), 'hello, Ring')
assert.equal(await greet('Ring'), 'hello, Ring')
assert.equal(runs, 1)
const stored = await greet.storage.backend.get(greet.key('Ring'))
assert.equal(stored, 'hello, Ring')
console.log(`${greet.key('Ring')} -> ${stored}`)

// memcached takes keys of up to 250 bytes of printable ASCII. Others are hashed.
const long = 'x'.repeat(300)
assert.match(greet.key(long), /^example:\d+:greet::sha256=[0-9a-f]{64}$/)
assert.equal(await greet(long), `hello, ${long}`)
assert.equal(await greet.has(long), true)
console.log(`a name of ${long.length} characters -> ${greet.key(long)}`)

// It counts in whole seconds. For any other `ttl` the exact end is kept in front of the value.
await greet.storage.set(greet.key('soon'), 'hello, soon', 2_500)
const header = String(await greet.storage.backend.get(greet.key('soon')))
assert.match(header, /^@ring1\{"expires":\d+\}\nhello, soon$/)
assert.equal(await greet.get('soon'), 'hello, soon')
console.log('a ttl of 2,500 ms ->', JSON.stringify(header))

assert.deepEqual(await greet.deleteMany(['Ring'], [long], ['soon'], ['nobody']), [true, true, true, false])
console.log('deleted')

await greet.storage.backend.disconnect()
