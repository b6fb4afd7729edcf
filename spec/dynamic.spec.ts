import { AsyncLocalStorage } from 'node:async_hooks'
import { describe, expect, it, jest } from '@jest/globals'
import KeyvRedis from '@keyv/redis'
import { cached, OptionError } from '../lib/index.js'
import { controlledRuns } from './support/controlled-store.js'
import { sharedRedis, uniquePrefix } from './support/servers.js'

describe('a store that is resolved at each call', () => {
  it('serves many tenants by an AsyncLocalStorage, each on its own store', async () => {
    const tenant = new AsyncLocalStorage<object>()
    const [one, two] = [new Map(), new Map()]
    const run = jest.fn(async (n: number) => `${n} of ${tenant.getStore() === one ? 'one' : 'two'}`)
    const f = cached(run, { store: tenant, keyPrefix: 'f' })

    const answers = await Promise.all([
      tenant.run(one, () => f(1)),
      tenant.run(two, () => f(1)),
      tenant.run(one, async () => [await f.get(1), await f.getOrUpdateMany([1], [2])]),
    ])

    expect(answers[0]).toBe('1 of one')
    expect(answers[1]).toBe('1 of two')
    expect(await tenant.run(one, () => f(1))).toBe('1 of one')
    expect([[...one.keys()], [...two.keys()]]).toEqual([['f::1', 'f::2'], ['f::1']])
    expect(run).toHaveBeenCalledTimes(3)
  })

  it('serves whatever a function gives, stores of different kinds included', async () => {
    const prefix = uniquePrefix('dynamic')
    const adapter = new KeyvRedis(sharedRedis().url)
    const map = new Map()
    let store: object = map
    const f = cached(async (at: Date) => ({ at }), { store: () => store, keyPrefix: prefix })
    const at = new Date(0)

    await f(at)
    store = adapter
    await f(at)

    expect(f.storage.capabilities.values).toBe('bytes')
    expect(await f.storage.backend.get(f.key(at))).toBe(await f.encode({ at }))
    expect(await f.delete(at)).toBe(true)
    store = map
    expect(f.storage.capabilities.values).toBe('objects')
    expect(await f.get(at)).toEqual({ at })
    store = adapter
    await f.storage.backend.disconnect()
  })

  it('never shares a flight or a fence between stores', async () => {
    const { fn, pending } = controlledRuns<string, [string]>()
    const [one, two] = [new Map(), new Map()]
    let store = one
    const f = cached(fn, { store: () => store, keyPrefix: 'f' })

    const first = f('a')
    store = two
    const second = f('a')
    await f.delete('a')
    await Promise.resolve()
    pending[0]?.resolve('one')
    pending[0]?.resolve('two')

    expect(await Promise.all([first, second])).toEqual(['one', 'two'])
    expect([one.size, two.size]).toEqual([1, 0])
  })

  it('stays on the store of its call, whatever becomes current meanwhile', async () => {
    const { fn, pending } = controlledRuns<string, [string]>()
    const [one, two] = [new Map(), new Map()]
    let store = one
    const f = cached(fn, { store: () => store, keyPrefix: 'f' })

    const call = f('a')
    await Promise.resolve()
    store = two
    pending[0]?.resolve('value')
    await call

    expect([one.has('f::a'), two.has('f::a')]).toEqual([true, false])
  })

  it('is an error that says so where there is none', async () => {
    const tenant = new AsyncLocalStorage<object>()
    const run = jest.fn(async (n: number) => n)
    const f = cached(run, { store: tenant, keyPrefix: 'f' })
    const g = cached(run, { store: () => undefined, keyPrefix: 'g' })

    await expect(f(1)).rejects.toThrow(OptionError)
    await expect(f(1)).rejects.toThrow('there is no store: nothing surrounds this call')
    await expect(f.delete(1)).rejects.toThrow('there is no store')
    await expect(f.getMany([1])).rejects.toThrow('there is no store')
    expect(() => f.key(1)).toThrow('there is no store')
    expect(() => f.storage).toThrow('there is no store')
    await expect(g(1)).rejects.toThrow('the function given as `store` must give one for every call')
    expect(run).not.toHaveBeenCalled()
  })

  it.each([[5], ['redis://localhost'], [{}], [() => new Map()]])('rejects where it gives %p', async (store) => {
    const f = cached(async () => 1, { store: () => store as object, keyPrefix: 'f' })

    await expect(f()).rejects.toThrow(OptionError)
  })

  it('says what gave it', async () => {
    const als = new AsyncLocalStorage<object>()
    const inContext = cached(async () => 1, { store: als, keyPrefix: 'f' })
    const promised = cached(async () => 1, { store: async () => new Map(), keyPrefix: 'f' })

    await expect(als.run({ user: 1 }, () => inContext())).rejects.toThrow(
      /the AsyncLocalStorage holds no store.*\(\) => asyncLocalStorage.getStore\(\)\?\.store/,
    )
    await expect(promised()).rejects.toThrow('store must be given at once, got a promise')
  })

  it('passes on what the function throws', async () => {
    const f = cached(async () => 1, {
      store: () => {
        throw new Error('no tenant')
      },
      keyPrefix: 'f',
    })

    await expect(f()).rejects.toThrow('no tenant')
  })

  it('checks at the first call on a store what depends on the store', async () => {
    const f = cached(async () => 1, {
      store: () => new Map(),
      keyPrefix: 'f',
      storageInterface: (_backend, { storage }) => ({ ...storage, name: '' }),
    })

    await expect(f()).rejects.toThrow(OptionError)
  })

  it('is checked at wrap time as far as it goes', () => {
    const source = () => new Map()

    expect(() => cached(async () => 1, { store: source })).toThrow('needs a keyPrefix')
    expect(() => cached(async () => 1, { store: source, keyPrefix: 'f', coder: 'jsn' })).toThrow(
      "no coder is named 'jsn'",
    )
    expect(() => cached(async () => 1, { store: KeyvRedis, keyPrefix: 'f' })).toThrow('store is the class KeyvRedis')
  })

  it('hears events of all stores by one listener', async () => {
    const heard = jest.fn()
    const f = cached(async (n: number) => n, { store: () => new Map(), keyPrefix: 'f' })
    f.on('write', heard)

    await f(1)
    await f(1)

    expect(heard).toHaveBeenCalledTimes(2)
  })
})
