import { expect, it, jest } from '@jest/globals'
import { UnsupportedError } from '../../lib/index.js'
import { uniquePrefix } from '../support/servers.js'
import type { StoreCase } from './store-case.js'
import { numbered, useStore } from './subject.js'

/** Every control of one call. */
export function controls(storeCase: StoreCase): void {
  const subject = useStore(storeCase)

  it('runs the function for a miss, and answers a hit from the store', async () => {
    const run = numbered()
    const f = subject.wrap(run)

    const answers = [
      await f('a'),
      await f('a'),
      await f.getOrUpdate('a'),
      await f.run('getOrUpdate', 'a'),
      await f('b'),
    ]

    expect(answers).toEqual(['a #1', 'a #1', 'a #1', 'a #1', 'b #2'])
    expect(run).toHaveBeenCalledTimes(2)
  })

  it('runs the function once for concurrent calls', async () => {
    const run = numbered()
    const f = subject.wrap(run)

    const answers = await Promise.all([f('a'), f('a'), f.getOrUpdate('a')])

    expect(answers).toEqual(['a #1', 'a #1', 'a #1'])
  })

  it('gets a stored value, else missValue, and never runs the function', async () => {
    const run = numbered()
    const f = subject.wrap(run, { missValue: 'nothing' })
    await f.set('stored', 'a')

    const answers = [await f.get('a'), await f.get('b')]

    expect(answers).toEqual(['stored', 'nothing'])
    expect(run).not.toHaveBeenCalled()
  })

  it('gives undefined for a miss where no missValue is set', async () => {
    const f = subject.wrap(numbered())

    const answer = await f.get('a')

    expect(answer).toBeUndefined()
  })

  it('keeps undefined and null, which are no misses', async () => {
    const run = jest.fn(async (x: unknown) => x)
    const f = subject.wrap(run, { missValue: 'nothing' })
    const values = [undefined, null, false, 0, '']

    const answers = await Promise.all(values.map(async (value) => [await f(value), await f(value), await f.get(value)]))

    expect(answers).toEqual(values.map((value) => [value, value, value]))
    expect(run).toHaveBeenCalledTimes(values.length)
    expect(await f.hasMany(...values.map((value): [unknown] => [value]))).toEqual(values.map(() => true))
  })

  it('sets a value that calls then answer with', async () => {
    const f = subject.wrap(numbered())

    await f.set('set', 'a')

    expect([await f('a'), await f.get('a'), await f('b')]).toEqual(['set', 'set', 'b #1'])
  })

  it('updates by running the function, whatever is stored', async () => {
    const f = subject.wrap(numbered())
    await f('a')

    const answer = await f.update('a')

    expect([answer, await f('a'), await f.get('a')]).toEqual(['a #2', 'a #2', 'a #2'])
  })

  it('deletes one entry, and tells whether it was there', async () => {
    const f = subject.wrap(numbered())
    await f('a')
    await f('b')

    const told = [await f.delete('a'), await f.delete('a'), await f.delete('never')]

    const absent = !storeCase.capabilities.deleteTells
    expect(told).toEqual([true, absent, absent])
    expect([await f.get('a'), await f.get('b')]).toEqual([undefined, 'b #2'])
  })

  it('has what is stored, and nothing else', async () => {
    const f = subject.wrap(numbered())
    await f('a')

    const told = [await f.has('a'), await f.has('b')]
    await f.delete('a')

    expect([...told, await f.has('a')]).toEqual([true, false, false])
  })

  it('executes past the store', async () => {
    const f = subject.wrap(numbered())
    await f('a')

    const answer = await f.execute('a')

    expect([answer, await f.get('a')]).toEqual(['a #2', 'a #1'])
  })

  it('touches what is there, with the value as it was', async () => {
    const f = subject.wrap(numbered(), { ttl: 60_000 })
    await f('a')

    const told = [await f.touch('a'), await f.touch('b')]

    expect(told).toEqual([true, false])
    expect(await f.get('a')).toBe('a #1')
  })

  it('refuses to touch without a ttl', async () => {
    const f = subject.wrap(numbered())
    await f('a')

    const touching = f.touch('a')

    await expect(touching).rejects.toThrow(UnsupportedError)
  })

  it('shares entries between functions with one prefix, and keeps those of another apart', async () => {
    const one = subject.wrap(numbered())
    const same = subject.wrap(numbered())
    const other = subject.wrap(numbered(), { keyPrefix: uniquePrefix('other') })
    await one('a')
    await other('b')

    const answers = [await same.get('a'), await other.get('a'), await one.get('b')]

    expect(answers).toEqual(['a #1', undefined, undefined])
    expect(await same.delete('a')).toBe(true)
    expect(await one.get('a')).toBeUndefined()
  })

  it('offers the same by key: fn.storage', async () => {
    const f = subject.wrap(numbered())
    const key = f.key('a')

    await f.storage.set(key, 'by key', 60_000)

    expect([await f.get('a'), await f.storage.get(key), await f.storage.has(key)]).toEqual(['by key', 'by key', true])
    expect([await f.storage.touch(key, 90_000), await f.storage.touch(f.key('b'), 90_000)]).toEqual([true, false])
    expect(await subject.opened.timeLeft(key)).toBeGreaterThan(70_000)
    expect([await f.storage.delete(key), await f.storage.has(key), await f.storage.get(key)]).toEqual([
      true,
      false,
      undefined,
    ])
  })

  it('declares what the store can do', () => {
    const f = subject.wrap(numbered())

    const declared = f.storage.capabilities

    expect(declared).toEqual(storeCase.capabilities)
  })
}
