import assert from 'node:assert/strict'
import { UnsupportedError } from '../index.js'
import { counting, numbered } from './functions.js'
import { type Suite, uniquePrefix } from './suite.js'

/** Every control of one call. */
export function controls({ it, wrap, storeCase }: Suite): void {
  it('runs the function for a miss, and answers a hit from the store', async () => {
    const run = numbered()
    const f = wrap(run)

    const answers = [
      await f('a'),
      await f('a'),
      await f.getOrUpdate('a'),
      await f.run('getOrUpdate', 'a'),
      await f('b'),
    ]

    assert.deepEqual(answers, ['a #1', 'a #1', 'a #1', 'a #1', 'b #2'])
    assert.equal(run.runs, 2)
  })

  it('runs the function once for concurrent calls', async () => {
    const run = numbered()
    const f = wrap(run)

    const answers = await Promise.all([f('a'), f('a'), f.getOrUpdate('a')])

    assert.deepEqual(answers, ['a #1', 'a #1', 'a #1'])
  })

  it('gets a stored value, else missValue, and never runs the function', async () => {
    const run = numbered()
    const f = wrap(run, { missValue: 'nothing' })
    await f.set('stored', 'a')

    const answers = [await f.get('a'), await f.get('b')]

    assert.deepEqual(answers, ['stored', 'nothing'])
    assert.equal(run.runs, 0)
  })

  it('gives undefined for a miss where no missValue is set', async () => {
    const f = wrap(numbered())

    const answer = await f.get('a')

    assert.equal(answer, undefined)
  })

  it('keeps undefined and null, which are no misses', async () => {
    const run = counting(async (x: unknown) => x)
    const f = wrap(run, { missValue: 'nothing' })
    const values = [undefined, null, false, 0, '']

    const answers = await Promise.all(values.map(async (value) => [await f(value), await f(value), await f.get(value)]))

    assert.deepEqual(
      answers,
      values.map((value) => [value, value, value]),
    )
    assert.equal(run.runs, values.length)
    assert.deepEqual(
      await f.hasMany(...values.map((value): [unknown] => [value])),
      values.map(() => true),
    )
  })

  it('sets a value that calls then answer with', async () => {
    const f = wrap(numbered())

    await f.set('set', 'a')

    assert.deepEqual([await f('a'), await f.get('a'), await f('b')], ['set', 'set', 'b #1'])
  })

  it('updates by running the function, whatever is stored', async () => {
    const f = wrap(numbered())
    await f('a')

    const answer = await f.update('a')

    assert.deepEqual([answer, await f('a'), await f.get('a')], ['a #2', 'a #2', 'a #2'])
  })

  it('deletes one entry, and tells whether it was there', async () => {
    const f = wrap(numbered())
    await f('a')
    await f('b')

    const told = [await f.delete('a'), await f.delete('a'), await f.delete('never')]

    const absent = !storeCase.capabilities.deleteTells
    assert.deepEqual(told, [true, absent, absent])
    assert.deepEqual([await f.get('a'), await f.get('b')], [undefined, 'b #2'])
  })

  it('has what is stored, and nothing else', async () => {
    const f = wrap(numbered())
    await f('a')

    const told = [await f.has('a'), await f.has('b')]
    await f.delete('a')

    assert.deepEqual([...told, await f.has('a')], [true, false, false])
  })

  it('executes past the store', async () => {
    const f = wrap(numbered())
    await f('a')

    const answer = await f.execute('a')

    assert.deepEqual([answer, await f.get('a')], ['a #2', 'a #1'])
  })

  it('refuses to touch without a ttl', async () => {
    const f = wrap(numbered())
    await f('a')

    const touching = f.touch('a')

    await assert.rejects(touching, UnsupportedError)
  })

  it('shares entries between functions with one prefix, and keeps those of another apart', async () => {
    const one = wrap(numbered())
    const same = wrap(numbered())
    const other = wrap(numbered(), { keyPrefix: uniquePrefix('other') })
    await one('a')
    await other('b')

    const answers = [await same.get('a'), await other.get('a'), await one.get('b')]

    assert.deepEqual(answers, ['a #1', undefined, undefined])
    assert.equal(await same.delete('a'), true)
    assert.equal(await one.get('a'), undefined)
  })
}
