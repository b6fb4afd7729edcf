import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import KeyvRedis, { createClient } from '@keyv/redis'
import { type CoderOption, cached, classCoder } from '../../lib/index.js'
import { sharedRedis, uniquePrefix } from '../support/servers.js'

class User {
  constructor(
    readonly id: number,
    readonly email: string,
  ) {}

  host(): string {
    return this.email.slice(this.email.indexOf('@') + 1)
  }
}

class Admin extends User {}

const exact = classCoder({ class: User, name: 'User', props: ['id', 'email'] })
const loadUser = async (id: number) => new User(id, `${id}@a.b`)

let redis: ReturnType<typeof createClient>
let adapter: KeyvRedis<unknown>
beforeAll(async () => {
  redis = createClient({ url: sharedRedis().url })
  await redis.connect()
  adapter = new KeyvRedis(redis)
})
afterAll(() => redis.destroy())

interface Store {
  name: string
  open(): { store: object; put(key: string, stored: string): Promise<unknown> }
}

const stores: Store[] = [
  {
    name: 'a Map',
    open: () => {
      const store = new Map<string, unknown>()
      return { store, put: async (key, stored) => store.set(key, { value: stored, expires: undefined }) }
    },
  },
  {
    name: 'Redis',
    open: () => ({ store: adapter, put: (key, stored) => redis.set(key, stored) }),
  },
]

/** A function whose coder is `classCoder`, and what happens to it. */
function subject({ open }: Store, coder: CoderOption = exact) {
  const { store, put } = open()
  const runs: number[] = []
  const errors: unknown[] = []
  const f = cached(
    async (id: number) => {
      runs.push(id)
      return loadUser(id)
    },
    { store, coder, keyPrefix: uniquePrefix('user') },
  )
  f.on('error', ({ error }) => errors.push(error))
  return { f, put, runs, errors }
}

describe.each(stores)('classCoder on $name', (store) => {
  it.each<[string, CoderOption]>([
    ['alone', exact],
    ['before a compression', [exact, 'gzip']],
  ])('gives an instance for a hit: %s', async (_name, coder) => {
    const { f, runs, errors } = subject(store, coder)
    await f(1)

    const user = await f(1)

    expect(user).toBeInstanceOf(User)
    expect(user.host()).toBe('a.b')
    expect([runs, errors]).toEqual([[1], []])
  })

  it.each([
    ['of another class', '{"json":{"id":1,"email":"a"},"meta":{"values":[["class","Admin"]],"v":1}}'],
    ['of a class without name', '{"json":{"id":1,"email":"a"},"meta":{"values":[["class"]],"v":1}}'],
    ['of a plain object, from before there were instances', '{"json":{"id":1,"email":"a"}}'],
    ['with one property more', '{"json":{"id":1,"email":"a","age":1},"meta":{"values":[["class","User"]],"v":1}}'],
    ['with one property less', '{"json":{"id":1},"meta":{"values":[["class","User"]],"v":1}}'],
    ['of a number for an instance', '{"json":5,"meta":{"values":[["class","User"]],"v":1}}'],
    ['of an instance of a number', '{"json":[5],"meta":{"values":{"0":[["class","User"]]},"v":1}}'],
    ['that is no superjson', '{"id":1,"email":"a"}'],
  ])('misses on data %s, with an event, and the function runs', async (_name, stored) => {
    const { f, put, runs, errors } = subject(store)
    await put(f.key(1), stored)

    const found = await f.get(1)
    const user = await f(1)
    const again = await f.get(1)

    expect(found).toBeUndefined()
    expect([user, again]).toEqual([await loadUser(1), await loadUser(1)])
    expect(runs).toEqual([1])
    expect(errors).toEqual(Array(2).fill(expect.objectContaining({ code: 'ERR_CODER' })))
  })

  it('answers with an instance that it cannot store, and says why', async () => {
    const { f, errors } = subject(store)
    const admin = new Admin(1, 'a')

    await expect(f.set(admin, 1)).rejects.toThrow("coder 'classCoder(User)' cannot represent an object (Admin)")
    expect(await f.get(1)).toBeUndefined()
    expect(errors).toEqual([])
  })
})
