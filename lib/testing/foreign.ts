import assert from 'node:assert/strict'
import { type CacheEvent, CoderError } from '../index.js'
import { numbered } from './functions.js'
import type { Suite } from './suite.js'

/** What comes of data in the store that is no entry of ours. */
export function foreign({ itLooking, wrap, storeCase }: Suite): void {
  const { values } = storeCase.capabilities

  itLooking(['plant'], 'takes an entry of an unknown version for a miss, and replaces it', async ({ plant }) => {
    const f = wrap(numbered(), { coder: 'text' })
    const key = f.key('a')
    const unknown = values === 'objects' ? { '@ring2': {}, value: 'later' } : '@ring2{"x":1}\nlater'
    await plant(key, unknown)

    const answers = [await f.get('a'), await f.getMany(['a'])]

    assert.deepEqual(answers, [undefined, [undefined]])
    assert.deepEqual([await f('a'), await f('a'), await f.get('a')], ['a #1', 'a #1', 'a #1'])
  })

  itLooking(['plant'], 'takes what does not decode for a miss with an event, and replaces it', async ({ plant }) => {
    const f = wrap(numbered(), { coder: 'json' })
    const heard: CacheEvent[] = []
    f.on('error', (event) => heard.push(event))
    await plant(f.key('a'), '{ broken')

    const answer = await f.get('a')

    assert.equal(answer, undefined)
    assert.equal(heard.length, 1)
    assert.equal(heard[0]?.key, f.key('a'))
    assert.ok(heard[0]?.error instanceof CoderError, String(heard[0]?.error))
    assert.deepEqual([await f('a'), await f.get('a')], ['a #1', 'a #1'])
  })

  itLooking(['plant'], 'does not let one bad entry spoil a bulk read', async ({ plant }) => {
    const f = wrap(numbered(), { coder: 'json' })
    const heard: CacheEvent[] = []
    f.on('error', (event) => heard.push(event))
    await f.setMany([['a'], ['c']], ['A', 'C'])
    await plant(f.key('b'), '{ broken')

    const answers = await f.getMany(['a'], ['b'], ['c'])

    assert.deepEqual(answers, ['A', undefined, 'C'])
    assert.equal(heard.length, 1)
    assert.deepEqual(await f.getOrUpdateMany(['a'], ['b'], ['c']), ['A', 'b #1', 'C'])
    assert.deepEqual(await f.getMany(['a'], ['b'], ['c']), ['A', 'b #1', 'C'])
  })

  // Where the store holds bytes and nothing else, everything is an entry.
  itLooking(
    ['garble'],
    'takes what is no entry at all for a miss with an event, and replaces it',
    async ({ garble }) => {
      const f = wrap(numbered())
      const heard: CacheEvent[] = []
      f.on('error', (event) => heard.push(event))
      await f.setMany([['b'], ['c']], ['B', 'C'])
      await garble(f.key('a'))

      const answer = await f.get('a')

      assert.equal(answer, undefined)
      assert.equal(heard.length, 1)
      assert.deepEqual(await f.getMany(['b'], ['a'], ['c']), ['B', undefined, 'C'])
      assert.deepEqual([await f('a'), await f.get('a'), await f.has('a')], ['a #1', 'a #1', true])
    },
  )
}
