/** Deletes that go on: when a user's data goes, so do the entries of that user's children. Bound events tell of one identity. */
import assert from 'node:assert/strict'
import { cachedClass, ringKey } from 'ringcache'

const store = new Map()
const User = cachedClass(
  class User {
    constructor(readonly id: number) {}

    [ringKey]() {
      return this.id
    }

    async data() {
      return { id: this.id, children: [7, 8] }
    }

    async child(childId: number) {
      return { userId: this.id, childId }
    }
  },
  { data: { store }, child: { store } },
)

/** What a `delete` set going; nobody waits for a listener. */
const cascades: Promise<boolean[]>[] = []

const user = new User(42)
const other = new User(43)
user.data.on('delete', ({ key }) => {
  console.log(`${key} was deleted, and so are ${user.child.keyMany([7], [8]).join(', ')}`)
  cascades.push(user.child.deleteMany([7], [8]))
})

for (const each of [user, other]) await Promise.all([each.data(), each.child(7), each.child(8)])
assert.equal(store.size, 6)

// Another user's delete is none of this listener's business.
await other.data.delete()
assert.equal(cascades.length, 0)
assert.deepEqual([...store.keys()].sort(), [
  'User.child:42::7',
  'User.child:42::8',
  'User.child:43::7',
  'User.child:43::8',
  'User.data:42',
])

// It hears whoever has the identity 42, be it another object.
await new User(42).data.delete()
assert.deepEqual(await Promise.all(cascades), [[true, true]])
assert.deepEqual([...store.keys()].sort(), ['User.child:43::7', 'User.child:43::8'])

// The prototype's events are those of all, each with its receiver.
const told: unknown[] = []
User.prototype.data.on('delete', ({ receiver }) => told.push(receiver))
await Promise.all([user.data.delete(), other.data.delete()])
assert.deepEqual(told, [user, other])
console.log('left:', [...store.keys()])
