/**
 * Two entries for each call: the fresh one, and a copy that lives longer and is served when the function fails. After
 * Ring's own test of `user_interface`, for any function: `doubleCache(copyTtl)`.
 */
import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'
import { type ActionCall, type AnyFunction, type CallActions, cached, type ResultOf } from 'ringcache'

/** A `userInterface` that keeps a copy of each value for `copyTtl` milliseconds, at `<key>::=copy`. */
function doubleCache(copyTtl: number) {
  return <F extends AnyFunction, C, M>(actions: CallActions<F, C, M>) => {
    type Call = ActionCall<F, C>
    type Calls = readonly Call[]
    const copyOf = (call: Call) => call.beside('copy', copyTtl)
    const withCopies = (calls: Calls) => [...calls, ...calls.map(copyOf)]

    // The built-in runs the function once for all concurrent calls; where that fails, each is served the copy.
    const getOrUpdate = async (call: Call) => {
      try {
        return await actions.getOrUpdate(call)
      } catch (error) {
        const copy = await copyOf(call).read()
        if (copy === undefined) throw error
        return copy.value
      }
    }
    // Both entries at once; what is answered is answered of the first.
    const setMany = (calls: Calls, values: readonly ResultOf<F>[]) =>
      actions.setMany(withCopies(calls), [...values, ...values])
    const deleteMany = async (calls: Calls) => (await actions.deleteMany(withCopies(calls))).slice(0, calls.length)
    const touchMany = async (calls: Calls) => (await actions.touchMany(withCopies(calls))).slice(0, calls.length)

    return {
      getOrUpdate,
      getOrUpdateMany: (calls: Calls) => Promise.all(calls.map(getOrUpdate)),
      // All that runs the function runs it by this action, so `update` stores the copy as well, and rejects if it fails.
      execute: (call: Call) => copyOf(call).refresh(() => actions.execute(call)),
      set: (call: Call, value: ResultOf<F>) => setMany([call], [value]),
      setMany,
      delete: async (call: Call) => (await deleteMany([call]))[0] === true,
      deleteMany,
      touch: async (call: Call) => (await touchMany([call]))[0] === true,
      touchMany,
    }
  }
}

/** Those who wait for a bank that answers when it is told to. */
const waiting: { resolve(rate: number): void; reject(error: Error): void }[] = []
const getRate = cached(
  function getRate(_currency: string) {
    return new Promise<number>((resolve, reject) => waiting.push({ resolve, reject }))
  },
  { ttl: 60_000, missValue: null, userInterface: doubleCache(24 * 60 * 60_000) },
)
const { storage } = getRate
const key = getRate.key('EUR')
const copyKey = `${key}::=copy`

/** The only one who waits: however many call, the bank is asked once. */
async function asked() {
  await setImmediate()
  const [only, ...others] = waiting.splice(0)
  assert.ok(only && others.length === 0)
  return only
}
const rate = async (euros: number) => (await asked()).resolve(euros)
const outage = async () => (await asked()).reject(new Error('the bank is closed'))

// A result is stored twice.
const first = getRate('EUR')
await rate(2)
assert.equal(await first, 2)
assert.deepEqual([await storage.get(key), await storage.get(copyKey)], [2, 2])
console.log(`${key} -> 2, ${copyKey} -> 2`)

// The entry ends, and the bank is closed: all are served the copy, and the bank was asked once.
await storage.delete(key)
const callers = Promise.all(Array.from({ length: 100 }, () => getRate('EUR')))
const one = getRate.getOrUpdateMany(['EUR'])
await outage()
assert.deepEqual(new Set(await callers), new Set([2]))
assert.deepEqual(await one, [2])
assert.equal(await getRate.get('EUR'), null) // the copy is not taken for fresh
console.log('served the copy to 100 callers, after one run that failed')

// An update is told of the failure; without a copy, so is a call.
const update = getRate.update('EUR')
const failed = assert.rejects(update, { message: 'the bank is closed' })
await outage()
await failed
const unknown = assert.rejects(getRate('XXX'), { message: 'the bank is closed' })
await outage()
await unknown

// `update` and `set` store both.
const updated = getRate.update('EUR')
await rate(3)
assert.equal(await updated, 3)
assert.deepEqual([await storage.get(key), await storage.get(copyKey)], [3, 3])
await getRate.set(4, 'EUR')
assert.deepEqual([await storage.get(key), await storage.get(copyKey)], [4, 4])
assert.equal(await getRate.touch('EUR'), true)

// `delete` removes both; and one during a run leaves nothing of that run behind, neither fresh nor as a copy.
assert.equal(await getRate.delete('EUR'), true)
assert.deepEqual([await storage.has(key), await storage.has(copyKey)], [false, false])
const running = getRate('EUR')
await setImmediate()
await getRate.delete('EUR')
await rate(5)
assert.equal(await running, 5)
assert.deepEqual([await storage.has(key), await storage.has(copyKey)], [false, false])
console.log('a delete during a run: the caller has the result, and neither entry does')
