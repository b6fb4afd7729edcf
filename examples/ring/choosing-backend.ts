/** Ring's quickstart, "Choosing backend": from the LRU to memcached by one line. */
import assert from 'node:assert/strict'
import { KeyvMemcache } from '@keyv/memcache' // 1: npm install @keyv/memcache
import { cached } from 'ringcache'

const store = new KeyvMemcache(process.env.MEMCACHED_SERVERS ?? 'localhost:11211') // 2: a client

// In place of the network: what example.com answers.
const served = 'data:text/html,<html>example</html>'

const options = { ttl: 60_000, keyPrefix: `ring:${process.pid}:getUrl` }
const getUrl = async (url: string) => (await fetch(url.replace('http://example.com', served))).text()

const inMemory = cached(getUrl, { ...options })
const inMemcached = cached(getUrl, { ...options, store }) // 3: LRU -> memcached

// default access - it is cached; the rest is the same, whatever the store
for (const cachedGetUrl of [inMemory, inMemcached]) {
  const data = await cachedGetUrl('http://example.com')
  assert.equal(data, '<html>example</html>')
  assert.equal(await cachedGetUrl.get('http://example.com'), data)
  assert.equal(await cachedGetUrl.delete('http://example.com'), true)
  assert.equal(await cachedGetUrl.has('http://example.com'), false)
  console.log('the same calls over', cachedGetUrl.storage.capabilities)
}
await inMemcached.storage.backend.disconnect()
