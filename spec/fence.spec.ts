import { describe, expect, it, jest } from '@jest/globals'
import { beginTurn, endTurn, inTurn, isFenced, isOvertaken, markStored, mayLag } from '../lib/fence.js'
import type { Attempt } from '../lib/storage/storage.js'
import { controlledRuns, quiet } from './support/controlled-store.js'

const newAttempt = (): Attempt => ({ givenUp: false, onGiveUp: undefined, timeout: 1_000 })

function setup() {
  const store = {}
  const writes = controlledRuns<void, [string]>()
  const write = (name: string, ...keys: string[]) => {
    const turns = keys.map((key) => beginTurn(store, key, true))
    const attempt = newAttempt()
    const done = Promise.resolve(inTurn(turns, attempt, () => writes.fn(name)))
    done.catch(() => {})
    return {
      done,
      attempt,
      end: () => turns.forEach(endTurn),
    }
  }
  const end = async (name: string) => {
    writes.pending.find(({ args }) => args[0] === name)?.resolve()
    await quiet()
  }
  const inTheAir = () => writes.pending.map(({ args }) => args[0])
  return { store, write, end, inTheAir, writes }
}

describe('the order of a key', () => {
  it('fences what began before a set, delete or update, and nothing that began later', () => {
    const store = {}
    const before = beginTurn(store, 'k', false)
    const fence = beginTurn(store, 'k', true)
    const after = beginTurn(store, 'k', false)

    const fenced = [before, fence, after].map(isFenced)

    expect(fenced).toEqual([true, false, false])
  })

  it('knows what has been overtaken by the write of something that began later', () => {
    const store = {}
    const turns = [beginTurn(store, 'k', false), beginTurn(store, 'k', false), beginTurn(store, 'k', false)]

    for (const turn of turns.slice(1, 2)) markStored(turn)

    expect(turns.map(isOvertaken)).toEqual([true, false, false])
  })

  it('knows which reads may lag behind a fence that has ended', () => {
    const store = {}
    const fence = beginTurn(store, 'k', true)
    const during = beginTurn(store, 'k', false)
    const update = beginTurn(store, 'k', true)

    endTurn(fence)

    const after = beginTurn(store, 'k', false)
    expect([during, update, after].map(mayLag)).toEqual([true, false, false])
  })

  it('is one for each key of each store', () => {
    const store = {}
    const turn = beginTurn(store, 'k', false)

    beginTurn(store, 'other', true)
    beginTurn({}, 'k', true)

    expect(isFenced(turn)).toBe(false)
  })

  it('is forgotten when all that began has ended', () => {
    const store = {}
    const turns = [beginTurn(store, 'k', false), beginTurn(store, 'k', true)]

    turns.forEach(endTurn)

    expect(beginTurn(store, 'k', false).number).toBe(1)
  })

  it('is kept while a write is in the air whose operation has ended', async () => {
    const { store, write, end } = setup()
    const first = write('first', 'k')

    first.end()

    expect(beginTurn(store, 'k', false).number).toBe(2)
    await end('first')
  })
})

describe('writes on one key', () => {
  it('go one after the other, in the order in which they came', async () => {
    const { write, end, inTheAir } = setup()
    write('a', 'k')
    write('b', 'k')
    write('c', 'k')

    const seen = [inTheAir()]
    for (const name of ['a', 'b', 'c']) {
      await end(name)
      seen.push(inTheAir())
    }

    expect(seen).toEqual([['a'], ['b'], ['c'], []])
  })

  it('go on when one of them fails, at once or later', async () => {
    const { writes, write, inTheAir } = setup()
    const first = write('a', 'k')
    write('b', 'k')

    writes.pending[0]?.reject(new Error('no'))

    await expect(first.done).rejects.toThrow('no')
    expect(inTheAir()).toEqual(['b'])
  })

  it('wait for the real end of one that was given up on', async () => {
    const { write, end, inTheAir } = setup()
    const first = write('a', 'k')
    first.attempt.givenUp = true
    first.attempt.onGiveUp?.()
    write('b', 'k')
    expect(inTheAir()).toEqual(['a'])

    await end('a')

    expect(inTheAir()).toEqual(['b'])
  })

  it('pass one that never ends, ten times the patience of its caller after it was given up on', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate'] })
    const { write, inTheAir } = setup()
    const { attempt, end } = write('stuck', 'k')
    write('next', 'k')
    attempt.givenUp = true
    attempt.onGiveUp?.()
    end()

    jest.advanceTimersByTime(9_999)
    await quiet()
    expect(inTheAir()).toEqual(['stuck'])
    jest.advanceTimersByTime(1)
    await quiet()

    expect(inTheAir()).toEqual(['stuck', 'next'])
    jest.useRealTimers()
  })

  it('keep their place when one that was passed ends after all', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate'] })
    const { write, end, inTheAir } = setup()
    const { attempt } = write('stuck', 'k')
    write('next', 'k')
    write('last', 'k')
    attempt.givenUp = true
    attempt.onGiveUp?.()
    jest.advanceTimersByTime(10_000)
    jest.useRealTimers()
    await quiet()

    await end('stuck')

    expect(inTheAir()).toEqual(['next'])
    await end('next')
    expect(inTheAir()).toEqual(['last'])
  })

  it('are dropped, and leave nothing, when they are given up on while they wait', async () => {
    const { store, write, end, inTheAir, writes } = setup()
    const all = [write('a', 'k'), write('b', 'k'), write('c', 'k')]

    all[1]?.attempt.onGiveUp?.()
    await end('a')

    expect(inTheAir()).toEqual(['c'])
    await end('c')
    for (const one of all) one.end()
    expect(writes.count).toBe(2)
    expect(beginTurn(store, 'k', false).number).toBe(1)
  })

  it('of many keys wait for all of these, and hold up all of these', async () => {
    const { write, end, inTheAir } = setup()
    write('a', 'k1')
    write('b', 'k2')
    write('both', 'k1', 'k2')
    write('last', 'k2')
    const seen = [inTheAir()]

    for (const name of ['b', 'a', 'both', 'last']) {
      await end(name)
      seen.push(inTheAir())
    }

    expect(seen).toEqual([['a', 'b'], ['a'], ['both'], ['last'], []])
  })

  it('of many keys that cross each other never wait for each other', async () => {
    const { store, write, end, inTheAir } = setup()
    const all = [write('1', 'a', 'b'), write('2', 'b', 'c'), write('3', 'c', 'a'), write('4', 'a', 'b', 'c')]

    for (const name of ['1', '2', '3', '4']) await end(name)

    expect(inTheAir()).toEqual([])
    for (const one of all) one.end()
    expect(['a', 'b', 'c'].map((key) => beginTurn(store, key, false).number)).toEqual([1, 1, 1])
  })

  it('that throw leave the key free', async () => {
    const store = {}
    const turn = beginTurn(store, 'k', true)

    expect(() =>
      inTurn([turn], newAttempt(), () => {
        throw new Error('at once')
      }),
    ).toThrow('at once')

    endTurn(turn)
    expect(beginTurn(store, 'k', false).number).toBe(1)
  })
})
