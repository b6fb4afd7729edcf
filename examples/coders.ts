/** What is stored: the built-in coders, several in a row, and one of your own. */
import assert from 'node:assert/strict'
import { type Coder, cached, coders } from 'ringcache'

interface Note {
  text: string
  at: Date
}
const write = async (text: string): Promise<Note> => ({ text, at: new Date('2026-01-01') })
const store = new Map()

// In memory the value itself is kept; with `clone` a copy, so that what a caller does to it stays with the caller.
const shared = cached(write, { store, keyPrefix: 'shared' })
const copied = cached(write, { store, keyPrefix: 'copied', coder: 'clone' })
for (const note of [shared, copied]) {
  await note('one')
  const mine = await note('one')
  mine.text = 'changed by a caller'
}
assert.equal((await shared('one')).text, 'changed by a caller')
assert.equal((await copied('one')).text, 'one')
console.log("a caller's change reaches the cache with 'bypass', and does not with 'clone'")

// The same value by name. The types follow: `json` gives the date back as a string.
const asJson = cached(write, { store, keyPrefix: 'json', coder: 'json' })
const asSuperjson = cached(write, { store, keyPrefix: 'superjson', coder: 'superjson' })
await Promise.all([asJson('one'), asSuperjson('one')])
const fromJson = await asJson.get('one')
const fromSuperjson = await asSuperjson.get('one')
assert.equal(fromJson?.at, '2026-01-01T00:00:00.000Z')
assert.deepEqual(fromSuperjson?.at, new Date('2026-01-01'))
console.log('json:     ', await asJson.storage.backend.get(asJson.key('one')))
console.log('superjson:', await asSuperjson.storage.backend.get(asSuperjson.key('one')))

// A list is applied from left to right.
const small = cached(write, { store, keyPrefix: 'small', coder: ['superjson', 'gzip'] })
const long = await small('la '.repeat(1_000))
const packed = await small.storage.backend.get<Buffer>(small.key(long.text))
assert.ok(packed !== undefined && packed.length < 200)
assert.deepEqual(await small.get(long.text), long)
console.log(`gzip:      ${long.text.length} characters in ${packed.length} bytes`)

// One of your own: registered under a name, or given as it is.
const float: Coder<number, string> = { encode: (value) => value.toString(), decode: (stored) => Number(stored) }
coders.register('float', float)
const half = cached(async (n: number) => n / 2, { store, keyPrefix: 'half', coder: 'float' })
const third = cached(async (n: number) => n / 3, { store, keyPrefix: 'third', coder: float })
assert.equal(await half(1), 0.5)
assert.equal(await half.storage.backend.get('half::1'), '0.5')
assert.equal(await third(1), await third.get(1))
console.log('float:    ', await half.storage.backend.get('half::1'), await third.storage.backend.get('third::1'))
