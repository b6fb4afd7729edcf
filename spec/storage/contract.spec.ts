import { afterEach, describe, expect, it, jest } from '@jest/globals'
import { Keyv } from 'keyv'
import { cached, OptionError, type Storage, StoreError } from '../../lib/index.js'
import { checkedStorage } from '../../lib/storage/checked.js'
import { openStorage } from '../../lib/storage/open.js'
import type { Attempt, Leases } from '../../lib/storage/storage.js'

const attempt: Attempt = { givenUp: false, onGiveUp: undefined, timeout: 1_000 }

/** The least that a Storage is, over a Map; answers go through `answer`. */
function least(more: Partial<Storage> = {}, answer: <T>(value: T) => T | Promise<T> = (value) => value) {
  const entries = new Map<string, unknown>()
  const storage: Storage = {
    name: 'mine',
    capabilities: { expiry: 'none', touch: 'rewrite', many: 'native', values: 'objects', deleteTells: true },
    backend: new Keyv(),
    getMany: (keys) => answer(keys.map((key) => (entries.has(key) ? { value: entries.get(key) } : undefined))),
    setMany: (items) => {
      for (const { key, value } of items) entries.set(key, value)
      return answer(items.map(() => undefined))
    },
    deleteMany: (keys) => answer(keys.map((key) => entries.delete(key))),
    ...more,
  }
  return { storage, entries }
}

/** `storage` with one capability of another value. */
function withCapability(name: string, value: unknown): object {
  const { storage } = least()
  return { ...storage, capabilities: { ...storage.capabilities, [name]: value } }
}

function without(name: keyof Storage): object {
  const { [name]: _, ...rest } = least().storage
  return rest
}

function wrap(store: object) {
  let runs = 0
  const f = cached(
    async (n: number) => {
      runs += 1
      return `value ${n}`
    },
    { store, keyPrefix: 'f' },
  )
  const errors: unknown[] = []
  f.on('error', ({ error }) => errors.push(error))
  return { f, errors, runs: () => runs }
}

describe.each([
  ['at once', <T>(value: T) => value],
  ['with promises', async <T>(value: T) => value],
])('a Storage as a store that answers %s', (_how, answer) => {
  it('serves every control with the least it must have', async () => {
    const { storage, entries } = least({}, answer)
    const { f, runs } = wrap(storage)

    const told = [
      await f.get(1),
      await f(1),
      await f(1),
      await f.has(1),
      await f.has(2),
      await f.set('new', 2),
      await f.getMany([1], [2], [3]),
      await f.delete(1),
      await f.delete(1),
    ]

    expect(told).toEqual([
      ...[undefined, 'value 1', 'value 1', true, false, undefined],
      ...[['value 1', 'new', undefined], true, false],
    ])
    expect(runs()).toBe(1)
    expect([...entries.keys()]).toEqual([f.key(2)])
  })
})

describe('a Storage as a store', () => {
  it('is one for all functions that share it, which fence each other', async () => {
    const { storage, entries } = least()
    let finish = (): void => {}
    const slow = cached(() => new Promise<string>((resolve) => (finish = () => resolve('old'))), {
      store: storage,
      keyPrefix: 'f',
    })
    const other = cached(async () => 'new', { store: storage, keyPrefix: 'f' })
    const running = slow()

    await other.delete()
    finish()

    expect(await running).toBe('old')
    expect(entries.size).toBe(0)
    expect(slow.storage.backend).toBe(storage.backend)
    expect(slow.storage.capabilities).toEqual({ ...storage.capabilities, lease: 'process' })
  })

  it('fences with another of the same identity', async () => {
    const identity = {}
    const [one, other] = [least({ identity }).storage, least({ identity }).storage]

    expect(openStorage(one).identity).toBe(identity)
    expect(openStorage(other).identity).toBe(identity)
    expect(openStorage(least().storage).identity).not.toBe(openStorage(least().storage).identity)
  })

  it('keeps its methods on it', async () => {
    class Mine {
      readonly name = 'mine'
      readonly capabilities = least().storage.capabilities
      readonly backend = new Keyv()
      readonly #entries = new Map<string, unknown>()
      getMany(keys: readonly string[]) {
        return keys.map((key) => (this.#entries.has(key) ? { value: this.#entries.get(key) } : undefined))
      }
      setMany(items: readonly { key: string; value: unknown }[]) {
        for (const { key, value } of items) this.#entries.set(key, value)
        return items.map(() => undefined)
      }
      deleteMany(keys: readonly string[]) {
        return keys.map((key) => this.#entries.delete(key))
      }
      peek(key: string) {
        return this.getMany([key])[0]
      }
    }
    const { f, runs } = wrap(new Mine())

    await f(1)
    await f(1)

    expect(runs()).toBe(1)
  })

  it('is refused a ttl where it ends nothing, at wrap time and by key', async () => {
    const { storage } = least()
    const { f } = wrap(storage)

    const wrapping = () => cached(async () => 1, { store: storage, keyPrefix: 'f', ttl: 5 })

    expect(wrapping).toThrow(OptionError)
    expect(wrapping).toThrow(/ttl needs a store that can end an entry, and mine keeps each until it is removed/)
    await expect(f.storage.set(f.key(1), 'x', 5)).rejects.toThrow(
      /a ttl needs a store that can end an entry, and mine keeps each/,
    )
  })

  it('touches by its own command where it has one', async () => {
    const touched: unknown[] = []
    const { storage } = least({
      capabilities: { ...least().storage.capabilities, touch: 'native', expiry: 'native' },
      touchMany: (keys, ttl) => keys.map((key) => touched.push([key, ttl]) > 0),
    })
    const f = cached(async () => 1, { store: storage, keyPrefix: 'f', ttl: 5_000 })

    const told = await f.touch()

    expect(told).toBe(true)
    expect(touched).toEqual([[f.key(), 5_000]])
  })
})

/** Leases of a store that this process has to itself. */
const leases: Leases = {
  covers: () => true,
  take: (asked) => asked.map(() => 'taken'),
  replace: (asked) => asked.map(() => ''),
  renew: (asked) => asked.map(() => true),
  yield: (asked) => asked.map(() => true),
  release: (asked) => asked.map(() => true),
  setMany: (items) => items.map(() => 'refused'),
  deleteMany: (keys) => keys.map(() => true),
}
const leased = (own: Partial<Leases> = {}) =>
  least({ capabilities: { ...least().storage.capabilities, lease: 'atomic' }, leases: { ...leases, ...own } })

describe('a Storage with leases', () => {
  it('is asked by them, and stores nothing that they refuse', async () => {
    const { storage, entries } = leased()
    const f = cached(async (n: number) => n, { store: storage, keyPrefix: 'f' })
    const fenced = jest.fn()
    f.on('fenced', fenced)

    const value = await f(1)

    expect(value).toBe(1)
    expect(fenced).toHaveBeenCalledTimes(1)
    expect(entries.size).toBe(0)
  })

  it.each<[string, Partial<Leases>, RegExp]>([
    ['take', { take: () => ['mine' as never] }, /leases.take must give for each { value }, 'taken' or 'held'/],
    ['setMany', { setMany: () => [true as never] }, /leases.setMany must give for each undefined where it is stored/],
  ])('has a wrong answer of %s be a failure of the store, which a call survives', async (_name, own, message) => {
    const f = cached(async (n: number) => n, { store: leased(own).storage, keyPrefix: 'f' })
    const errors: unknown[] = []
    f.on('error', ({ error }) => errors.push(error))

    const value = await f(1)

    expect(value).toBe(1)
    expect(errors).toEqual([expect.objectContaining({ name: 'StoreError', message: expect.stringMatching(message) })])
  })

  it('is asked to leave one, and a wrong answer fails', () => {
    const lease = { key: 'a', token: 'mine' }
    const [right, wrong] = [leased().storage, leased({ yield: () => ['yes' as never] }).storage].map(openStorage)

    const told = right?.leases?.yield([lease], 1_000, attempt)

    expect(told).toEqual([true])
    expect(() => wrong?.leases?.yield([lease], 1_000, attempt)).toThrow('leases.yield must give for each true or false')
  })

  it('loses them where what stands in for it reads or writes in another way', async () => {
    const { storage } = leased()
    const options = { store: storage, keyPrefix: 'f' }
    const same = cached(async (n: number) => n, { ...options, storageInterface: (_backend, info) => info.storage })

    const other = cached(async (n: number) => n, {
      ...options,
      overload: true,
      storageInterface: (_backend, { storage: below }) => ({ ...below, setMany: storage.setMany }),
    })

    expect([same.storage.capabilities.lease, other.storage.capabilities.lease]).toEqual(['atomic', 'process'])
    await other(1)
    expect(await other.get(1)).toBe(1)
  })
})

/** A Storage of text that swaps as it is told here. */
const swapping = (swapMany: Storage['swapMany'], more: Partial<Storage> = {}) =>
  least({ capabilities: { ...least().storage.capabilities, values: 'text' }, swapMany, ...more }).storage
const swaps = ['a', 'b'].map((key) => ({ key, from: '', to: '@ring1{}\n', ttl: undefined, fences: false }))

describe('a Storage that swaps', () => {
  it('is handed the swaps as they are, on itself, and tells of each', async () => {
    const swapMany = jest.fn<NonNullable<Storage['swapMany']>>(() => [true, { error: 'no' }])
    const given = swapping(swapMany)

    const told = await openStorage(given).swapMany?.(swaps, attempt)

    expect(told).toEqual([true, { error: 'no' }])
    expect(swapMany.mock.calls).toEqual([[swaps, attempt]])
    expect(swapMany.mock.contexts).toEqual([given])
  })

  it.each<[string, unknown, RegExp]>([
    ['nothing', undefined, /^swapMany must give an array of 2; got undefined$/],
    ['too few', [true], /^swapMany must give an array of 2, one for each; got an array of 1$/],
    ['what is no answer', [true, 1], /^swapMany must give for each true, false or { error }; got a number$/],
    ['undefined for one', [undefined, true], /^swapMany must give for each true, false or { error }; got undefined$/],
  ])('fails where it answers %s', (_what, answer, message) => {
    const { swapMany } = openStorage(swapping(() => answer as never))

    const asking = () => swapMany?.(swaps, attempt)

    expect(asking).toThrow(message)
  })

  it('may leave that out', () => {
    const storage = openStorage(least().storage)

    expect(storage.swapMany).toBeUndefined()
  })

  it.each<[string, Partial<Storage>, boolean]>([
    ['keeps that of the one below', {}, true],
    ['keeps it where it touches in another way', { hasMany: () => [] }, true],
    ['loses it where it reads in another way', { getMany: () => [] }, false],
    ['loses it where it reads one in another way', { get: () => undefined }, false],
    ['loses it where it writes in another way', { setMany: () => [] }, false],
    ['loses it where it removes in another way', { deleteMany: () => [] }, false],
    ['loses it where its leases are others', { leases: { ...leases } }, false],
    ['has its own, whatever else is its own', { getMany: () => [], swapMany: () => [] }, true],
  ])('%s, where it stands in for another', (_what, own, keeps) => {
    const capabilities = { ...least().storage.capabilities, values: 'text', lease: 'atomic' } as const
    const base = openStorage(swapping(() => [true, true], { capabilities, leases }))

    const storage = checkedStorage({ ...base, ...own }, 'it', base)

    expect(storage.swapMany !== undefined).toBe(keeps)
  })
})

describe('a Storage that is none', () => {
  it.each<[string, unknown, RegExp]>([
    ['undefined', undefined, /must be a Storage \(name, capabilities, getMany, setMany, deleteMany\), got undefined/],
    ['a function', () => least().storage, /got a function/],
    ['a promise', Promise.resolve(least().storage), /got a promise: await it first/],
    ['one without a name', without('name'), /name must be a non-empty string, got undefined/],
    ['one without getMany', without('getMany'), /getMany must be a function, got undefined/],
    ['one without setMany', without('setMany'), /setMany must be a function/],
    ['one without deleteMany', without('deleteMany'), /deleteMany must be a function/],
    ['one without capabilities', without('capabilities'), /capabilities must be an object, got undefined/],
    ['a Map as backend', { ...least().storage, backend: new Map() }, /backend must be a Keyv.*got an object \(Map\)/],
    ['a text as peek', { ...least().storage, peek: 'x' }, /peek must be a function, if given, got a string/],
    ['a text as identity', { ...least().storage, identity: 'x' }, /identity must be an object, if given/],
    ['a text as wholeSeconds', { ...least().storage, wholeSeconds: 'x' }, /wholeSeconds must be a boolean, if given/],
    [
      'an unknown expiry',
      withCapability('expiry', 'never'),
      /expiry must be 'native' or 'envelope' or 'none', got 'never'/,
    ],
    ['an unknown touch', withCapability('touch', true), /capabilities.touch must be 'native' or 'rewrite', got true/],
    ['no many', withCapability('many', undefined), /capabilities.many must be 'native' or 'each', got undefined/],
    ['unknown values', withCapability('values', 'json'), /values must be 'bytes' or 'text' or 'objects', got 'json'/],
    ['a text as deleteTells', withCapability('deleteTells', 'yes'), /deleteTells must be true or false, got 'yes'/],
    ['touch without touchMany', withCapability('touch', 'native'), /'native', so touchMany must be a function/],
    ['an unknown lease', withCapability('lease', 'yes'), /capabilities.lease must be 'atomic' or 'best-effort'/],
    ['a lease without leases', withCapability('lease', 'atomic'), /lease is 'atomic', so leases must be an object/],
    ['leases without a lease', { ...least().storage, leases }, /it has leases, so capabilities.lease must be 'atomic'/],
    ['half of leases', { ...least().storage, leases: { take() {} } }, /leases must be an object with covers, take/],
    [
      'a text as swapMany',
      { ...least().storage, swapMany: 'x' },
      /swapMany must be a function, if given, got a string/,
    ],
    ['swaps of objects', { ...least().storage, swapMany: () => [] }, /it has swapMany, so capabilities.values must be/],
    ['touchMany without touch', { ...least().storage, touchMany: () => [] }, /it has touchMany, so .*'native'/],
  ])('is refused: %s', (_what, given, message) => {
    const checking = () => checkedStorage(given, 'it')

    expect(checking).toThrow(OptionError)
    expect(checking).toThrow(message)
  })

  it('is refused as a store, with what it lacks', () => {
    const wrapping = () => wrap(without('setMany'))

    expect(wrapping).toThrow(OptionError)
    expect(wrapping).toThrow(/^store: setMany must be a function, got undefined/)
  })

  it('takes backend, identity, limits and the reading of errors from what it stands in for', () => {
    const base = openStorage(new Map())
    const limited = { ...base, wholeSeconds: true, fit: () => 'fitted', check: jest.fn() }

    const storage = checkedStorage(without('backend'), 'it', limited)

    expect(storage).toMatchObject({ backend: base.backend, identity: base.identity, wholeSeconds: true, name: 'mine' })
    expect([storage.fit('key', ''), storage.failure(new Error('any'))]).toEqual(['fitted', 'reply'])
    storage.check('a key')
    expect(limited.check).toHaveBeenCalledWith('a key')
    expect(storage.peek).toBeUndefined()
  })
})

describe('a Storage without a backend', () => {
  it('gets a Keyv over itself, which shows what is stored', async () => {
    const f = cached(async (n: number) => n, { store: without('backend'), keyPrefix: 'f', coder: 'json' })
    await f(1)

    const raw = await f.storage.backend.get(f.key(1))

    expect(raw).toBe('1')
    await f.storage.backend.set(f.key(1), '2')
    expect(await f.get(1)).toBe(2)
    expect([await f.storage.backend.delete(f.key(1)), await f.has(1)]).toEqual([true, false])
    await expect(f.storage.backend.clear()).rejects.toThrow('has no clear()')
  })
})

describe('a Storage that stands in for another', () => {
  it('is asked by its own getMany where that is all that it replaces', async () => {
    const f = cached(async (n: number) => n, {
      keyPrefix: 'f',
      store: new Map([['f::1', { value: 'below', expires: undefined }]]),
      storageInterface: (_backend, { storage }) => ({
        ...storage,
        getMany: (keys) => keys.map((key) => ({ value: `read ${key}` })),
      }),
    })

    const answers = [await f(1), await f.get(1), await f.getMany([1]), await f.has(1)]

    expect(answers).toEqual(['read f::1', 'read f::1', ['read f::1'], true])
  })

  it('cannot change the one that others use', async () => {
    const store = new Map()
    const plain = cached(async (n: number) => n, { keyPrefix: 'f', store })

    cached(async () => 1, {
      keyPrefix: 'g',
      store,
      storageInterface: (_backend, { storage }) => Object.assign(storage, { getMany: () => [] }),
    })

    expect([await plain(1), await plain.getMany([1])]).toEqual([1, [1]])
  })
})

describe('a Storage that answers wrongly', () => {
  afterEach(() => void jest.restoreAllMocks())

  type Answer = () => unknown
  const wrong = (name: keyof Storage, answer: Answer): object => ({ ...least().storage, [name]: answer })

  it.each<[string, Answer]>([
    ['nothing', () => undefined],
    ['a shorter list', () => []],
    ['a longer list', () => [undefined, undefined]],
    ['null for a miss', () => [null]],
    ['a bare value', () => ['value']],
    ['a list of promises', () => [Promise.reject(new Error('unheard'))]],
    ['a promise of nothing', async () => undefined],
    [
      'an error',
      () => {
        throw new Error('broken')
      },
    ],
    [
      'a rejection',
      async () => {
        throw new Error('broken')
      },
    ],
  ])('has no silent miss: getMany gives %s', async (_what, answer) => {
    const { f, errors } = wrap(wrong('getMany', answer))

    const value = await f(1)
    const reading = f.get(1)

    expect(value).toBe('value 1')
    await expect(reading).rejects.toThrow(StoreError)
    expect(errors).toEqual([expect.objectContaining({ code: 'ERR_STORE', operation: 'get', failure: 'connection' })])
  })

  it.each<[keyof Storage, Answer, (f: ReturnType<typeof wrap>['f']) => Promise<unknown>, RegExp]>([
    [
      'setMany',
      () => undefined,
      (f) => f.set('x', 1),
      /set of .* on mine failed: setMany must give an array of 1; got undefined/,
    ],
    ['setMany', () => [], (f) => f.set('x', 1), /setMany must give an array of 1, one for each; got an array of 0/],
    ['setMany', () => [true], (f) => f.set('x', 1), /setMany must give for each undefined .*; got a boolean/],
    ['setMany', () => [Promise.reject(new Error('unheard'))], (f) => f.set('x', 1), /got a promise/],
    ['setMany', () => [{ error: new Error('full') }], (f) => f.set('x', 1), /failed: full/],
    ['deleteMany', () => true, (f) => f.delete(1), /deleteMany must give an array of 1; got a boolean/],
    ['deleteMany', () => [1], (f) => f.delete(1), /deleteMany must give for each true or false; got a number/],
    ['hasMany', () => [undefined], (f) => f.has(1), /hasMany must give for each true or false; got undefined/],
    ['get', () => null, (f) => f.get(1), /get must give \{ value \}, or undefined for a miss; got null/],
    ['get', async () => 'value', (f) => f.get(1), /get must give .*; got a string/],
  ])('fails that operation: %s', async (name, answer, act, message) => {
    const { f } = wrap(wrong(name, answer))

    const acting = act(f)

    await expect(acting).rejects.toThrow(StoreError)
    await expect(acting).rejects.toThrow(message)
  })

  it.each<[string, Answer]>([
    ['a promise', async () => ({ value: 'wrong' })],
    ['a rejection', async () => Promise.reject(new Error('unheard'))],
    ['a bare value', () => 'wrong'],
    ['null', () => null],
    [
      'an error',
      () => {
        throw new Error('broken')
      },
    ],
  ])('is asked the complete way where peek gives %s', async (_what, answer) => {
    const { f } = wrap(wrong('peek', answer))

    const value = await f(1)

    expect(value).toBe('value 1')
  })

  it('has a key that is none refused', async () => {
    const store = wrong('fit', () => '')

    const wrapping = () => wrap(store)

    expect(wrapping).toThrow(/fit of the store must give a non-empty string, got a string of 0 characters/)
  })

  it('has an unknown failure taken for the connection', () => {
    const storage = checkedStorage(
      wrong('failure', () => 'bad'),
      'it',
    )

    expect(storage.failure(new Error('any'))).toBe('connection')
  })

  it('rejects for what touchMany gave', async () => {
    const { storage } = least({ capabilities: { ...least().storage.capabilities, touch: 'native' } })

    const checked = checkedStorage({ ...storage, touchMany: () => [] }, 'it')

    expect(() => checked.touchMany?.(['a'], 5, attempt)).toThrow(/touchMany must give an array of 1/)
  })
})
