/** Ring's quickstart, "Factory parameters": the five that all of Ring's factories share, each used once. */
import assert from 'node:assert/strict'
import { cached } from 'ringcache'

const store = new Map()
const commands: string[] = []

const search = cached(
  async function search(words: string, log: (line: string) => void) {
    log(`searching ${words}`)
    return { words, at: new Date(0) }
  },
  {
    store,
    // key_prefix: what every key begins with, in place of the function's name.
    keyPrefix: 'shop:search',
    // coder: how values are stored. Here as text, by a pair of functions.
    coder: [
      ({ words, at }: { words: string; at: Date }) => `${at.toISOString()} ${words}`,
      (stored: string) => ({ words: stored.slice(25), at: new Date(stored.slice(0, 24)) }),
    ],
    // ignorable_keys: which arguments are no part of the key.
    parameters: ['words', 'log'],
    ignorableKeys: ['log'],
    // user_interface: replaces actions, or adds some.
    userInterface: (actions) => ({
      getOrSay: async (call) => (await actions.get(call))?.words ?? 'nothing yet',
    }),
    // storage_interface: replaces how the backend is read and written.
    storageInterface: (_backend, { storage }) => ({
      ...storage,
      setMany: (items, attempt) => {
        commands.push(...items.map(({ key }) => `set ${key}`))
        return storage.setMany(items, attempt)
      },
    }),
  },
)

const log: string[] = []
assert.equal(await search.getOrSay('tea', console.log), 'nothing yet')
const found = await search('tea', (line) => log.push(line))
assert.deepEqual(await search('tea', () => log.push('another logger')), found)
assert.deepEqual(log, ['searching tea'])
assert.equal(await search.getOrSay('tea', console.log), 'tea')

assert.equal(search.key('tea', console.log), 'shop:search::tea')
assert.deepEqual(commands, ['set shop:search::tea'])
assert.equal(await search.storage.backend.get('shop:search::tea'), '1970-01-01T00:00:00.000Z tea')
assert.deepEqual([...store.keys()], ['shop:search::tea'])
console.log('shop:search::tea ->', store.get('shop:search::tea'))
