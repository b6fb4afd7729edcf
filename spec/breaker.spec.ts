import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { createBreaker } from '../lib/breaker.js'
import { StoreError } from '../lib/errors.js'
import { cached } from '../lib/index.js'
import { FAILURE, faultyStore } from './support/controlled-store.js'

const lost = new StoreError({ operation: 'get', key: 'k', store: 'redis' }, 'connection', 'it is gone')
const PATIENCE = 200

/** A breaker with a clock that stands until it is moved, and `random` as its jitter. */
function setup({ random = 1 } = {}) {
  let time = 5_000
  const breaker = createBreaker({ now: () => time, random: () => random })
  const enter = (): number => {
    const pass = breaker.enter(PATIENCE)
    if (pass === undefined) throw new Error('refused')
    return pass
  }
  const fail = (times = 1): void => {
    for (let i = 0; i < times; i++) breaker.failed(enter(), lost)
  }
  const move = (ms: number): void => {
    time += ms
  }
  return { breaker, enter, fail, move }
}

describe('a breaker', () => {
  it('opens after five failures in a row, and not before', () => {
    const { breaker, fail } = setup()

    fail(4)
    const before = [breaker.status.state, breaker.admits]
    fail()

    expect(before).toEqual(['closed', true])
    expect(breaker.status).toMatchObject({ state: 'open', failures: 5, lastError: lost })
    expect(breaker.enter(PATIENCE)).toBeUndefined()
  })

  it('counts anew after an answer', () => {
    const { breaker, enter, fail } = setup()
    fail(4)

    breaker.answered(enter())
    fail(4)

    expect(breaker.status.state).toBe('closed')
  })

  it('takes what says nothing of the store for nothing', () => {
    const { breaker, enter, fail } = setup()
    fail(4)

    breaker.left(enter())
    fail()

    expect(breaker.status.state).toBe('open')
  })

  it('is opened once by many operations that fail together', () => {
    const { breaker, enter, move } = setup()
    const passes = Array.from({ length: 100 }, enter)

    for (const pass of passes) breaker.failed(pass, lost)
    move(1_000)

    expect(breaker.status).toMatchObject({ state: 'half-open', failures: 5 })
  })

  it.each([
    [1, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]],
    [0, [500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]],
  ])('cools for longer after each probe that fails, up to a limit, with a jitter of %d', (random, times) => {
    const { breaker, fail, move } = setup({ random })
    fail(5)

    for (const time of times) {
      move(time - 1)
      expect(breaker.admits).toBe(false)
      move(1)
      expect(breaker.admits).toBe(true)
      fail()
    }

    expect(breaker.status.state).toBe('open')
  })

  it('lets one probe in when it has cooled, and closes when that is answered', () => {
    const { breaker, enter, fail, move } = setup()
    fail(5)
    move(1_000)

    const probe = enter()
    const others = [breaker.enter(PATIENCE), breaker.enter(PATIENCE)]
    const during = breaker.status
    breaker.answered(probe)

    expect(others).toEqual([undefined, undefined])
    expect(during).toMatchObject({ state: 'half-open', until: expect.any(Number) })
    expect(breaker.status).toMatchObject({ state: 'closed', failures: 0, lastError: lost, until: undefined })
    expect(breaker.admits).toBe(true)
  })

  it('lets the next one be the probe after one that says nothing', () => {
    const { breaker, enter, fail, move } = setup()
    fail(5)
    move(1_000)

    breaker.left(enter())

    expect(breaker.admits).toBe(true)
    expect(breaker.status.state).toBe('half-open')
  })

  it.each(['failed', 'answered', 'left'] as const)(
    'does not care that an operation %s which began before it opened',
    (how) => {
      const { breaker, enter, fail, move } = setup()
      const early = [enter(), enter(), enter()]
      fail(5)

      breaker[how](early[0] ?? -1, lost)
      const open = breaker.status.state
      move(1_000)
      const probe = enter()
      breaker[how](early[1] ?? -1, lost)
      const probing = [breaker.status.state, breaker.admits]
      breaker.answered(probe)
      for (let i = 0; i < 5; i++) breaker[how](early[2] ?? -1, lost)

      expect([open, ...probing]).toEqual(['open', 'half-open', false])
      expect(breaker.status.state).toBe('closed')
    },
  )

  it('begins with a short time again after it has closed', () => {
    const { breaker, enter, fail, move } = setup()
    fail(5)
    move(1_000)
    fail()
    move(2_000)
    breaker.answered(enter())

    fail(5)
    move(1_000)

    expect(breaker.admits).toBe(true)
  })

  it('tells of each answer that follows a failure, and of no other', () => {
    const { breaker, enter, fail, move } = setup()
    const recovered = jest.fn()
    breaker.onRecovery = recovered

    breaker.answered(enter())
    const healthy = recovered.mock.calls.length
    fail()
    breaker.answered(enter())
    fail(5)
    move(1_000)
    breaker.answered(enter())

    expect([healthy, recovered.mock.calls.length]).toEqual([0, 2])
  })
})

describe('a store that fails', () => {
  beforeEach(() => {
    jest.useFakeTimers()
  })
  afterEach(() => {
    jest.useRealTimers()
  })

  function failing() {
    const faulty = faultyStore('rejects')
    const fn = jest.fn(async (n: number) => n * 2)
    const f = cached(fn, { store: faulty.adapter, keyPrefix: 'f', ttl: 60_000 })
    const errors: unknown[] = []
    f.on('error', ({ error }) => errors.push(error))
    const fail = async (times: number) => {
      for (let i = 0; i < times; i++) await f.get(0).catch(() => {})
    }
    const heal = () => Object.assign(faulty.faults, { get: 'none', set: 'none', delete: 'none' })
    return { faulty, fn, f, errors, fail, heal }
  }

  it('is not asked while it is left alone: calls run the function, controls reject and say until when', async () => {
    const { faulty, f, fn, fail } = failing()
    await fail(5)
    const asked = faulty.count('get')
    const { openUntil = 0 } = f.storage.health
    const until = new Date(openUntil).toISOString()

    const values = await Promise.all([f(1), f.getOrUpdateMany([2], [3]), f.execute(4)])
    const controls = [f.get(1), f.set(9, 1), f.delete(1), f.has(1), f.touch(1), f.storage.get('f::1'), f.getMany([1])]
    const settled = await Promise.allSettled([...controls, f.update(1), f.updateMany([1])])

    expect(values).toEqual([2, [4, 6], 8])
    expect(fn).toHaveBeenCalledTimes(4)
    for (const result of settled) {
      expect(result).toMatchObject({
        reason: { code: 'ERR_STORE', failure: 'connection', until: openUntil, cause: { cause: FAILURE } },
      })
      expect(Reflect.get(result, 'reason').message).toContain(`is left alone until ${until}, after 5 failures in a row`)
    }
    expect(faulty.count('get')).toBe(asked)
    expect(faulty.count('set') + faulty.count('delete')).toBe(0)
  })

  it('does not fail a call that has joined an update when it is left alone meanwhile', async () => {
    const { f, fn, fail } = failing()
    let end = (_value: number): void => {}
    fn.mockImplementationOnce(() => new Promise((resolve) => (end = resolve)))
    const update = f.update(1).catch((error) => error)
    await jest.advanceTimersByTimeAsync(0)
    const call = f(1)
    await fail(5)

    end(7)

    expect(await call).toBe(7)
    expect(await update).toMatchObject({ code: 'ERR_STORE', until: expect.any(Number) })
    expect(fn).toHaveBeenCalledTimes(1)
  })

  it('is tried by one operation when it has cooled, while the others go on without it', async () => {
    const { faulty, f, fail } = failing()
    await fail(5)
    const asked = faulty.count('get')
    faulty.faults.get = 'hangs'
    await jest.advanceTimersByTimeAsync(1_000)

    const calls = Promise.all([f(1), f(2), f(3)])
    await jest.advanceTimersByTimeAsync(0)
    const { state, openUntil } = f.storage.health
    await jest.advanceTimersByTimeAsync(1_000)

    expect(await calls).toEqual([2, 4, 6])
    expect(faulty.count('get')).toBe(asked + 1)
    expect({ state, openUntil }).toEqual({ state: 'half-open' })
    expect(f.storage.health).toMatchObject({ state: 'open', lastError: { code: 'ERR_STORE_TIMEOUT' } })
  })

  it('is used again when an operation that tries it is answered', async () => {
    const { f, fn, fail, heal } = failing()
    await fail(5)
    heal()
    await jest.advanceTimersByTimeAsync(1_000)

    await f(1)
    await f(1)

    expect(fn).toHaveBeenCalledTimes(1)
    expect(f.storage.health).toEqual({ state: 'closed', lastError: expect.any(StoreError), pendingReplays: 0 })
  })

  it('is left alone for all functions that use it, and for nobody else', async () => {
    const { faulty, fail } = failing()
    await fail(5)

    const g = cached(async () => 1, { store: faulty.adapter, keyPrefix: 'g' })
    const other = cached(async () => 1, { store: faultyStore().adapter, keyPrefix: 'g' })

    expect(g.storage.health.state).toBe('open')
    expect(other.storage.health).toEqual({ state: 'closed', pendingReplays: 0 })
  })

  it('is left alone after writes that fail, too', async () => {
    const { faulty, f } = failing()
    faulty.faults.get = 'none'

    for (let i = 0; i < 5; i++) await f.set(i, i).catch(() => {})

    expect(f.storage.health.state).toBe('open')
  })

  it('is not blamed for writes that wait for one another in this process', async () => {
    const { faulty, f } = failing()
    faulty.faults.set = 'hangs'
    const sets = Promise.allSettled(Array.from({ length: 20 }, (_, i) => f.set(i, 1)))

    await jest.advanceTimersByTimeAsync(1_000)
    await sets

    expect(f.storage.health.state).toBe('closed')
  })

  it('is tried by another operation where the one that was to try it has only waited in line', async () => {
    const { faulty, f, fail, heal } = failing()
    faulty.faults.set = 'hangs'
    const stuck = f.set(1, 7).catch(() => {})
    await jest.advanceTimersByTimeAsync(1_000)
    await stuck
    await fail(5)
    heal()
    faulty.faults.set = 'hangs'
    await jest.advanceTimersByTimeAsync(1_000)
    const inLine = f.delete(7).catch((error: unknown) => error)
    await jest.advanceTimersByTimeAsync(1_100)
    await inLine

    await f.get(8)

    expect(f.storage.health.state).toBe('closed')
  })

  it('gives its backend to whoever asks it himself', async () => {
    const { f, fail, heal } = failing()
    await fail(5)
    heal()

    await f.storage.backend.set('mine', 1)

    expect(await f.storage.backend.get('mine')).toBe(1)
  })
})
