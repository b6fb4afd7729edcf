import { expect, it } from '@jest/globals'
import { ActionError } from '../../lib/index.js'
import type { StoreCase } from './store-case.js'
import { numbered, useStore } from './subject.js'

/** Every control of many calls. */
export function bulk(storeCase: StoreCase): void {
  const subject = useStore(storeCase)

  it('gets many in order, with misses and duplicates', async () => {
    const f = subject.wrap(numbered(), { missValue: 'nothing' })
    await f.setMany([['a'], ['c']], ['A', 'C'])

    const answers = await f.getMany(['c'], ['b'], ['a'], ['c'])

    expect(answers).toEqual(['C', 'nothing', 'A', 'C'])
  })

  it('runs the function once for each distinct miss among many', async () => {
    const run = numbered()
    const f = subject.wrap(run)
    await f.set('A', 'a')

    const answers = await f.getOrUpdateMany(['b'], ['a'], ['c'], ['b'])

    expect(answers).toEqual(['b #1', 'A', 'c #2', 'b #1'])
    expect(await f.getMany(['a'], ['b'], ['c'])).toEqual(['A', 'b #1', 'c #2'])
  })

  it('sets many; of two for one key the later stands', async () => {
    const f = subject.wrap(numbered())

    await f.setMany([['a'], ['b'], ['a']], ['A', 'B', 'later'])

    expect(await f.getMany(['a'], ['b'])).toEqual(['later', 'B'])
  })

  it('refuses lists of different lengths, and stores nothing', async () => {
    const f = subject.wrap(numbered())

    const setting = f.setMany([['a'], ['b']], ['A'])

    await expect(setting).rejects.toThrow(ActionError)
    expect(await f.hasMany(['a'], ['b'])).toEqual([false, false])
  })

  it('updates many, each distinct one once', async () => {
    const f = subject.wrap(numbered())
    await f('a')

    const answers = await f.updateMany(['a'], ['b'], ['a'])

    expect(answers).toEqual(['a #2', 'b #3', 'a #2'])
    expect(await f.getMany(['a'], ['b'])).toEqual(['a #2', 'b #3'])
  })

  it('deletes many, and tells of each', async () => {
    const f = subject.wrap(numbered())
    await f.setMany([['a'], ['b'], ['c']], ['A', 'B', 'C'])

    const told = await f.deleteMany(['a'], ['never'], ['c'], ['a'])

    expect(told).toEqual([true, !storeCase.capabilities.deleteTells, true, true])
    expect(await f.getMany(['a'], ['b'], ['c'])).toEqual([undefined, 'B', undefined])
  })

  it('has many, in order', async () => {
    const f = subject.wrap(numbered())
    await f.setMany([['a'], ['c']], ['A', 'C'])

    const told = await f.hasMany(['c'], ['b'], ['a'], ['c'])

    expect(told).toEqual([true, false, true, true])
  })

  it('touches many, and tells of each', async () => {
    const f = subject.wrap(numbered(), { ttl: 60_000 })
    await f.setMany([['a'], ['c']], ['A', 'C'])

    const told = await f.touchMany(['a'], ['b'], ['c'], ['a'])

    expect(told).toEqual([true, false, true, true])
    expect(await f.getMany(['a'], ['b'], ['c'])).toEqual(['A', undefined, 'C'])
  })

  it('executes many past the store', async () => {
    const f = subject.wrap(numbered())
    await f.set('A', 'a')

    const answers = await f.executeMany(['a'], ['a'])

    expect(answers).toEqual(['a #1', 'a #2'])
    expect(await f.get('a')).toBe('A')
  })

  it('gives an empty list for an empty list, and asks the store nothing', async () => {
    const f = subject.wrap(numbered(), { ttl: 60_000 })

    const answers: unknown[] = []
    const commands = await subject.opened.commandsOf(async () => {
      answers.push(await f.getMany(), await f.getOrUpdateMany(), await f.updateMany(), await f.executeMany())
      answers.push(await f.deleteMany(), await f.hasMany(), await f.touchMany(), await f.setMany([], []))
    })

    expect(answers).toEqual([[], [], [], [], [], [], [], undefined])
    expect(commands).toEqual([])
  })

  it('does by key(s) and by name what it does by control', async () => {
    const f = subject.wrap(numbered())

    const keys = f.keyMany(['a'], ['b'])

    expect(keys).toEqual([f.key('a'), f.key('b')])
    expect(await f.run('getOrUpdateMany', ['a'], ['b'])).toEqual(await f.getMany(['a'], ['b']))
  })

  // A command takes 1,000 keys; an LRU of the suite holds 100 entries.
  const most = storeCase.clock === 'real' && storeCase.capabilities.many === 'native' ? 2_500 : 90

  it(`stores ${most} entries at once and reads them back in order`, async () => {
    const f = subject.wrap(async (n: number) => n)
    const many = Array.from({ length: most }, (_, n): [number] => [n])

    const answers = await f.getOrUpdateMany(...many)

    expect(answers).toEqual(many.flat())
    expect(await f.getMany(...many)).toEqual(many.flat())
  })
}
