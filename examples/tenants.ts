/** One function, many stores: the store is found for each call. An AsyncLocalStorage as Ring's ContextVar, or a function. */
import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import { cached, lru } from 'ringcache'

// The same object for the same tenant, each time: flights and fences belong to it.
const stores = new Map([
  ['acme', lru({ max: 1_000 })],
  ['globex', lru({ max: 1_000 })],
])

const tenant = new AsyncLocalStorage<object>()
let runs = 0
const getPrice = cached(
  async function getPrice(item: string) {
    runs += 1
    return item.length * runs
  },
  { store: tenant, ttl: 60_000 },
)
const as = <T>(name: string, act: () => T): T => tenant.run(stores.get(name) ?? assert.fail(name), act)

// Each has its own entry, run and deletes, by one key.
assert.deepEqual([await as('acme', () => getPrice('tea')), await as('globex', () => getPrice('tea'))], [3, 6])
assert.deepEqual([await as('acme', () => getPrice('tea')), await as('globex', () => getPrice('tea'))], [3, 6])
assert.equal(runs, 2)
assert.equal(await as('acme', () => getPrice.delete('tea')), true)
assert.equal(await as('acme', () => getPrice.has('tea')), false)
assert.equal(await as('globex', () => getPrice.has('tea')), true)
assert.equal(stores.get('globex')?.size, 1)
console.log('acme deleted its price, globex still has', await as('globex', () => getPrice.get('tea')))

// Concurrent calls share a run within a tenant, never across.
await Promise.all(['acme', 'acme', 'globex', 'globex'].map((name) => as(name, () => getPrice('milk'))))
assert.equal(runs, 4)

// Outside of any tenant there is no store, which is an error, not a shared one.
await assert.rejects(getPrice('tea'), {
  code: 'ERR_OPTION',
  message: /^there is no store: nothing surrounds this call/,
})
assert.equal(runs, 4)

// A function does as well. It is asked at each call and must answer at once.
let current = 'acme'
const getName = cached(async (id: number) => `${current} ${id}`, {
  store: () => stores.get(current),
  keyPrefix: 'getName',
})
assert.equal(await getName(1), 'acme 1')
current = 'globex'
assert.equal(await getName.get(1), undefined)
assert.equal(await getName(1), 'globex 1')
current = 'nobody'
await assert.rejects(getName(1), { code: 'ERR_OPTION' })
console.log("the store of each call's tenant, or an error")
