import { describe, expect, it, jest } from '@jest/globals'
import { cached, cachedSync } from '../../lib/index.js'
import { controlledRuns, quiet } from '../support/controlled-store.js'

function setup(options: { ttl?: number } = {}) {
  const store = new Map<string, unknown>()
  const runs = controlledRuns<string, [number]>()
  const slow = cached(runs.fn, { store, keyPrefix: 'f', ...options })
  const quick = cachedSync((n: number) => `sync ${n}`, { store, keyPrefix: 'f', ...options })
  return { store, runs, slow, quick }
}

describe('one Map shared by cached and cachedSync', () => {
  it('has the entries of either for the other', async () => {
    const { slow, quick } = setup({ ttl: 5_000 })
    quick(1)
    await slow.set('set', 2)

    const answers = [await slow(1), quick(2), quick.delete(1), await slow.has(1), await slow.touch(2)]

    expect(answers).toEqual(['sync 1', 'set', true, false, true])
  })

  it.each([
    ['set', (f: Quick) => f.set('later', 1), 'later'],
    ['delete', (f: Quick) => f.delete(1), undefined],
    ['update', (f: Quick) => f.update(1), 'sync 1'],
    ['call', (f: Quick) => f(1), 'sync 1'],
    ['storage.set', (f: Quick) => f.storage.set('f::1', 'by key'), 'by key'],
    ['setMany', (f: Quick) => f.setMany([[1]], ['of many']), 'of many'],
  ])('lets no run of cached that began before a %s of cachedSync write over it', async (_name, act, kept) => {
    const { runs, slow, quick } = setup()
    const fenced = jest.fn()
    slow.on('fenced', fenced)
    const call = slow(1)
    const run = await runs.next()

    act(quick)
    run.resolve('old')

    expect(await call).toBe('old')
    expect(quick.get(1)).toBe(kept)
    expect(fenced).toHaveBeenCalledTimes(1)
  })

  it('has no call join a run that began before a delete of cachedSync', async () => {
    const { runs, slow, quick } = setup()
    const before = slow(1)
    const run = await runs.next()
    quick.delete(1)

    const after = slow(1)
    await quiet()
    run.resolve('old')
    ;(await runs.next()).resolve('new')

    expect([await before, await after, quick.get(1)]).toEqual(['old', 'new', 'new'])
  })

  it('has no touch of cached bring back what cachedSync deleted meanwhile', async () => {
    const { slow, quick } = setup({ ttl: 5_000 })
    for (let turns = 0; turns < 10; turns++) {
      quick.set('old', 1)
      const touch = slow.touch(1)
      for (let i = 0; i < turns; i++) await null

      quick.delete(1)
      await touch

      expect(quick.has(1)).toBe(false)
    }
  })

  it('keeps what cachedSync set after cached began to delete, also behind a touch', async () => {
    const { slow, quick } = setup({ ttl: 5_000 })
    for (let turns = 0; turns < 25; turns++) {
      quick.set('old', 1)
      const touch = slow.touch(1)
      for (let i = 0; i < turns % 5; i++) await null
      const remove = slow.delete(1)
      for (let i = 0; i < turns / 5; i++) await null

      quick.set('new', 1)
      await Promise.all([touch, remove])

      expect(quick.get(1)).toBe('new')
    }
  })

  it.each([
    ['delete', (f: Quick) => f.delete(1), undefined],
    ['set', (f: Quick) => f.set('later', 1), 'later'],
  ])('has no set of cached that began before a %s of cachedSync write over it', async (_name, act, kept) => {
    const { slow, quick } = setup()
    const earlier = slow.set('earlier', 1)

    act(quick)
    await earlier

    expect(quick.get(1)).toBe(kept)
  })

  it('has no touch of many bring back what a listener deleted when it was told of another entry', async () => {
    const { store, slow, quick } = setup({ ttl: 5_000 })
    slow.on('error', () => quick.delete(2))
    quick.on('error', () => quick.delete(2))

    for (const touchMany of [async () => quick.touchMany([1], [2]), () => slow.touchMany([1], [2])]) {
      store.set('f::1', 'not an envelope')
      quick.set('here', 2)

      expect(await touchMany()).toEqual([false, false])
      expect(quick.has(2)).toBe(false)
    }
  })
})

describe('a run during which its own key changes', () => {
  it.each([
    ['delete', () => undefined, (f: Self) => f.delete(1)],
    ['set', () => 'inner', (f: Self) => f.set('inner', 1)],
    ['deleteMany', () => undefined, (f: Self) => f.deleteMany([1], [2])],
    ['storage.delete', () => undefined, (f: Self) => f.storage.delete('f::1')],
  ])('does not write over a %s', (_name, kept, act) => {
    const fenced = jest.fn()
    const f = self((own) => act(own))
    f.on('fenced', fenced)

    const answer = f(1)

    expect([answer, f.get(1), fenced.mock.calls.length]).toEqual(['outer', kept(), 1])
  })

  it('does not write over a call that began later and ended first', () => {
    let depth = 0
    const f: Self = cachedSync(
      (n: number): string => {
        depth += 1
        return depth === 1 ? `outer of ${f(n)}` : 'inner'
      },
      { store: new Map(), keyPrefix: 'f' },
    )

    const answer = f(1)

    expect([answer, f.get(1)]).toEqual(['outer of inner', 'inner'])
  })

  it('leaves nothing of an update that was fenced, nor what was there before', () => {
    const f: Self = cachedSync(
      (_n: number): string => {
        expect(() => f.set(1n as never, 1)).toThrow('json')
        return 'outer'
      },
      { store: new Map(), keyPrefix: 'f', coder: 'json' },
    )
    f.set('before', 1)

    const answer = f.update(1)

    expect([answer, f.get(1)]).toEqual(['outer', undefined])
  })

  it('in a bulk, fences the run of another item that has ended', () => {
    const f: Self = cachedSync(
      (n: number): string => {
        if (n === 2) f.delete(1)
        return `value of ${n}`
      },
      { store: new Map(), keyPrefix: 'f' },
    )

    const answers = f.getOrUpdateMany([1], [2])

    expect(answers).toEqual(['value of 1', 'value of 2'])
    expect(f.hasMany([1], [2])).toEqual([false, true])
  })

  it('lets recursion fill the cache', () => {
    const fib: (n: number) => number = cachedSync((n: number): number => (n < 2 ? n : fib(n - 1) + fib(n - 2)))

    const answer = fib(90)

    expect(answer).toBe(2_880_067_194_370_816_000)
  })
})

type Quick = ReturnType<typeof setup>['quick']
type Self = ReturnType<typeof cachedSync<(n: number) => string>>

function self(during: (own: Self) => unknown): Self {
  const own: Self = cachedSync(
    (_n: number): string => {
      during(own)
      return 'outer'
    },
    { store: new Map(), keyPrefix: 'f' },
  )
  return own
}
