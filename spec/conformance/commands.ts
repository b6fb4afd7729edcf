import { expect, it } from '@jest/globals'
import type { StoreCase } from './store-case.js'
import { numbered, useStore } from './subject.js'

/** What the store is asked, command by command. */
export function commands(storeCase: StoreCase): void {
  const subject = useStore(storeCase)
  const { capabilities, commands } = storeCase
  // Where seconds are counted, an entry is asked first for an end of its own, which the command would not move.
  const nativeTouch = storeCase.early === undefined ? [commands.touch] : [commands.get, commands.touch]
  const misses = storeCase.deletesOnMiss ? ['delete', commands.get] : [commands.get]

  it('reads a hit by one command', async () => {
    const f = subject.wrap(numbered())
    await f('a')

    const got = await subject.opened.commandsOf(() => f('a'))

    expect(got).toEqual([commands.get])
  })

  it(`reads a miss by ${misses.join(' and ')}`, async () => {
    const f = subject.wrap(numbered())

    const got = await subject.opened.commandsOf(() => f.get('a'))

    expect(got).toEqual(misses)
  })

  it('reads and writes for a call that misses, and no more', async () => {
    const f = subject.wrap(numbered(), { ttl: 60_000 })

    const got = await subject.opened.commandsOf(() => f('a'))

    expect(got).toEqual([...misses, commands.set])
  })

  it(`reads many by ${capabilities.many === 'native' ? 'one command' : 'a command for each'}`, async () => {
    const f = subject.wrap(numbered())
    await f.setMany([['a'], ['b'], ['c']], ['A', 'B', 'C'])

    const got = await subject.opened.commandsOf(() => f.getMany(['a'], ['b'], ['c']))

    const each = [commands.get, commands.get, commands.get]
    expect(got).toEqual(capabilities.many === 'native' ? [commands.getMany] : each)
  })

  it(`touches by ${capabilities.touch === 'native' ? 'a command of its own, and writes nothing' : 'reading and writing'}`, async () => {
    const f = subject.wrap(numbered(), { ttl: 60_000 })
    await f('a')

    const got = await subject.opened.commandsOf(() => f.touch('a'))

    expect(got).toEqual(capabilities.touch === 'native' ? nativeTouch : [commands.get, commands.set])
  })

  it('never writes for a touch of what is absent', async () => {
    const f = subject.wrap(numbered(), { ttl: 60_000 })

    const got = await subject.opened.commandsOf(() => f.touch('a'))

    expect(got).toEqual(capabilities.touch === 'native' ? nativeTouch.slice(0, 1) : misses)
  })
}
