/** Arguments by name: in bulk items, and for those that are no part of the key. */
import assert from 'node:assert/strict'
import { cached } from 'ringcache'

interface Options {
  page: number
  trace?: string
}

const ran: string[] = []
const search = cached(
  async function search(log: (line: string) => void, words: string, options: Options = { page: 1 }) {
    log(`searching ${words}`)
    ran.push(`${words} ${options.page}`)
    return `${words}, page ${options.page}`
  },
  {
    ttl: 60_000,
    parameters: ['log', 'words', 'options'],
    // A whole argument, and a member inside of one.
    ignorableKeys: ['log', 'options.trace'],
  },
)
const log = () => {}

assert.equal(search.key(log, 'tea'), 'search::tea')
assert.equal(search.key(log, 'tea', { page: 2, trace: 'a1' }), 'search::tea:(page=2)')
assert.equal(search.key(console.log, 'tea', { page: 2, trace: 'b2' }), 'search::tea:(page=2)')
await search(log, 'tea', { page: 2, trace: 'a1' })
await search(console.log, 'tea', { page: 2, trace: 'b2' })
assert.deepEqual(ran, ['tea 2'])
console.log(search.key(log, 'tea', { page: 2, trace: 'a1' }), '- whatever the log and the trace')

// An item of a bulk control is a list by position or an object by name; what is left out is `undefined`.
const found = await search.getOrUpdateMany([log, 'tea', { page: 2 }], { words: 'tea', log }, { log, words: 'milk' })
assert.deepEqual(found, ['tea, page 2', 'tea, page 1', 'milk, page 1'])
assert.deepEqual(ran, ['tea 2', 'tea 1', 'milk 1'])
assert.deepEqual(search.keyMany({ log, words: 'milk' }, [log, 'milk']), ['search::milk', 'search::milk'])
console.log(found)

// A name that is none of them is an error that lists them.
const wrong: object = { log, wodrs: 'tea' }
await assert.rejects(search.getMany(wrong as { log: () => void; words: string }), {
  code: 'ERR_ACTION',
  message: "no parameter is named 'wodrs'; the parameters are log, words, options",
})
// @ts-expect-error and TypeScript finds it first
assert.throws(() => cached(log, { parameters: ['a'], ignorableKeys: ['b'] }), {
  code: 'ERR_OPTION',
  message: /^ignorableKeys has 'b', which is neither one of the parameters \(a\) nor a path into one/,
})

// The default of `options` is the function's own: a call without it and one that spells it out have two keys.
assert.notEqual(search.key(log, 'tea'), search.key(log, 'tea', { page: 1 }))
