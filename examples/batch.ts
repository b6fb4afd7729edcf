/** Many runs in one: `loadMany` loads what a bulk misses by one query, and `batch` gathers single calls, as DataLoader does. */
import assert from 'node:assert/strict'
import { cached } from 'ringcache'

const rows = new Map([1, 2, 3, 4, 5].map((id) => [id, { id, name: `user ${id}` }]))
const queries: string[] = []

async function query(ids: readonly number[]) {
  queries.push(`WHERE id IN (${ids.join(', ')})`)
  return ids.flatMap((id) => rows.get(id) ?? [])
}

const getUser = cached(
  async function getUser(id: number) {
    const [user] = await query([id])
    if (user === undefined) throw new Error(`there is no user ${id}`)
    return user
  },
  {
    ttl: 60_000,
    // The arguments of every call that misses; the results in the same order, whatever the database's.
    loadMany: async (argsList) => {
      const found = await query(argsList.map(([id]) => id))
      const byId = new Map(found.map((user) => [user.id, user]))
      return argsList.map(([id]) => byId.get(id) ?? new Error(`there is no user ${id}`))
    },
    batch: { maxSize: 100 },
  },
)

// A bulk: one query for the distinct misses.
await getUser(1)
const users = await getUser.getOrUpdateMany([1], [2], [3], [2])
assert.deepEqual(
  users.map(({ id }) => id),
  [1, 2, 3, 2],
)
console.log('getOrUpdateMany:', queries.splice(0).join('; '))

// Single calls that are made at the same time, wherever in the program.
const names = await Promise.all([3, 4, 5].map(async (id) => (await getUser(id)).name))
assert.deepEqual(names, ['user 3', 'user 4', 'user 5'])
console.log('three calls:', queries.splice(0).join('; '))

// An item that is an Error is the failure of that call alone.
await getUser.deleteMany([4], [5])
const settled = await Promise.allSettled([getUser(4), getUser(99), getUser(5)])
assert.deepEqual(
  settled.map(({ status }) => status),
  ['fulfilled', 'rejected', 'fulfilled'],
)
assert.deepEqual(await getUser.hasMany([4], [99], [5]), [true, false, true])
console.log('of three calls one failed:', queries.splice(0).join('; '))
