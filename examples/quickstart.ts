/** A function, cached: called as before, with every control as a property of its own. */
import assert from 'node:assert/strict'
import { cached } from 'ringcache'

let runs = 0
const getUrl = cached(
  async function getUrl(url: string) {
    runs += 1
    return (await fetch(url)).text()
  },
  { ttl: 60_000 },
)
const url = 'data:text/plain,hello'

// Called twice, run once.
assert.equal(await getUrl(url), 'hello')
assert.equal(await getUrl(url), 'hello')
assert.equal(runs, 1)
console.log(`called twice, run ${runs} time`)

// The same arguments lead to the same entry, whatever is to be done with it.
assert.equal(await getUrl.get(url), 'hello')
assert.equal(await getUrl.update(url), 'hello') // runs, and stores
assert.equal(await getUrl.execute(url), 'hello') // runs, past the cache
assert.equal(runs, 3)
await getUrl.set('bye', url) // the value first, then the arguments
assert.equal(await getUrl(url), 'bye')
assert.equal(await getUrl.has(url), true)
assert.equal(await getUrl.touch(url), true) // another minute from now
assert.equal(await getUrl.delete(url), true)
assert.equal(await getUrl.get(url), undefined)
console.log('get, update, execute, set, has, touch and delete act on one entry')

// Nothing is hidden: the key, and the store below.
const key = getUrl.key(url)
assert.equal(key, 'getUrl::data%3Atext/plain%2Chello')
await getUrl(url)
const stored = await getUrl.storage.backend.get(key)
assert.equal(await getUrl.decode(stored), 'hello')
console.log(`${key} -> ${stored}`)

// However many call at once, the function runs once.
await getUrl.delete(url)
runs = 0
await Promise.all(Array.from({ length: 100 }, () => getUrl(url)))
assert.equal(runs, 1)
console.log(`called 100 times at once, run ${runs} time`)
