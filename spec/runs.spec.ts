import { beforeEach, describe, expect, it } from '@jest/globals'
import { type Cached, cached } from '../lib/index.js'
import { type ControlledStore, controlledRuns, controlledStore, quiet, type Runs } from './support/controlled-store.js'

interface Tagged {
  tags: string[]
}

let store: ControlledStore
let runs: Runs<Tagged, [number]>
let f: Cached<(n: number) => Promise<Tagged>>

beforeEach(() => {
  store = controlledStore()
  runs = controlledRuns()
  f = cached(runs.fn, { store: store.adapter, keyPrefix: 'f', coder: 'json' as never })
})

const runOf = (n: number) => {
  const run = runs.pending.find(({ args }) => args[0] === n)
  if (run === undefined) throw new Error(`no run of ${n} is pending`)
  return run
}
const stored = async (n: number): Promise<Tagged | undefined> => {
  const got = f.get(n)
  await store.drain()
  return got
}
const changed = (value: Tagged): void => {
  value.tags.push('changed by a caller')
}

describe('what is stored of a run', () => {
  it.each([
    ['an update', () => f.update(1)],
    ['updates of many', () => f.updateMany([1], [2])],
    ['calls of many', () => f.getOrUpdateMany([1], [2])],
  ])('is what the function gave, whatever a caller who joined does to it: %s', async (_name, act) => {
    const acting = act()
    const joined = f(1).then(changed)
    await store.drain()

    for (const run of [...runs.pending]) run.resolve({ tags: [] })
    await store.drain()
    await Promise.all([acting, joined])

    expect(await stored(1)).toEqual({ tags: [] })
  })

  it('belongs to the arguments that were given, though the list is used again meanwhile', async () => {
    const args: [number] = [1]
    const acting = f.getOrUpdateMany(args)
    args[0] = 2
    await store.drain()

    runOf(1).resolve({ tags: ['of 1'] })
    await store.drain()

    expect(await acting).toEqual([{ tags: ['of 1'] }])
    expect([await stored(1), await stored(2)]).toEqual([{ tags: ['of 1'] }, undefined])
  })
})

describe('a flight', () => {
  it('of a lone update lands with its value stored: who joined it finds it', async () => {
    const updating = f.update(1)
    const joined = f(1)
    await quiet()
    runOf(1).resolve({ tags: [] })
    const write = await store.next('set')
    let told = false
    joined.then(() => {
      told = true
    })

    await quiet()

    expect(told).toBe(false)
    write.finish()
    await Promise.all([updating, joined])
  })

  it('of many does not wait for the slowest: a later call runs anew instead of getting an old result', async () => {
    f.getOrUpdateMany([1], [2]).catch(() => {})
    await store.drain()
    runOf(1).resolve({ tags: ['first'] })
    await quiet()

    const later = f(1)
    await store.drain()
    runOf(1).resolve({ tags: ['second'] })
    await store.drain()

    expect(await later).toEqual({ tags: ['second'] })
    expect(await stored(1)).toEqual({ tags: ['second'] })
    runOf(2).resolve({ tags: [] })
    await store.drain()
    expect(await stored(1)).toEqual({ tags: ['second'] })
  })
})
