import { describe, expect, it, jest } from '@jest/globals'
import { Keyv } from 'keyv'
import { ActionError, cached, lru, OptionError, UnsupportedError } from '../lib/index.js'
import { faultyStore } from './support/controlled-store.js'

describe('a cached function', () => {
  it('has the name and the length of its function, and its controls as properties that can be listed and replaced', async () => {
    async function add(a: number, b: number) {
      return a + b
    }

    const f = cached(add)

    expect([f.name, f.length]).toEqual(['add', 2])
    const listed: string[] = []
    for (const name in f) listed.push(name)
    expect(listed).toEqual(
      expect.arrayContaining(['get', 'set', 'update', 'delete', 'has', 'touch', 'execute', 'key', 'run']),
    )
    f.get = async () => 7
    expect(await f.get(1, 2)).toBe(7)
    expect(await cached(add).get(1, 2)).toBeUndefined()
  })

  it('leaves the function and the options as they were', () => {
    const fn = async (n: number) => n
    const options = Object.freeze({ keyPrefix: 'f', store: new Map(), ttl: 5 })

    cached(Object.freeze(fn), options)

    expect(Reflect.ownKeys(fn).toSorted()).toEqual(['length', 'name'])
    expect(Object.keys(options)).toEqual(['keyPrefix', 'store', 'ttl'])
  })

  it('calls its function without a receiver, even as a method', async () => {
    const receivers: unknown[] = []
    const f = cached(
      async function seen(this: unknown) {
        receivers.push(this)
      },
      { store: new Map() },
    )

    const holder = { f }
    await holder.f()
    await f.call({})
    await f.update()
    await f.execute()

    expect(new Set(receivers)).toEqual(new Set([undefined]))
  })

  it('makes a synchronous function asynchronous, and what it throws a rejection', async () => {
    const error = new Error('no')
    const half = cached((n: number) => {
      if (n % 2 === 1) throw error
      return n / 2
    })

    const results = await Promise.allSettled([half(4), half(3), half.execute(3), half.update(3)])

    expect(results).toEqual([
      { status: 'fulfilled', value: 2 },
      ...Array.from({ length: 3 }, () => ({ status: 'rejected', reason: error })),
    ])
  })

  it('rejects, and does not throw, for arguments that cannot be part of a key; key throws', async () => {
    const f = cached(async (value: unknown) => value)

    const settled = await Promise.allSettled([f(Symbol('s')), f.get(() => {}), f.set(1, Symbol('s')), f.getMany([f])])

    for (const result of settled) expect(result).toMatchObject({ status: 'rejected', reason: { code: 'ERR_KEY' } })
    expect(() => f.key(Symbol('s'))).toThrow('$[0]')
  })

  it.each([undefined, null, false, 0, '', Number.NaN])('caches %p as a value like any other', async (value) => {
    const fn = jest.fn(async () => value)
    const f = cached(fn, { missValue: 'missed', store: new Map(), keyPrefix: 'f' })
    await f()

    const results = [await f(), await f.get(), await f.has()]

    expect(results).toEqual([value, value, true])
    expect(fn).toHaveBeenCalledTimes(1)
  })

  it('gives what the function gave on a miss, and the decoded copy on a hit', async () => {
    const given = { at: new Date(0) }
    const f = cached(async () => given, { coder: 'json' })

    const results = [await f(), await f()]

    expect(results[0]).toBe(given)
    expect(results[1]).toEqual({ at: '1970-01-01T00:00:00.000Z' })
  })

  it('keeps nothing of a run that failed', async () => {
    let failures = 0
    const f = cached(async () => {
      failures += 1
      throw new Error(`failure ${failures}`)
    })

    const messages = [await f().catch(String), await f().catch(String), await f.has()]

    expect(messages).toEqual(['Error: failure 1', 'Error: failure 2', false])
  })

  it('without a store has an LRU of 1,000 entries of its own', async () => {
    const one = cached(async (n: number) => n)
    const other = cached(async (n: number) => -n)

    for (let n = 0; n <= 1_000; n++) await one(n)
    await other(1)

    expect([await one.has(0), await one.has(1), await one.has(1_000)]).toEqual([false, true, true])
    expect([await one.get(1), await other.get(1)]).toEqual([1, -1])
    expect(one.storage.backend).not.toBe(other.storage.backend)
  })
})

describe('missValue', () => {
  it('is what get and getMany give for a miss', async () => {
    const MISS = Symbol('miss')
    const f = cached(async (n: number) => n, { missValue: MISS })
    await f(1)

    const got = [await f.get(1), await f.get(2), ...(await f.getMany([1], [2])), await f.storage.get(f.key(2))]

    expect(got).toEqual([1, MISS, 1, MISS, MISS])
  })
})

describe('a ttl', () => {
  it('can depend on the value and the arguments', async () => {
    jest.useFakeTimers()
    const f = cached(async (n: number) => n * 2, { ttl: (value, n) => value * 1_000 + n })
    await f(1)
    await f(2)
    jest.advanceTimersByTime(2_002)

    const fresh = await f.hasMany([1], [2])

    expect(fresh).toEqual([false, true])
    jest.useRealTimers()
  })

  it.each([0, -1, Number.NaN, Infinity, '5', undefined])('of %p from a function stores nothing', async (bad) => {
    const errors: unknown[] = []
    const f = cached(async () => 'value', { ttl: () => bad as never })
    f.on('error', ({ error }) => errors.push(error))

    const value = await f()

    expect(value).toBe('value')
    expect(errors).toEqual([expect.any(OptionError)])
    await expect(f.set('x')).rejects.toThrow(OptionError)
    await expect(f.update()).rejects.toThrow('the result of the ttl function must be a finite number')
    expect(await f.has()).toBe(false)
  })

  it('function that throws stores nothing', async () => {
    const f = cached(async () => 'value', {
      ttl: () => {
        throw new Error('my ttl')
      },
    })
    f.on('error', () => {})

    expect(await f()).toBe('value')

    await expect(f.set('x')).rejects.toThrow('my ttl')
    expect(await f.has()).toBe(false)
  })

  it('that is none makes touch an error', async () => {
    const f = cached(async () => 'value')
    await f()

    await expect(f.touch()).rejects.toThrow(UnsupportedError)

    await expect(f.touch()).rejects.toMatchObject({ code: 'ERR_UNSUPPORTED' })
  })
})

describe('the options of keys', () => {
  it('ignorableKeys leave arguments out', async () => {
    const fn = jest.fn(async (_log: () => void, n: number) => n)
    const f = cached(fn, { ignorableKeys: [0], keyPrefix: 'f' })

    const results = [await f(() => {}, 1), await f(() => {}, 1), f.key(() => {}, 1)]

    expect(results).toEqual([1, 1, 'f::1'])
    expect(fn).toHaveBeenCalledTimes(1)
  })

  it('key makes parts, or the whole key', () => {
    const fn = async (user: { id: number }) => user.id

    const keys = [
      cached(fn, { keyPrefix: 'f', key: (user) => [user.id, 'x'] }).key({ id: 7 }),
      cached(fn, { keyPrefix: 'f', key: (user) => `mine-${user.id}` }).key({ id: 7 }),
    ]

    expect(keys).toEqual(['f::7:x', 'mine-7'])
  })

  it('keyRefactor has the last word', async () => {
    const f = cached(async (n: number) => n, { keyPrefix: 'f', keyRefactor: (key) => `<${key}>`, store: new Map() })

    await f(1)

    expect(f.key(1)).toBe('<f::1>')
    expect(await f.storage.get('<f::1>')).toBe(1)
  })
})

describe('run', () => {
  it('does any action by its name', async () => {
    const f = cached(async (n: number) => n * 2)

    const results = [
      await f.run('get', 1),
      await f.run('getOrUpdate', 1),
      await f.run('set', 5, 1),
      await f.run('get', 1),
      await f.run('getMany', [1], [2]),
      await f.run('delete', 1),
    ]

    expect(results).toEqual([undefined, 2, undefined, 5, [5, undefined], true])
  })

  it.each(['nothing', 'key', 'toString', '__proto__'])("lists the actions for '%s'", async (name) => {
    const f = cached(async (n: number) => n)

    const act = Reflect.apply(f.run, undefined, [name])

    await expect(act).rejects.toThrow(ActionError)
    await expect(act).rejects.toThrow(`unknown action '${name}'; the actions are getOrUpdate, get, set, update,`)
  })
})

describe('encode, decode and storage', () => {
  it('decode takes what storage.backend.get gives, which is what encode gave', async () => {
    const f = cached(async (n: number) => ({ n }), { store: faultyStore().adapter, keyPrefix: 'f' })
    await f(1)

    const stored = await f.storage.backend.get(f.key(1))

    expect(stored).toBe(await f.encode({ n: 1 }))
    expect(await f.decode(stored)).toEqual({ n: 1 })
  })

  it('storage acts on the same entries, by key', async () => {
    const f = cached(async (n: number) => n, { ttl: 60_000 })

    await f.storage.set(f.key(1), 5)

    expect([await f(1), await f.storage.get(f.key(1)), await f.storage.has(f.key(1))]).toEqual([5, 5, true])
    expect(await f.storage.touch(f.key(1))).toBe(true)
    expect([await f.storage.delete(f.key(1)), await f.has(1)]).toEqual([true, false])
  })

  it('storage.set fences a run like set', async () => {
    let release = (_value: string) => {}
    const f = cached(() => new Promise<string>((resolve) => (release = resolve)))
    const call = f()
    await f.storage.set(f.key(), 'set')

    release('stale')

    expect([await call, await f.get()]).toEqual(['stale', 'set'])
  })

  it('storage.backend is the very Keyv that was passed', () => {
    const keyv = new Keyv()

    const f = cached(async (n: number) => n, { store: keyv, keyPrefix: 'f' })

    expect(f.storage.backend).toBe(keyv)
    expect(f.storage.capabilities).toMatchObject({ expiry: 'envelope', values: 'text' })
  })
})

describe('cached.with', () => {
  it('gives defaults, which later ones and those of the function replace', async () => {
    const store = lru({ max: 10 })
    const base = cached.with({ store, keyPrefix: 'base', missValue: 'base', overload: true })
    const more = base.with({ missValue: 'more' })

    const wrapped = [
      base(async () => 1),
      more(async () => 1),
      more(async () => 1, { missValue: 'own', keyPrefix: 'own' }),
    ]

    expect(await Promise.all(wrapped.map((f) => f.get()))).toEqual(['base', 'more', 'own'])
    expect(wrapped.map((f) => f.key())).toEqual(['base', 'base', 'own'])
    expect(new Set(wrapped.map((f) => f.storage.backend)).size).toBe(1)
  })

  it('takes undefined for not given', async () => {
    const base = cached.with({ keyPrefix: 'base', missValue: 'base' })

    const f = base(async () => 1, { keyPrefix: undefined, missValue: undefined })

    expect([f.key(), await f.get()]).toEqual(['base', 'base'])
  })

  it('changes neither cached nor what it was made from', async () => {
    const base = cached.with({ keyPrefix: 'base' })

    base.with({ keyPrefix: 'more' })

    expect([base(async () => 1).key(), cached(async function own() {}).key()]).toEqual(['base', 'own'])
  })
})
