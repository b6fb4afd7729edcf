/** Ring's README, "Method cache": methods over Redis, for which `[ringKey]()` says whose entries they are. */
import assert from 'node:assert/strict'
import KeyvRedis from '@keyv/redis'
import { cachedClass, ringKey } from 'ringcache'

const store = new KeyvRedis(process.env.REDIS_URL ?? 'redis://localhost:6379')

const User = cachedClass(
  class User {
    constructor(
      readonly id: number,
      public name?: string,
    ) {}

    [ringKey]() {
      return this.id
    }

    async data() {
      return { id: this.id, name: this.name }
    }

    // parameters are also ok!
    async child(childId: number) {
      return { userId: this.id, childId }
    }
  },
  {
    // working for Redis, no expiration, using the json coder
    data: { store, coder: 'json', keyPrefix: `ring:${process.pid}:User.data` },
    child: { store, coder: 'json', keyPrefix: `ring:${process.pid}:User.child` },
  },
)

const user = new User(42, 'Ring')
assert.equal(user.data.key(), `ring:${process.pid}:User.data:42`)
assert.equal(user.child.key(7), `ring:${process.pid}:User.child:42::7`)

// create and get cache
const userData = await user.data() // cached
user.name = 'Ding'
// still cached
const cachedData = await user.data()
assert.deepEqual(cachedData, userData)
// refresh
const updatedData = await user.data.update()
assert.notDeepEqual(updatedData, userData)
assert.deepEqual(updatedData, { id: 42, name: 'Ding' })
console.log('cached:', cachedData, '- updated:', updatedData)

// id is the cache key so...
const user2 = new User(42)
// still hitting the same cache. (Ring's README compares with the data from before the update, and would fail.)
assert.deepEqual(await user2.data(), updatedData)
assert.deepEqual(await user.child(7), { userId: 42, childId: 7 })
assert.deepEqual(await user2.child.get(7), { userId: 42, childId: 7 })
console.log(`another User(42) hits ${user2.data.key()} and ${user2.child.key(7)}`)

assert.equal(await user2.data.delete(), true)
assert.equal(await user.data.has(), false)
assert.equal(await user.child.delete(7), true)
await user.data.storage.backend.disconnect()
