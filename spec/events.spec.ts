import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { ActionError, type CacheEvent, cached, type EventName, ringKey } from '../lib/index.js'
import { controlledRuns, faultyStore } from './support/controlled-store.js'

const NAMES: EventName[] = ['hit', 'miss', 'execute', 'write', 'set', 'update', 'delete', 'touch', 'fenced', 'error']

type F = (n: number) => Promise<string>

function setup(fn: F = async (n) => `value of ${n}`, store: object = new Map()) {
  const f = cached(fn, { store, keyPrefix: 'f', ttl: 60_000 })
  const seen: [EventName, CacheEvent<[number], string>][] = []
  for (const name of NAMES) f.on(name, (event) => seen.push([name, event]))
  return { f, seen, take: () => seen.splice(0) }
}

const base = { key: 'f::1', args: [1] }
const ran = { ...base, value: 'value of 1', duration: expect.any(Number) }

describe('events', () => {
  it('tell of a call that misses, runs and stores, and of one that hits', async () => {
    const { f, take } = setup()

    await f(1)
    const first = take()
    await f(1)

    expect(first).toEqual([
      ['miss', base],
      ['execute', ran],
      ['write', { ...base, value: 'value of 1' }],
    ])
    expect(take()).toEqual([['hit', { ...base, value: 'value of 1' }]])
  })

  it.each([
    ['get', (f: ReturnType<typeof setup>['f']) => f.get(1), [['miss', base]]],
    ['set', (f: ReturnType<typeof setup>['f']) => f.set('x', 1), [['set', { ...base, value: 'x' }]]],
    [
      'update',
      (f: ReturnType<typeof setup>['f']) => f.update(1),
      [
        ['execute', ran],
        ['update', { ...base, value: 'value of 1' }],
      ],
    ],
    ['delete', (f: ReturnType<typeof setup>['f']) => f.delete(1), [['delete', base]]],
    ['execute', (f: ReturnType<typeof setup>['f']) => f.execute(1), [['execute', ran]]],
    ['has', (f: ReturnType<typeof setup>['f']) => f.has(1), []],
    ['key', (f: ReturnType<typeof setup>['f']) => f.key(1), []],
    [
      'storage.delete',
      (f: ReturnType<typeof setup>['f']) => f.storage.delete('f::1'),
      [['delete', { key: 'f::1', args: [] }]],
    ],
  ] as const)('tell of %s', async (_name, act, expected) => {
    const { f, take } = setup()

    await act(f)

    expect(take()).toEqual(expected)
  })

  it('tell of a touch that found something', async () => {
    const { f, take } = setup()
    await f.touch(1)
    expect(take()).toEqual([])
    await f.set('x', 1)
    take()

    await f.touch(1)

    expect(take()).toEqual([['touch', base]])
  })

  it('tell of a run that failed, with its error', async () => {
    const error = new Error('no')
    const { f, take } = setup(async () => {
      throw error
    })

    await f(1).catch(() => {})

    expect(take()).toEqual([
      ['miss', base],
      ['execute', { ...base, error, duration: expect.any(Number) }],
    ])
  })

  it('tell of each item of bulk controls', async () => {
    const { f, take } = setup()

    await f.setMany([[1], [2]], ['a', 'b'])
    await f.deleteMany([1], [2])

    expect(take()).toEqual([
      ['set', { key: 'f::1', args: [1], value: 'a' }],
      ['set', { key: 'f::2', args: [2], value: 'b' }],
      ['delete', { key: 'f::1', args: [1] }],
      ['delete', { key: 'f::2', args: [2] }],
    ])
  })

  it('tell of a result that was fenced', async () => {
    const runs = controlledRuns<string, [number]>()
    const { f, take } = setup(runs.fn)
    const call = f(1)
    await runs.next()
    await f.delete(1)
    take()

    runs.pending[0]?.resolve('stale')
    await call

    expect(take().map(([name, { value }]) => [name, value])).toEqual([
      ['execute', 'stale'],
      ['fenced', 'stale'],
    ])
  })

  it('tell of a failure that a call survived, once', async () => {
    const { f, take } = setup(undefined, faultyStore('rejects').adapter)

    await f(1)

    const errors = take().filter(([name]) => name === 'error')
    expect(errors).toEqual([['error', { ...base, error: expect.objectContaining({ code: 'ERR_STORE' }) }]])
  })

  it('reach a listener until it is taken off, once however often it was added', async () => {
    const { f } = setup()
    const listener = jest.fn()
    f.on('execute', listener)
    f.on('execute', listener)
    await f(1)

    f.off('execute', listener)
    f.off('execute', listener)
    await f(2)

    expect(listener).toHaveBeenCalledTimes(1)
  })

  it('go on to the others, and the call with them, when a listener throws', async () => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const { f } = setup()
    const second = jest.fn()
    f.on('miss', () => {
      throw new Error('my mistake')
    })
    f.on('miss', second)

    const value = await f(1)

    expect(value).toBe('value of 1')
    expect(second).toHaveBeenCalledTimes(1)
    expect(warn.mock.calls).toEqual([
      [expect.stringContaining('my mistake'), expect.objectContaining({ code: 'RINGCACHE_LISTENER' })],
    ])
    warn.mockRestore()
  })

  it.each(NAMES)('go to the diagnostics channel ringcache:%s', async (name) => {
    const store = name === 'error' ? faultyStore('rejects').adapter : new Map()
    const fenceOneself: F = async (n) => {
      if (name === 'fenced') await f.delete(n)
      return 'a'
    }
    const f = cached(fenceOneself, { store, keyPrefix: 'f', ttl: 60_000 })
    const seen: unknown[] = []
    const subscriber = (event: unknown) => seen.push(event)
    subscribe(`ringcache:${name}`, subscriber)

    for (const act of [f, f, () => f.set('b', 1), f.touch, f.delete, f.update]) await act(1).catch(() => {})

    unsubscribe(`ringcache:${name}`, subscriber)
    expect(seen).toEqual(expect.arrayContaining([expect.objectContaining({ key: 'f::1', args: [1] })]))
  })

  it.each(['on', 'off'] as const)('of unknown names are an error of %s that lists the known ones', (method) => {
    const { f } = setup()

    const act = () => f[method]('hits' as never, () => {})

    expect(act).toThrow(ActionError)
    expect(act).toThrow("unknown event 'hits'; the events are hit, miss, wait, execute,")
  })

  it('want a function as a listener', () => {
    const { f } = setup()

    const act = () => f.on('hit', 'log' as never)

    expect(act).toThrow(ActionError)
    expect(act).toThrow("the listener of 'hit' must be a function, got string")
  })
})

describe('a failure that nobody listens to', () => {
  beforeEach(() => {
    jest.useFakeTimers()
  })
  afterEach(() => {
    jest.useRealTimers()
    jest.restoreAllMocks()
  })

  it('is one process warning for each store and minute', async () => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const { adapter } = faultyStore('rejects')
    const f = cached(async (n: number) => n, { store: adapter, keyPrefix: 'f' })
    const g = cached(async (n: number) => n, { store: adapter, keyPrefix: 'g' })
    const elsewhere = cached(async (n: number) => n, { store: faultyStore('rejects').adapter, keyPrefix: 'f' })

    await Promise.all([f(1), f(2), g(1)])
    expect(warn).toHaveBeenCalledTimes(1)
    await elsewhere(1)
    expect(warn).toHaveBeenCalledTimes(2)
    await jest.advanceTimersByTimeAsync(60_000)
    await f(3)

    expect(warn).toHaveBeenCalledTimes(3)
    expect(warn).toHaveBeenLastCalledWith(
      "a call went on without its cache for 'f::3': get of 'f::3' on keyv failed: the store is broken; on('error') of the function tells each",
      { type: 'RingcacheWarning', code: 'RINGCACHE' },
    )
  })

  it('is no warning where it is listened to', async () => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const f = cached(async (n: number) => n, { store: faultyStore('rejects').adapter, keyPrefix: 'f' })
    f.on('error', () => {})

    await f(1)

    expect(warn).not.toHaveBeenCalled()
  })
})

describe('a failure that a call survived', () => {
  it('warns where none of those who listen is told of it', async () => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const store = faultyStore('rejects')
    const f = cached(async function f(this: object) {}, { store: store.adapter, keyPrefix: 'f', receiver: true })
    const heard = jest.fn()
    f.bind({ [ringKey]: () => 'a' }).on('error', heard)

    await f.bind({ [ringKey]: () => 'b' })()

    expect(heard).not.toHaveBeenCalled()
    expect(warn.mock.calls[0]?.[0]).toContain("went on without its cache for 'f:b'")
    warn.mockRestore()
  })
})
