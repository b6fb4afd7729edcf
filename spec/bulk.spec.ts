import { beforeEach, describe, expect, it } from '@jest/globals'
import { ActionError, type Cached, cached } from '../lib/index.js'
import { type ControlledStore, controlledRuns, controlledStore, quiet, type Runs } from './support/controlled-store.js'

type F = (n: number) => Promise<string>

let store: ControlledStore
let runs: Runs<string, [number]>
let f: Cached<F>

beforeEach(() => {
  store = controlledStore()
  runs = controlledRuns()
  f = cached(runs.fn, { store: store.adapter, keyPrefix: 'f', ttl: 60_000 })
})

async function answering<T>(act: Promise<T>): Promise<T> {
  act.catch(() => {})
  await store.drain()
  return act
}

const runOf = (n: number) => {
  const run = runs.pending.find(({ args }) => args[0] === n)
  if (run === undefined) throw new Error(`no run of ${n} is pending`)
  return run
}

/** Ends every run with `value of n`, and every operation. */
async function finish(): Promise<void> {
  for (await store.drain(); runs.pending.length > 0; await store.drain()) {
    for (const run of [...runs.pending]) run.resolve(`value of ${run.args[0]}`)
  }
}

describe('getOrUpdateMany', () => {
  it('reads once, runs once for each distinct missing key, writes once, and keeps the order', async () => {
    await answering(f.set('stored', 2))
    const all = f.getOrUpdateMany([3], [2], [1], [3])
    await quiet()
    expect(store.pending.map(({ operation, key }) => `${operation} ${key}`)).toEqual([
      'get f::3',
      'get f::2',
      'get f::1',
    ])
    await store.drain()
    expect(runs.pending.map(({ args }) => args[0])).toEqual([3, 1])
    runOf(3).resolve('c')
    await quiet()
    expect(store.pending).toEqual([])

    runOf(1).resolve('a')
    await quiet()

    expect(store.pending.map(({ operation, key }) => `${operation} ${key}`)).toEqual(['set f::3', 'set f::1'])
    expect(await answering(all)).toEqual(['c', 'stored', 'a', 'c'])
  })

  it('joins the runs of calls that are under way, and lets calls join its own', async () => {
    const before = f(1)
    await store.drain()
    const all = f.getOrUpdateMany([1], [2])
    await store.drain()
    const after = f(2)

    await finish()

    expect(await Promise.all([before, all, after])).toEqual(['value of 1', ['value of 1', 'value of 2'], 'value of 2'])
    expect(runs.count).toBe(2)
  })

  it('joins an update, whatever is stored', async () => {
    await answering(f.set('old', 1))
    const updated = f.update(1)
    const all = f.getOrUpdateMany([1], [2])

    await finish()

    expect(await Promise.all([updated, all])).toEqual(['value of 1', ['value of 1', 'value of 2']])
    expect(runs.count).toBe(2)
  })

  it('lets all runs settle, stores what succeeded, then rejects with the first error in the order of the list', async () => {
    const all = f.getOrUpdateMany([1], [2], [3])
    let settled = false
    all
      .catch(() => {})
      .finally(() => {
        settled = true
      })
    await store.drain()

    runOf(3).reject(new Error('of 3'))
    runOf(2).reject(new Error('of 2'))
    await store.drain()
    expect(settled).toBe(false)
    runOf(1).resolve('a')

    await expect(answering(all)).rejects.toThrow('of 2')
    expect(await answering(f.getMany([1], [2], [3]))).toEqual(['a', undefined, undefined])
  })

  it('does not write what was deleted meanwhile, and writes the rest', async () => {
    const all = f.getOrUpdateMany([1], [2])
    await store.drain()
    await answering(f.delete(1))

    await finish()

    expect(await all).toEqual(['value of 1', 'value of 2'])
    expect(await answering(f.getMany([1], [2]))).toEqual([undefined, 'value of 2'])
  })

  it('reads nothing where every key has a run to join', async () => {
    const updated = f.updateMany([1], [2])
    const all = f.getOrUpdateMany([2], [1])

    await finish()

    await updated
    expect(await all).toEqual(['value of 2', 'value of 1'])
    expect(store.count('get')).toBe(0)
  })

  it('leaves nothing that a later call would join', async () => {
    const all = f.getOrUpdateMany([1], [2])
    await finish()
    await all
    store.data.clear()

    const again = f(1)
    await finish()

    expect(await again).toBe('value of 1')
    expect(runs.count).toBe(3)
  })
})

describe('updateMany', () => {
  it('runs once for each distinct key, whatever is stored, and writes once', async () => {
    await answering(f.setMany([[1], [2]], ['old', 'old']))
    const sets = store.count('set')

    const all = f.updateMany([1], [2], [1])
    await finish()

    expect(await all).toEqual(['value of 1', 'value of 2', 'value of 1'])
    expect([store.count('get'), store.count('set') - sets, runs.count]).toEqual([0, 2, 2])
    expect(await answering(f.getMany([1], [2]))).toEqual(['value of 1', 'value of 2'])
  })

  it('stores what succeeded and rejects with the first error in order', async () => {
    const all = f.updateMany([1], [2], [3])
    runOf(3).reject(new Error('of 3'))
    runOf(1).reject(new Error('of 1'))
    runOf(2).resolve('b')

    await expect(answering(all)).rejects.toThrow('of 1')

    expect(await answering(f.getMany([1], [2], [3]))).toEqual([undefined, 'b', undefined])
  })
})

describe('executeMany', () => {
  it('runs for each item, duplicates too, past the cache', async () => {
    await answering(f.set('stored', 1))
    const operations = store.count('get') + store.count('set')
    const all = f.executeMany([1], [1], [2])

    await finish()

    expect(await all).toEqual(['value of 1', 'value of 1', 'value of 2'])
    expect([runs.count, store.count('get') + store.count('set')]).toEqual([3, operations])
  })

  it('lets all settle, then rejects with the first error in order', async () => {
    const all = f.executeMany([1], [2], [3])
    runOf(3).reject(new Error('of 3'))
    runOf(2).reject(new Error('of 2'))
    runOf(1).resolve('a')

    await expect(all).rejects.toThrow('of 2')
  })
})

describe('setMany', () => {
  it('stores each value, of several for one key the last', async () => {
    await answering(f.setMany([[1], [2], [1]], ['first', 'b', 'last']))

    expect(await answering(f.getMany([1], [2]))).toEqual(['last', 'b'])
    expect(store.count('set')).toBe(2)
  })

  it.each([
    ['fewer values', [[1], [2]], ['a'], '2 and 1'],
    ['more values', [[1]], ['a', 'b'], '1 and 2'],
    ['no list of values', [[1]], 'a', '1 and string'],
    ['no list of arguments', 1, ['a'], 'number and 1'],
  ])('stores nothing where it is given %s', async (_name, argsList, values, got) => {
    const all = f.setMany(argsList as never, values as never)

    await expect(answering(all)).rejects.toThrow(ActionError)
    await expect(all).rejects.toThrow(`a list of arguments and a list of values of the same length, got ${got}`)
    expect(store.count('set')).toBe(0)
  })

  it('stores nothing where one item cannot be a key', async () => {
    const all = f.setMany([[1], [Symbol('s') as never]], ['a', 'b'])

    await expect(answering(all)).rejects.toMatchObject({ code: 'ERR_KEY' })
    expect(store.count('set')).toBe(0)
  })
})

describe('deleteMany, hasMany, touchMany and getMany', () => {
  it('tell of each item in order, duplicates too', async () => {
    await answering(f.setMany([[1], [3]], ['a', 'c']))

    const told = [
      await answering(f.hasMany([1], [2], [3], [1])),
      await answering(f.touchMany([1], [2], [3], [1])),
      await answering(f.getMany([1], [2], [3], [1])),
      await answering(f.deleteMany([1], [2], [3], [1])),
      await answering(f.hasMany([1], [2], [3], [1])),
    ]

    const found = [true, false, true, true]
    expect(told).toEqual([found, found, ['a', undefined, 'c', 'a'], found, [false, false, false, false]])
  })

  it('are one write for two items of one key', async () => {
    await answering(f.deleteMany([1], [1]))

    expect(store.count('delete')).toBe(1)
  })
})

describe('every bulk control', () => {
  it('gives an empty list for an empty list, without asking the store', async () => {
    const lists = await Promise.all([
      f.getMany(),
      f.getOrUpdateMany(),
      f.updateMany(),
      f.executeMany(),
      f.deleteMany(),
      f.hasMany(),
      f.touchMany(),
      f.setMany([], []),
      f.keyMany(),
    ])

    expect(lists).toEqual([[], [], [], [], [], [], [], undefined, []])
    expect(store.count('get') + store.count('set') + store.count('delete')).toBe(0)
  })
})
