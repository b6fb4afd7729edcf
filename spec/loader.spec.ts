import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { ActionError } from '../lib/index.js'
import { createLoader, type Load } from '../lib/loader.js'
import type { Batch } from '../lib/options.js'
import { quiet } from './support/controlled-store.js'

type Lists = readonly unknown[][]

/** A loader that notes each list it was given, and the receiver. */
function loader(batch: Batch = {}, answer: (lists: Lists) => unknown = (lists) => lists.map(([n]) => `of ${n}`)) {
  const lists: Lists[] = []
  const receivers: unknown[] = []
  const load: Load = createLoader(function (this: unknown, given) {
    lists.push(given.map((args) => [...args]))
    receivers.push(this)
    return answer(given)
  }, batch)
  return { load: (...args: unknown[]) => load(undefined, args), loadOn: load, lists, receivers }
}

/** The results, or the errors, of loads of 1 and more. */
const settled = (load: (n: number) => Promise<unknown>, count: number) =>
  Promise.allSettled(Array.from({ length: count }, (_, i) => load(i + 1)))

describe('loads without a wait', () => {
  it('are one list when they are made in one turn of the event loop, whichever jobs made them', async () => {
    const { load, lists } = loader()
    const results = [load(1)]
    Promise.resolve().then(() => results.push(load(2)))
    process.nextTick(() => Promise.resolve().then(() => results.push(load(3))))

    await quiet()

    expect(lists).toEqual([[[1], [2], [3]]])
    expect(await Promise.all(results)).toEqual(['of 1', 'of 2', 'of 3'])
  })

  it('are a list of their own in the next turn', async () => {
    const { load, lists } = loader()
    const first = load(1)
    await quiet()

    const second = load(2)

    expect(await Promise.all([first, second])).toEqual(['of 1', 'of 2'])
    expect(lists).toEqual([[[1]], [[2]]])
  })

  it('are a list of their own when loadMany makes them', async () => {
    const { load, lists } = loader({}, async ([args]) => [args?.[0] === 1 ? await load(2) : args?.[0]])

    const result = await load(1)

    expect(result).toBe(2)
    expect(lists).toEqual([[[1]], [[2]]])
  })

  it('give complete lists of arguments, which are for loadMany to change', async () => {
    const { loadOn, lists } = loader({}, (all) => all.map((args) => args.splice(0).length))
    const args = [1, 'deep', undefined]

    const result = await loadOn(undefined, args)

    expect(result).toBe(3)
    expect(lists).toEqual([[[1, 'deep', undefined]]])
    expect(args).toEqual([1, 'deep', undefined])
  })

  it('of different receivers are lists of their own, each run with its receiver', async () => {
    const { loadOn, lists, receivers } = loader()
    const [one, other] = [{}, {}]

    const results = await Promise.all([loadOn(one, [1]), loadOn(other, [2]), loadOn(one, [3])])

    expect(results).toEqual(['of 1', 'of 2', 'of 3'])
    expect(lists).toEqual([[[1], [3]], [[2]]])
    expect([receivers[0] === one, receivers[1] === other]).toEqual([true, true])
  })
})

describe('maxSize', () => {
  it('splits a list, and what is complete goes at once', async () => {
    const { load, lists } = loader({ maxSize: 2 })

    const loading = [load(1), load(2), load(3), load(4), load(5)]

    expect(lists).toEqual([
      [[1], [2]],
      [[3], [4]],
    ])
    expect(await Promise.all(loading)).toEqual(['of 1', 'of 2', 'of 3', 'of 4', 'of 5'])
    expect(lists.slice(2)).toEqual([[[5]]])
  })

  it('counts for each receiver', async () => {
    const { loadOn, lists } = loader({ maxSize: 2 })
    const [one, other] = [{}, {}]

    await Promise.all([loadOn(one, [1]), loadOn(other, [2]), loadOn(other, [3])])

    expect(lists).toEqual([[[2], [3]], [[1]]])
  })
})

describe('a wait', () => {
  beforeEach(() => void jest.useFakeTimers())
  afterEach(() => void jest.useRealTimers())

  it('gathers what comes until it has passed since the first', async () => {
    const { load, lists } = loader({ wait: 100 })
    const results = [load(1)]
    await jest.advanceTimersByTimeAsync(99)
    results.push(load(2))
    const before = lists.length

    await jest.advanceTimersByTimeAsync(1)

    expect(before).toBe(0)
    expect(lists).toEqual([[[1], [2]]])
    expect(await Promise.all(results)).toEqual(['of 1', 'of 2'])
    expect(jest.getTimerCount()).toBe(0)
  })

  it('ends with maxSize, and the next load begins another', async () => {
    const { load, lists } = loader({ wait: 100, maxSize: 2 })
    const results = [load(1)]
    await jest.advanceTimersByTimeAsync(60)
    results.push(load(2), load(3))
    const full = [...lists]
    await jest.advanceTimersByTimeAsync(99)
    const before = lists.length

    await jest.advanceTimersByTimeAsync(1)

    expect(full).toEqual([[[1], [2]]])
    expect(before).toBe(1)
    expect(lists.slice(1)).toEqual([[[3]]])
    expect(await Promise.all(results)).toEqual(['of 1', 'of 2', 'of 3'])
  })
})

it('a wait keeps the process, as its callers wait for it', async () => {
  const timers = () => process.getActiveResourcesInfo().filter((type) => type === 'Timeout').length
  const { load } = loader({ wait: 10 })
  const before = timers()

  const loading = load(1)

  expect(timers()).toBe(before + 1)
  await loading
  expect(timers()).toBe(before)
})

describe('what loadMany gives', () => {
  it.each([
    ['at once', () => ['a', undefined]],
    ['by a promise', async () => ['a', undefined]],
    // biome-ignore lint/suspicious/noThenProperty: any thenable may be given
    ['by a thenable', () => ({ then: (told: (list: unknown[]) => void) => told(['a', undefined]) })],
  ])('%s is the result of each load, in their order', async (_name, answer) => {
    const { load } = loader({}, answer)

    const results = await Promise.all([load(1), load(2)])

    expect(results).toEqual(['a', undefined])
  })

  it.each([
    ['an Error', new Error('not this one')],
    ['an error of a class', new RangeError('nor this')],
    ['an error of another realm', runInNewContext("new Error('of elsewhere')")],
    ['an object that has Error as its prototype', Object.create(Error.prototype)],
    ['a promise of an Error', Promise.resolve(new Error('late'))],
  ])('%s fails that load alone, by that very error', async (_name, item) => {
    const { load } = loader({}, () => ['a', item, 'c'])

    const results = await settled(load, 3)

    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect((results[1] as PromiseRejectedResult).reason === (await item)).toBe(true)
  })

  it.each([
    ['a shorter list', () => ['a'], 'an array of 1'],
    ['a longer list', () => ['a', 'b', 'c'], 'an array of 3'],
    ['an empty list', async () => [], 'an array of 0'],
    ['nothing', () => {}, 'undefined'],
    ['null', async () => null, 'null'],
    ['an object by position', () => ({ 0: 'a', 1: 'b', length: 2 }), 'an object (Object)'],
    ['a set', () => new Set(['a', 'b']), 'an object (Set)'],
    ['text as long as the list', () => 'ab', 'a string of 2 characters'],
    ['a shorter list with a promise that rejects', () => [Promise.reject(new Error('nobody hears'))], 'an array of 1'],
  ])('%s is an ActionError for every load', async (_name, answer, got) => {
    const { load } = loader({}, answer)

    const results = await settled(load, 2)

    for (const result of results) {
      const { reason } = result as PromiseRejectedResult
      expect(reason).toBeInstanceOf(ActionError)
      expect(reason.message).toBe(
        `loadMany must give an array of a result, or an Error, for each list of arguments, in their order: 2 in all; got ${got}`,
      )
    }
  })

  it.each([
    ['throws', (reason: unknown) => () => fails(reason)],
    ['rejects', (reason: unknown) => async () => fails(reason)],
    [
      'gives an item that cannot be read',
      (reason: unknown) => () => Object.defineProperty(['a', 'b'], 1, { get: () => fails(reason) }),
    ],
  ])('is for every load what it fails with, unchanged, where it %s', async (_name, answering) => {
    const reasons = [new Error('no'), 'text', undefined]

    const results = await Promise.all(reasons.map((reason) => settled(loader({}, answering(reason)).load, 2)))

    for (const [i, [one, other]] of results.entries()) {
      expect([one, other]).toEqual([
        { status: 'rejected', reason: reasons[i] },
        { status: 'rejected', reason: reasons[i] },
      ])
    }
  })
})

it('a list that failed leaves the next one alone', async () => {
  const answers = [() => fails(new Error('no')), () => ['second']]
  const { load } = loader({}, () => answers.shift()?.())
  await load(1).catch(() => {})

  const result = await load(1)

  expect(result).toBe('second')
})

it('nothing is kept of a receiver when its loads have ended', async () => {
  const { loadOn, receivers } = loader()
  let receiver: object | undefined = { big: new Uint8Array(1_000) }
  await loadOn(receiver, [1])
  const ref = new WeakRef(receiver)
  receivers.length = 0
  receiver = undefined

  await collected(ref)

  expect(ref.deref()).toBeUndefined()
})

setFlagsFromString('--expose-gc')
const gc: () => void = runInNewContext('gc')

function fails(reason: unknown): never {
  throw reason
}

async function collected(ref: WeakRef<object>): Promise<void> {
  const deadline = performance.now() + 10_000
  while (ref.deref() !== undefined && performance.now() < deadline) {
    await quiet()
    gc()
  }
}
