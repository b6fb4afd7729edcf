import assert from 'node:assert/strict'
import { numbered } from './functions.js'
import type { Suite } from './suite.js'

/** What the store is asked, command by command. */
export function commands({ itLooking, wrap, ttlWherePossible, storeCase }: Suite): void {
  const { capabilities, commands = { get: 'get', set: 'set' } } = storeCase
  // Where seconds are counted, an entry is asked first for an end of its own, which the command would not move.
  const nativeTouch = storeCase.early === undefined ? [commands.touch] : [commands.get, commands.touch]
  const misses = storeCase.deletesOnMiss ? ['delete', commands.get] : [commands.get]

  itLooking(['commandsOf'], 'reads a hit by one command', async ({ commandsOf }) => {
    const f = wrap(numbered())
    await f('a')

    const got = await commandsOf(() => f('a'))

    assert.deepEqual(got, [commands.get])
  })

  itLooking(['commandsOf'], `reads a miss by ${misses.join(' and ')}`, async ({ commandsOf }) => {
    const f = wrap(numbered())

    const got = await commandsOf(() => f.get('a'))

    assert.deepEqual(got, misses)
  })

  itLooking(
    ['commandsOf'],
    'reads and writes for a call that misses and takes no lease, and no more',
    async ({ commandsOf }) => {
      const f = wrap(numbered(), { ...ttlWherePossible(60_000), lease: false })

      const got = await commandsOf(() => f('a'))

      assert.deepEqual(got, [...misses, commands.set])
    },
  )

  itLooking(
    ['commandsOf'],
    `reads many by ${capabilities.many === 'native' ? 'one command' : 'a command for each'}`,
    async ({ commandsOf }) => {
      const f = wrap(numbered())
      await f.setMany([['a'], ['b'], ['c']], ['A', 'B', 'C'])

      const got = await commandsOf(() => f.getMany(['a'], ['b'], ['c']))

      const each = [commands.get, commands.get, commands.get]
      assert.deepEqual(got, capabilities.many === 'native' ? [commands.getMany] : each)
    },
  )

  if (capabilities.expiry === 'none') return

  itLooking(
    ['commandsOf'],
    `touches by ${capabilities.touch === 'native' ? 'a command of its own, and writes nothing' : 'reading and writing'}`,
    async ({ commandsOf }) => {
      const f = wrap(numbered(), { ttl: 60_000 })
      await f('a')

      const got = await commandsOf(() => f.touch('a'))

      assert.deepEqual(got, capabilities.touch === 'native' ? nativeTouch : [commands.get, commands.set])
    },
  )

  itLooking(['commandsOf'], 'never writes for a touch of what is absent', async ({ commandsOf }) => {
    const f = wrap(numbered(), { ttl: 60_000 })

    const got = await commandsOf(() => f.touch('a'))

    assert.deepEqual(got, capabilities.touch === 'native' ? nativeTouch.slice(0, 1) : misses)
  })
}
