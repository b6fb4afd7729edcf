import { deepStrictEqual } from 'node:assert'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { cached, lru } from '../lib/index.js'

const then = (resolve: (value: string) => void) => resolve('from then')
const sealed = { '@ring1': {}, value: 'from within' }
const value = fc.constantFrom<unknown>(
  undefined,
  null,
  '',
  'a',
  0,
  -0,
  1,
  Number.NaN,
  true,
  sealed,
  { a: 1 },
  { a: 1 },
  { then },
  [],
)
const operation = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ name: 'call' as const, value: undefined }) },
  fc.record({ name: fc.constantFrom('set', 'put', 'replace', 'freeze', 'delete', 'listen', 'compute'), value }),
)

describe('a hit in memory', () => {
  it('gives what the complete way finds, whatever was done to the entry before', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { maxLength: 12 }), async (operations) => {
        const map = new Map<string, unknown>()
        const f = cached(async (_id: string): Promise<unknown> => 'from a run', { store: map, keyPrefix: 'f' })
        await f('a')
        const pairs: unknown[][] = []

        for (const one of operations) {
          const kept = map.get('f::a') as { value: unknown } | undefined
          if (one.name === 'set') await f.set(one.value, 'a')
          if (one.name === 'put') map.set('f::a', { value: one.value, expires: undefined })
          if (one.name === 'replace' && kept && !Object.isFrozen(kept))
            Object.defineProperty(kept, 'value', { value: one.value, writable: true })
          if (one.name === 'compute' && kept && !Object.isFrozen(kept))
            Object.defineProperty(kept, 'value', { get: () => one.value })
          if (one.name === 'freeze') Object.freeze(kept)
          if (one.name === 'delete') map.delete('f::a')
          if (one.name === 'listen') f.on('hit', () => {})
          const there = map.has('f::a') ? await f.get('a') : 'from a run'
          pairs.push([await f('a'), there], [await f('a'), there])
        }

        expect(pairs.filter(([given, there]) => !Object.is(given, there))).toEqual([])
      }),
      { numRuns: 500 },
    )
  })

  it('is told of each time, with or without a promise that is kept', async () => {
    const f = cached(async (id: string) => ({ id }))
    await f('a')
    const told: unknown[] = []
    f.on('hit', ({ key, args, value }) => told.push({ key, args, value }))

    const given = [await f('a'), await f('a'), await f('a'), await f('a')]

    expect(told).toEqual(given.map((value) => ({ key: f.key('a'), args: ['a'], value })))
    expect(told).toHaveLength(4)
  })

  it('makes no promise where an entry is used again and again', async () => {
    const f = cached(async (id: string) => ({ id }))
    await f('a')
    await f('a')

    const hits = [f('a'), f('a'), f('b')]

    expect(hits[1]).toBe(hits[0])
    expect(hits[2]).not.toBe(hits[0])
    expect(await Promise.all(hits)).toEqual([{ id: 'a' }, { id: 'a' }, { id: 'b' }])
  })

  it('is there after one turn, the first as well as others', async () => {
    const f = cached(async (id: string) => ({ id }))
    await f('a')
    const turns: number[] = []

    for (let hit = 0; hit < 3; hit++) turns.push(await turnsOf(f('a')))

    expect(turns).toEqual([1, 1, 1])
  })

  it('leaves nothing to be seen in the store', async () => {
    const map = new Map<string, unknown>()
    const f = cached(async (id: string) => ({ id }), { store: map, keyPrefix: 'f' })
    for (let call = 0; call < 3; call++) await f('a')

    const kept = map.get('f::a')

    expect(kept).toStrictEqual({ value: { id: 'a' }, expires: undefined })
    deepStrictEqual(kept, { value: { id: 'a' }, expires: undefined })
    expect(Reflect.ownKeys({ ...(kept as object) })).toEqual(['value', 'expires'])
  })

  it('gives a copy to who asks for copies, on a store where another function gives the value itself', async () => {
    const store = lru({ max: 10 })
    const load = async (id: string) => ({ id })
    const itself = cached(load, { store, keyPrefix: 'f' })
    const copies = cached(load, { store, keyPrefix: 'f', coder: 'clone' })
    for (let call = 0; call < 3; call++) await itself('a')

    const given = [await copies('a'), await copies('a'), await itself('a')]

    expect(given).toEqual([{ id: 'a' }, { id: 'a' }, { id: 'a' }])
    expect(new Set(given).size).toBe(3)
  })

  it('survives an entry of the user whose value can be read no more', async () => {
    let broken = false
    const kept = {
      expires: undefined,
      get value() {
        if (broken) throw new Error('no')
        return 'there'
      },
    }
    const map = new Map<string, unknown>()
    const f = cached(async (_id: string) => 'from a run', { store: map, keyPrefix: 'f' })
    await f('a')
    map.set('f::a', kept)
    const before = [await f('a'), await f('a')]
    broken = true

    const after = await f('a')

    expect([...before, after]).toEqual(['there', 'there', 'from a run'])
  })

  it('leaves entries that are used once as light as they were', async () => {
    const map = new Map<string, object>()
    const f = cached(async (id: number) => id, { store: map, keyPrefix: 'f' })
    for (let id = 0; id < 20_000; id++) map.set(`f::${id}`, { value: id, expires: undefined })

    for (let id = 0; id < 20_000; id++) await f(id)

    const heavier = [...map.values()].filter((kept) => Reflect.ownKeys(kept).length > 2)
    expect(heavier).toEqual([])
  })
})

/** How many turns of the microtask queue it takes until a promise is fulfilled. */
async function turnsOf(promise: Promise<unknown>): Promise<number> {
  let turns = 0
  let done = false
  void promise.then(() => {
    done = true
  })
  while (!done) {
    turns += 1
    await undefined
  }
  return turns
}
