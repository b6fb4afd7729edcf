import assert from 'node:assert/strict'
import { assertBetween, DAY, livesOf, PATIENCE } from './clockwork.js'
import { numbered } from './functions.js'
import type { Suite } from './suite.js'

/** How long entries live. */
export function time({ it, itLooking, wrap, tick, storeCase }: Suite): void {
  const { early = 0, capabilities } = storeCase

  it('keeps an entry exactly as long as its ttl', async () => {
    const ttls = [1, 30.5, 400, 1_000, 1_500]
    const fs = ttls.map((ttl) => wrap(numbered(), { ttl }))
    const [shortest] = fs

    const begin = Date.now() // a stall between the two is no shorter life
    await Promise.all(fs.map((f, i) => f.set('value', i)))
    const lives = await livesOf(
      tick,
      fs.map((f, i) => async () => (await f.get(i)) === 'value'),
      1_500 + PATIENCE,
      begin,
    )

    for (const [i, ttl] of ttls.entries()) {
      const least = ttl % 1_000 === 0 ? ttl - early : ttl
      assertBetween(lives[i], Math.max(0, least - 100), ttl + PATIENCE)
    }
    assert.equal(await shortest?.has(0), false)
  })

  it('has no expired entry: has, get, touch, delete and the bulk ones agree', async () => {
    const f = wrap(numbered(), { ttl: 30.5 })
    const longer = wrap(numbered(), { ttl: 60_000 })
    await f.setMany([['a'], ['b']], ['A', 'B'])
    await longer.set('C', 'c')
    await livesOf(tick, [() => f.has('a'), () => f.has('b')], PATIENCE)

    const told = [await f.has('a'), await f.get('a'), await f.touch('a'), await f.hasMany(['a'], ['c'])]

    assert.deepEqual(told, [false, undefined, false, [false, true]])
    assert.deepEqual(await f.getMany(['a'], ['c'], ['b']), [undefined, 'C', undefined])
    assert.deepEqual(await f.touchMany(['b'], ['c']), [false, true])
    const deleted = await f.delete('b')
    // Where seconds are counted, it lies there for the rest of one.
    if (early === 0) assert.equal(deleted, !capabilities.deleteTells)
    assert.equal(await f('a'), 'a #1')
  })

  it('keeps an entry with a ttl of more than 30 days', async () => {
    const f = wrap(numbered(), { ttl: 40 * DAY })

    const answers = [await f('a'), await f('a'), await f.touch('a'), await f('a')]

    assert.deepEqual(answers, ['a #1', 'a #1', true, 'a #1'])
  })

  itLooking(['timeLeft'], 'ends an entry with a ttl of more than 30 days in time', async ({ timeLeft }) => {
    const f = wrap(numbered(), { ttl: 40 * DAY })

    await f('a')

    assertBetween(await timeLeft(f.key('a')), 40 * DAY - 5_000, 40 * DAY + early + 1_000)
  })

  itLooking(
    ['timeLeft'],
    'gives an entry the ttl that a function of the value and the arguments says',
    async ({ timeLeft }) => {
      const f = wrap(async (ttl: number) => ttl, { ttl: (value, ttl) => (value === ttl ? ttl : 1) })

      await f.getOrUpdateMany([100_000], [500_000])

      assertBetween(await timeLeft(f.key(100_000)), 90_000, 100_000)
      assertBetween(await timeLeft(f.key(500_000)), 490_000, 500_000)
      assert.equal(await f.touch(100_000), true)
    },
  )

  itLooking(['timeLeft'], 'keeps an entry without a ttl until it is removed', async ({ timeLeft }) => {
    const f = wrap(numbered())

    await f('a')

    assert.equal(await timeLeft(f.key('a')), Number.POSITIVE_INFINITY)
  })
}
