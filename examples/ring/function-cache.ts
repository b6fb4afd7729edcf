/** Ring's README, "Function cache": a function over memcached, called as before and controlled by its arguments. */
import assert from 'node:assert/strict'
import { KeyvMemcache } from '@keyv/memcache'
import { cached } from 'ringcache'

const store = new KeyvMemcache(process.env.MEMCACHED_SERVERS ?? 'localhost:11211')

// In place of the network: what example.com answers.
const served = 'data:text/html,<html>example</html>'
let requests = 0

// working for memcached, expires in 60 seconds
const getUrl = cached(
  async function getUrl(url: string) {
    requests += 1
    return (await fetch(url.replace('http://example.com', served))).text()
  },
  { store, ttl: 60_000, coder: 'text', keyPrefix: `ring:${process.pid}:getUrl` },
)

// normal way - it is cached
const data = await getUrl('http://example.com')
assert.equal(data, '<html>example</html>')
assert.equal(await getUrl('http://example.com'), data)
assert.equal(requests, 1)
console.log(`called twice, requested ${requests} time: ${data}`)

// delete the cache
assert.equal(await getUrl.delete('http://example.com'), true)
// get cached data or undefined
assert.equal(await getUrl.get('http://example.com'), undefined)
await getUrl('http://example.com')
const dataOrUndefined = await getUrl.get('http://example.com')
assert.equal(dataOrUndefined, data)
assert.equal(requests, 2)

// get the cache key: the function, and its arguments with their delimiters escaped
const key = getUrl.key('http://example.com')
assert.equal(key, `ring:${process.pid}:getUrl::http%3A//example.com`)
// and access the backend directly, be it by the Keyv or by the client
const directData = await getUrl.storage.backend.get(key)
assert.equal(directData, data)
const { value } = await store.client.get(key)
assert.deepEqual(value, Buffer.from(data))
console.log(`${key} -> ${directData}`)

await getUrl.delete('http://example.com')
await getUrl.storage.backend.disconnect()
