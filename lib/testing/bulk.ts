import assert from 'node:assert/strict'
import { ActionError } from '../index.js'
import { numbered } from './functions.js'
import type { Suite } from './suite.js'

/** Every control of many calls. */
export function bulk({ it, itLooking, wrap, storeCase }: Suite): void {
  it('gets many in order, with misses and duplicates', async () => {
    const f = wrap(numbered(), { missValue: 'nothing' })
    await f.setMany([['a'], ['c']], ['A', 'C'])

    const answers = await f.getMany(['c'], ['b'], ['a'], ['c'])

    assert.deepEqual(answers, ['C', 'nothing', 'A', 'C'])
  })

  it('runs the function once for each distinct miss among many', async () => {
    const run = numbered()
    const f = wrap(run)
    await f.set('A', 'a')

    const answers = await f.getOrUpdateMany(['b'], ['a'], ['c'], ['b'])

    assert.deepEqual(answers, ['b #1', 'A', 'c #2', 'b #1'])
    assert.deepEqual(await f.getMany(['a'], ['b'], ['c']), ['A', 'b #1', 'c #2'])
  })

  it('sets many; of two for one key the later stands', async () => {
    const f = wrap(numbered())

    await f.setMany([['a'], ['b'], ['a']], ['A', 'B', 'later'])

    assert.deepEqual(await f.getMany(['a'], ['b']), ['later', 'B'])
  })

  it('refuses lists of different lengths, and stores nothing', async () => {
    const f = wrap(numbered())

    const setting = f.setMany([['a'], ['b']], ['A'])

    await assert.rejects(setting, ActionError)
    assert.deepEqual(await f.hasMany(['a'], ['b']), [false, false])
  })

  it('updates many, each distinct one once', async () => {
    const f = wrap(numbered())
    await f('a')

    const answers = await f.updateMany(['a'], ['b'], ['a'])

    assert.deepEqual(answers, ['a #2', 'b #3', 'a #2'])
    assert.deepEqual(await f.getMany(['a'], ['b']), ['a #2', 'b #3'])
  })

  it('deletes many, and tells of each', async () => {
    const f = wrap(numbered())
    await f.setMany([['a'], ['b'], ['c']], ['A', 'B', 'C'])

    const told = await f.deleteMany(['a'], ['never'], ['c'], ['a'])

    assert.deepEqual(told, [true, !storeCase.capabilities.deleteTells, true, true])
    assert.deepEqual(await f.getMany(['a'], ['b'], ['c']), [undefined, 'B', undefined])
  })

  it('has many, in order', async () => {
    const f = wrap(numbered())
    await f.setMany([['a'], ['c']], ['A', 'C'])

    const told = await f.hasMany(['c'], ['b'], ['a'], ['c'])

    assert.deepEqual(told, [true, false, true, true])
  })

  it('executes many past the store', async () => {
    const f = wrap(numbered())
    await f.set('A', 'a')

    const answers = await f.executeMany(['a'], ['a'])

    assert.deepEqual(answers, ['a #1', 'a #2'])
    assert.equal(await f.get('a'), 'A')
  })

  it('gives an empty list for an empty list', async () => {
    const f = wrap(numbered())

    const reads = [await f.getMany(), await f.getOrUpdateMany(), await f.executeMany(), await f.hasMany()]
    const writes = [await f.updateMany(), await f.deleteMany(), await f.touchMany(), await f.setMany([], [])]

    assert.deepEqual(
      [reads, writes],
      [
        [[], [], [], []],
        [[], [], [], undefined],
      ],
    )
  })

  itLooking(['commandsOf'], 'asks the store nothing for an empty list', async ({ commandsOf }) => {
    const f = wrap(numbered())

    const commands = await commandsOf(async () => {
      await Promise.all([f.getMany(), f.getOrUpdateMany(), f.updateMany(), f.executeMany()])
      await Promise.all([f.deleteMany(), f.hasMany(), f.touchMany(), f.setMany([], [])])
    })

    assert.deepEqual(commands, [])
  })

  it('does by key(s) and by name what it does by control', async () => {
    const f = wrap(numbered())

    const keys = f.keyMany(['a'], ['b'])

    assert.deepEqual(keys, [f.key('a'), f.key('b')])
    assert.deepEqual(await f.run('getOrUpdateMany', ['a'], ['b']), await f.getMany(['a'], ['b']))
  })

  // More than one command of ours takes: 1,000 keys.
  const many = storeCase.capabilities.many === 'native' ? 2_500 : 90
  const most = Math.min(many, storeCase.capacity ?? many)

  it(`stores ${most} entries at once and reads them back in order`, async () => {
    const f = wrap(async (n: number) => n)
    const calls = Array.from({ length: most }, (_, n): [number] => [n])

    const answers = await f.getOrUpdateMany(...calls)

    assert.deepEqual(answers, calls.flat())
    assert.deepEqual(await f.getMany(...calls), calls.flat())
  })
}
