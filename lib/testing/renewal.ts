import assert from 'node:assert/strict'
import { assertBetween, DAY, livesOf, PATIENCE } from './clockwork.js'
import { numbered } from './functions.js'
import type { Suite } from './suite.js'

/** How an entry gets a new life: by `touch`, and by whatever is written anew. */
export function renewal({ it, itLooking, wrap, tick }: Suite): void {
  it('touches what is there, with the value as it was', async () => {
    const f = wrap(numbered(), { ttl: 60_000 })
    await f('a')

    const told = [await f.touch('a'), await f.touch('b')]

    assert.deepEqual(told, [true, false])
    assert.equal(await f.get('a'), 'a #1')
  })

  it('touches many, and tells of each', async () => {
    const f = wrap(numbered(), { ttl: 60_000 })
    await f.setMany([['a'], ['c']], ['A', 'C'])

    const told = await f.touchMany(['a'], ['b'], ['c'], ['a'])

    assert.deepEqual(told, [true, false, true, true])
    assert.deepEqual(await f.getMany(['a'], ['b'], ['c']), ['A', undefined, 'C'])
  })

  it('touches by key, with a ttl of its own', async () => {
    const f = wrap(numbered())
    await f.storage.set(f.key('a'), 'A', 60_000)

    const told = [await f.storage.touch(f.key('a'), 90_000), await f.storage.touch(f.key('b'), 90_000)]

    assert.deepEqual(told, [true, false])
    assert.equal(await f.get('a'), 'A')
  })

  it('lets an entry outlive its first end by touch, set and update', async () => {
    const short = wrap(numbered(), { ttl: 1_000.5 })
    const long = wrap(numbered(), { ttl: 600_000 })
    const names = ['touched', 'touched by key', 'set', 'set by key', 'updated']
    await short.setMany(
      [...names, 'left alone'].map((name) => [name]),
      [...names, 'left alone'],
    )

    await Promise.all([
      long.touch('touched'),
      long.storage.touch(long.key('touched by key'), 600_000),
      long.set('set', 'set'),
      long.storage.set(long.key('set by key'), 'set by key', 600_000),
      long.update('updated'),
    ])
    const [life] = await livesOf(tick, [() => short.has('left alone')], PATIENCE)

    assertBetween(life, 0, PATIENCE)
    assert.deepEqual(await short.getMany(...names.map((name): [string] => [name])), [
      ...names.slice(0, -1),
      'updated #1',
    ])
  })

  it('shortens the life of an entry by touch, to the millisecond', async () => {
    const long = wrap(numbered(), { ttl: 600_000 })
    const short = wrap(numbered(), { ttl: 250.5 })
    await long('a')

    const touched = await short.touch('a')
    const [life] = await livesOf(tick, [() => long.has('a')], PATIENCE)

    assert.equal(touched, true)
    assertBetween(life, 100, PATIENCE)
  })

  itLooking(['timeLeft'], 'starts the ttl anew by touch', async ({ timeLeft }) => {
    const short = wrap(numbered(), { ttl: 5_000 })
    const long = wrap(numbered(), { ttl: 600_000 })
    await short('a')
    const before = await timeLeft(short.key('a'))

    const touched = await long.touch('a')

    assertBetween(before, 0, 5_000)
    assert.equal(touched, true)
    assertBetween(await timeLeft(short.key('a')), 590_000, 600_000)
    assert.equal(await short.get('a'), 'a #1')
  })

  itLooking(['timeLeft'], 'starts the ttl anew by key', async ({ timeLeft }) => {
    const f = wrap(numbered())
    const key = f.key('a')

    await f.storage.set(key, 'A', 60_000)
    const before = await timeLeft(key)
    await f.storage.touch(key, 90_000)

    assertBetween(before, 50_000, 60_000)
    assertBetween(await timeLeft(key), 70_000, 90_000)
  })

  itLooking(['timeLeft'], 'keeps the touched entry for more than 30 days', async ({ timeLeft }) => {
    const f = wrap(numbered(), { ttl: 40 * DAY })
    await f.storage.set(f.key('a'), 'A', 5_000)

    const touched = await f.touch('a')

    assert.deepEqual([touched, await f.get('a')], [true, 'A'])
    assert.ok((await timeLeft(f.key('a'))) > 40 * DAY - 5_000)
  })

  itLooking(['timeLeft'], 'starts the ttl anew by set and update', async ({ timeLeft }) => {
    const f = wrap(numbered(), { ttl: 600_000 })
    const key = f.key('a')

    const left: number[] = []
    for (const renew of [() => f.set('B', 'a'), () => f.update('a')]) {
      await f.storage.set(key, 'A', 5_000)
      await renew()
      left.push(await timeLeft(key))
    }

    assert.ok(Math.min(...left) > 590_000, String(left))
  })
}
