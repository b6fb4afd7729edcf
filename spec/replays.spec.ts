import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { type Cached, cached, cachedSync, lru } from '../lib/index.js'
import { controlledStore, faultyStore, quiet } from './support/controlled-store.js'

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] })
})
afterEach(() => {
  jest.useRealTimers()
})

type F = Cached<(n: number) => Promise<string>>

/** A Map that can be broken; what is wrong with it is its answer, so it is never left alone. */
class FailingMap extends Map<string, unknown> {
  broken = false
  override set(key: string, value: unknown): this {
    if (this.broken) throw new Error('broken')
    return super.set(key, value)
  }
  override delete(key: string): boolean {
    if (this.broken) throw new Error('broken')
    return super.delete(key)
  }
}

interface Breakable {
  readonly store: object
  break(): void
  mend(): void
}

const stores: [name: string, open: () => Breakable][] = [
  [
    'an adapter',
    () => {
      const { adapter, faults } = faultyStore()
      const set = (fault: 'rejects' | 'none') => () => Object.assign(faults, { set: fault, delete: fault })
      return { store: adapter, break: set('rejects'), mend: set('none') }
    },
  ],
  [
    'a Map',
    () => {
      const store = new FailingMap()
      const set = (broken: boolean) => () => {
        store.broken = broken
      }
      return { store, break: set(true), mend: set(false) }
    },
  ],
]

function setup({ store, ...brk }: Breakable) {
  const fn = jest.fn(async (n: number) => `value of ${n}`)
  const f: F = cached(fn, { store, keyPrefix: 'f', ttl: 60_000 })
  const errors: unknown[] = []
  f.on('error', ({ error }) => errors.push(error))
  return { f, fn, errors, store, ...brk }
}

const failures: [name: string, act: (f: F) => Promise<unknown>][] = [
  ['delete', (f) => f.delete(1)],
  ['set', (f) => f.set('later', 1)],
  ['update', (f) => f.update(1)],
  ['deleteMany', (f) => f.deleteMany([1], [2])],
  ['setMany', (f) => f.setMany([[1], [2]], ['later', 'later'])],
  ['updateMany', (f) => f.updateMany([1], [2])],
  ['storage.delete', (f) => f.storage.delete(f.key(1))],
]

const readers: [name: string, act: (f: F) => Promise<unknown>, expected: unknown][] = [
  ['a call', (f) => f(1), 'value of 1'],
  ['get', (f) => f.get(1), undefined],
  ['has', (f) => f.has(1), false],
  ['touch', (f) => f.touch(1), false],
  ['getMany', (f) => f.getMany([3], [1], [1]), [undefined, undefined, undefined]],
  ['hasMany', (f) => f.hasMany([1], [1]), [false, false]],
  ['touchMany', (f) => f.touchMany([3], [1]), [false, false]],
  ['getOrUpdateMany', (f) => f.getOrUpdateMany([1], [3]), ['value of 1', 'value of 3']],
  ['storage.get', (f) => f.storage.get(f.key(1)), undefined],
  ['storage.has', (f) => f.storage.has(f.key(1)), false],
  ['storage.touch', (f) => f.storage.touch(f.key(1)), false],
]

describe.each(stores)('on %s', (_name, open) => {
  describe.each(failures)('what a %s failed to replace', (_failed, fail) => {
    it.each(readers)('is not there for %s', async (_reader, read, expected) => {
      const { f, break: brk, mend } = setup(open())
      await f.setMany([[1], [2]], ['old', 'old'])
      brk()
      await expect(fail(f)).rejects.toMatchObject({ code: 'ERR_STORE' })
      mend()

      const result = await read(f)

      expect(result).toEqual(expected)
    })
  })

  it('a read of what a delete failed to remove fails while that cannot be made good', async () => {
    const { f, fn, errors, break: brk } = setup(open())
    await f.set('old', 1)
    brk()
    await f.delete(1).catch(() => {})

    const settled = await Promise.allSettled([f(1), f.get(1), f.has(1), f.touch(1)])

    expect(settled[0]).toEqual({ status: 'fulfilled', value: 'value of 1' })
    for (const result of settled.slice(1)) expect(result).toMatchObject({ reason: { code: 'ERR_STORE' } })
    expect(fn).toHaveBeenCalledTimes(1)
    expect(errors[0]).toMatchObject({ operation: 'get', key: 'f::1' })
  })

  it('what was stored since is not removed', async () => {
    const { f, break: brk, mend } = setup(open())
    await f.set('old', 1)
    brk()
    await f.delete(1).catch(() => {})
    mend()

    await f.set('new', 1)
    const { pendingReplays } = f.storage.health
    await jest.advanceTimersByTimeAsync(60_000 - 1)

    expect(pendingReplays).toBe(0)
    expect(await f.get(1)).toBe('new')
  })

  it('what failed is removed in time without a call, and then nothing is left to do', async () => {
    const { f, store, break: brk, mend } = setup(open())
    await f.setMany([[1], [2], [3]], ['old', 'old', 'kept'])
    brk()
    await f.deleteMany([1], [2]).catch(() => {})
    const before = f.storage.health.pendingReplays
    await jest.advanceTimersByTimeAsync(10_000)
    const meanwhile = f.storage.health.pendingReplays
    mend()

    await jest.advanceTimersByTimeAsync(30_000)

    expect([before, meanwhile]).toEqual([2, 2])
    expect(f.storage.health.pendingReplays).toBe(0)
    expect(await f.storage.backend.get('f::1')).toBeUndefined()
    expect(await f.storage.backend.get('f::3')).not.toBeUndefined()
    expect(jest.getTimerCount()).toBe(0)
    expect(store).toBeDefined()
  })

  it('a thousand keys are remembered, and an event tells of each that is not any more', async () => {
    const { f, break: brk } = setup(open())
    const events: unknown[] = []
    f.on('error', (event) => events.push(event))
    brk()

    for (let i = 0; i < 1_002; i++) await f.delete(i).catch(() => {})

    expect(f.storage.health.pendingReplays).toBe(1_000)
    expect(events).toEqual(
      ['f::0', 'f::1'].map((key) => ({
        key,
        args: [],
        error: expect.objectContaining({
          operation: 'delete',
          key,
          message: expect.stringContaining('what is stored there may be older than it'),
        }),
      })),
    )
  })
})

describe('on a Map that cachedSync uses too', () => {
  it('neither trusts what the other failed to replace', async () => {
    const store = new FailingMap()
    const options = { store, keyPrefix: 'f', ttl: 60_000, overload: true }
    const f = cached(async (n: number) => `value of ${n}`, options)
    const g = cachedSync((n: number) => `value of ${n}`, options)
    await f.setMany([[1], [2], [3], [4], [5]], ['old', 'old', 'old', 'old', 'old'])
    store.broken = true
    await f.deleteMany([1], [2], [3]).catch(() => {})
    for (const act of [() => g.delete(4), () => g.set('later', 5)]) expect(act).toThrow('broken')
    store.broken = false

    const answers = [g(1), g.has(2), g.getMany([3]), await f.get(4), await f.get(5)]

    expect(answers).toEqual(['value of 1', false, [undefined], undefined, undefined])
    expect(g.storage.health).toEqual({ state: 'closed', pendingReplays: 0 })
  })

  it('says so where it cannot be made good', () => {
    const store = new FailingMap()
    const g = cachedSync((n: number) => `value of ${n}`, { store, keyPrefix: 'f', ttl: 60_000 })
    g.on('error', () => {})
    g.set('old', 1)
    store.broken = true
    expect(() => g.delete(1)).toThrow()

    const call = g(1)

    expect(call).toBe('value of 1')
    for (const act of [() => g.get(1), () => g.has(1), () => g.touch(1)]) expect(act).toThrow('broken')
  })
})

describe('a replay in the air', () => {
  async function replaying() {
    const controlled = controlledStore()
    const f: F = cached(async (n) => `value of ${n}`, { store: controlled.adapter, keyPrefix: 'f', ttl: 60_000 })
    const deleted = f.delete(1).catch(() => {})
    const first = await controlled.next('delete')
    first.fail(new Error('lost'))
    await deleted
    await jest.advanceTimersByTimeAsync(1_000)
    const replay = await controlled.next('delete')
    return { controlled, f, replay }
  }

  it('comes before a set that began later', async () => {
    const { controlled, f, replay } = await replaying()

    const set = f.set('new', 1)
    await quiet()
    const sets = controlled.count('set')
    replay.finish()
    await controlled.drain()
    await set

    expect(sets).toBe(0)
    expect([...controlled.data.keys()]).toEqual(['f::1'])
    expect(f.storage.health.pendingReplays).toBe(0)
  })

  it('keeps its place after it was given up, so that it cannot undo what comes later', async () => {
    const { controlled, f, replay } = await replaying()
    await jest.advanceTimersByTimeAsync(1_000)

    const set = f.set('new', 1)
    await quiet()
    const sets = controlled.count('set')
    replay.finish()
    await controlled.drain()
    await set

    expect(sets).toBe(0)
    expect([...controlled.data.keys()]).toEqual(['f::1'])
    expect(f.storage.health.pendingReplays).toBe(0)
  })

  it('is not sent again by a read that waits for it', async () => {
    const { controlled, f, replay } = await replaying()

    const read = f.get(1)
    await quiet()
    const reads = controlled.count('get')
    replay.finish()
    await controlled.drain()

    expect(reads).toBe(0)
    expect(await read).toBeUndefined()
    expect(controlled.count('delete')).toBe(2)
  })
})

describe('a delete that was given up on and is done late', () => {
  it('is not done again', async () => {
    const controlled = controlledStore()
    const f: F = cached(async (n) => `value of ${n}`, { store: controlled.adapter, keyPrefix: 'f' })
    const deleted = f.delete(1).catch(() => {})
    const late = await controlled.next('delete')
    await jest.advanceTimersByTimeAsync(1_000)
    await deleted
    const before = f.storage.health.pendingReplays

    late.finish()
    await quiet()

    expect([before, f.storage.health.pendingReplays]).toEqual([1, 0])
    await jest.advanceTimersByTimeAsync(60_000)
    expect(controlled.count('delete')).toBe(1)
  })
})

describe('what failed is made good in the background', () => {
  it('as soon as an operation on another key is answered', async () => {
    const { adapter, faults, count } = faultyStore()
    const f: F = cached(async (n) => `value of ${n}`, { store: adapter, keyPrefix: 'f' })
    Object.assign(faults, { get: 'rejects', delete: 'rejects' })
    await f.deleteMany([1], [2], [3]).catch(() => {})
    const before = count('delete')
    Object.assign(faults, { get: 'none', delete: 'none' })

    await f.get(9)
    await quiet()

    expect(f.storage.health.pendingReplays).toBe(0)
    expect(count('delete') - before).toBe(3)
  })

  it('a hundred at a time', async () => {
    const controlled = controlledStore()
    const f: F = cached(async (n) => `value of ${n}`, { store: controlled.adapter, keyPrefix: 'f' })
    const keys = Array.from({ length: 250 }, (_, i): [number] => [i])
    const removing = f.deleteMany(...keys).catch(() => {})
    await quiet()
    for (const one of [...controlled.pending]) one.fail(new Error('lost'))
    await removing
    const inTheAir: number[] = []

    await jest.advanceTimersByTimeAsync(1_000)
    for (; controlled.pending.length > 0; await quiet()) {
      inTheAir.push(controlled.pending.length)
      for (const one of [...controlled.pending]) one.finish()
    }

    expect(inTheAir).toEqual([1, 100, 100, 49])
    expect(f.storage.health.pendingReplays).toBe(0)
  })

  it('by one timer, less and less often', async () => {
    const { adapter, faults, count } = faultyStore()
    const f: F = cached(async (n) => `value of ${n}`, { store: adapter, keyPrefix: 'f' })
    faults.delete = 'rejects'
    for (let i = 0; i < 10; i++) await f.delete(i).catch(() => {})
    const [timers, before] = [jest.getTimerCount(), count('delete')]

    await jest.advanceTimersByTimeAsync(600_000)
    const tries = count('delete') - before

    expect(timers).toBe(1)
    expect(tries).toBeGreaterThan(600_000 / 60_000 - 1) // one that finds the store left alone is put off once more
    expect(tries).toBeLessThan(60)
    expect(jest.getTimerCount()).toBe(1)
  })

  it('not where nothing failed: values, misses and refused keys are not remembered', async () => {
    const f = cached(async (n: number) => n, { store: lru({ max: 10 }), keyPrefix: 'f' })

    await f(1)
    await f.delete(2)
    await f.set(1, 3)

    expect(f.storage.health).toEqual({ state: 'closed', pendingReplays: 0 })
    expect(Object.isFrozen(f.storage.health)).toBe(true)
    expect(jest.getTimerCount()).toBe(0)
  })
})
