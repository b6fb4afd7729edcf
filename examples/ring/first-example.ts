/** Ring's quickstart, "First example": a function cache without any dependency, and access to every layer of it. */
import assert from 'node:assert/strict'
import { cached } from 'ringcache'

// In place of the network: what example.com answers.
const served = 'data:text/html,<html>example</html>'
let requests = 0

// save in a new LRU of its own
const getUrl = cached(async function getUrl(url: string) {
  requests += 1
  const response = await fetch(url.replace('http://example.com', served))
  return Buffer.from(await response.arrayBuffer())
})

// default access - it is cached
const data = await getUrl('http://example.com')
assert.deepEqual(await getUrl('http://example.com'), data)
assert.equal(requests, 1)
console.log(`called twice, requested ${requests} time`)

// delete the cache
assert.equal(await getUrl.delete('http://example.com'), true)
// get cached data or undefined
assert.equal(await getUrl.get('http://example.com'), undefined)
await getUrl('http://example.com')
const dataOrUndefined = await getUrl.get('http://example.com')
assert.deepEqual(dataOrUndefined, data)

// get the cache key
const key = getUrl.key('http://example.com')
assert.equal(key, 'getUrl::http%3A//example.com')
// and access the backend directly
const encodedData = await getUrl.storage.backend.get(key)
const cachedData = await getUrl.decode(encodedData)
assert.deepEqual(cachedData, data)
console.log(`${key} ->`, encodedData)
