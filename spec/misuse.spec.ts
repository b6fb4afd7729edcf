import { describe, expect, it, jest } from '@jest/globals'
import { type CachedOptions, cached } from '../lib/index.js'
import { faultyStore } from './support/controlled-store.js'

async function named(n: unknown): Promise<unknown> {
  return n
}

interface Expected {
  name: string
  code: string
  message: string
}

const optionError = (message: string): Expected => ({ name: 'OptionError', code: 'ERR_OPTION', message })
const coderError = (message: string): Expected => ({ name: 'CoderError', code: 'ERR_CODER', message })

function thrown(act: () => unknown): unknown {
  try {
    act()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

function expectError(error: unknown, { name, code, message }: Expected): void {
  expect(error).toMatchObject({ name, code, message: expect.stringContaining(message) })
  if (code !== 'ERR_CODER') expect(error).toBeInstanceOf(TypeError)
}

const milliseconds = 'must be a finite number of milliseconds above 0'
const aStore = 'store must be a Keyv, a Keyv adapter (such as KeyvRedis or KeyvMemcache), a Map-like'
const aPrefix = "keyPrefix must be a non-empty string in well-formed Unicode, without '::' and not ending in ':'"

const wrong: [what: string, options: unknown, expected: Expected][] = [
  ['an unknown option', { tll: 5 }, optionError("unknown option 'tll'; the options are store, coder")],
  ['options that are null', null, optionError('options must be an object')],
  ['options that are a number', 5_000, optionError('options must be an object, got a number')],
  ['a ttl of 0', { ttl: 0 }, optionError(`ttl ${milliseconds}, got 0`)],
  ['a negative ttl', { ttl: -1 }, optionError(`ttl ${milliseconds}, got -1`)],
  ['a ttl that is NaN', { ttl: Number.NaN }, optionError(`ttl ${milliseconds}, got NaN`)],
  ['an infinite ttl', { ttl: Infinity }, optionError(`ttl ${milliseconds}, got Infinity`)],
  ['a ttl that is text', { ttl: '5' }, optionError(`ttl ${milliseconds}, got "5"`)],
  ['a ttl that is null', { ttl: null }, optionError(`ttl ${milliseconds}, got null`)],
  ['a storeTimeout of 0', { storeTimeout: 0 }, optionError(`storeTimeout ${milliseconds}`)],
  ['a storeTimeout that is NaN', { storeTimeout: Number.NaN }, optionError(`storeTimeout ${milliseconds}`)],
  ['a lease that is a number', { lease: 5 }, optionError('lease must be true, false or { ttl, wait }, got a number')],
  ['a lease that is null', { lease: null }, optionError('lease must be true, false or { ttl, wait }, got null')],
  ['a lease that is a list', { lease: [5] }, optionError('lease must be true, false or { ttl, wait }, got an array')],
  ['a lease with what it has not', { lease: { tll: 5 } }, optionError("lease has ttl and wait, and no 'tll'")],
  ['a lease without a time', { lease: { ttl: 0 } }, optionError(`lease.ttl ${milliseconds}`)],
  ['a lease that is awaited for ever', { lease: { wait: Infinity } }, optionError(`lease.wait ${milliseconds}`)],
  [
    'a wait that is less than the ttl of the lease',
    { lease: { ttl: 20_000, wait: 10_000 } },
    optionError('lease.wait must not be less than lease.ttl'),
  ],
  [
    'a wait that is less than the ttl a lease has by default',
    { lease: { wait: 5_000 } },
    optionError('got ttl 10000 and wait 5000'),
  ],
  [
    'a storeTimeout that no timer can wait',
    { storeTimeout: 2 ** 31 },
    optionError('and at most 2147483647, got 2147483648'),
  ],
  [
    'an unknown onStoreError',
    { onStoreError: 'ignore' },
    optionError("onStoreError must be 'execute' or 'throw', got ignore"),
  ],
  ['a loadMany that is no function', { loadMany: [] }, optionError('loadMany must be a function, got an array of 0')],
  [
    'a batch without loadMany',
    { batch: {} },
    optionError('batch gathers runs into one of loadMany: give the function that'),
  ],
  ...(
    [
      ['a number', 5, 'batch must be { maxSize, wait }, got a number'],
      ['null', null, 'batch must be { maxSize, wait }, got null'],
      ['a list', [5], 'batch must be { maxSize, wait }, got an array of 1'],
      ['of what it has not', { size: 5 }, "batch has maxSize and wait, and no 'size'"],
      ['of none at most', { maxSize: 0 }, 'batch.maxSize must be a whole number above 0, got 0'],
      ['of a part', { maxSize: 1.5 }, 'batch.maxSize must be a whole number above 0, got 1.5'],
      ['without an end', { maxSize: Infinity }, 'batch.maxSize must be a whole number above 0, got Infinity'],
      ['that waits backwards', { wait: -1 }, `batch.wait ${milliseconds}`],
      ['that no timer can wait for', { wait: 2 ** 31 }, 'and at most 2147483647, got 2147483648'],
    ] as const
  ).map(([what, batch, message]): (typeof wrong)[number] => [
    `a batch ${what}`,
    { loadMany: () => [], batch },
    optionError(message),
  ]),
  ['an unknown coder', { coder: 'jsn' }, coderError("no coder is named 'jsn'; known are bypass, clone, text, json")],
  ['an unknown coder in a list', { coder: ['json', 'gzp'] }, coderError("no coder is named 'gzp'")],
  ['an empty list of coders', { coder: [] }, optionError('a list of coders names at least one')],
  ['a coder that is a number', { coder: 5 }, optionError('coder')],
  ['a coder that is null', { coder: null }, optionError('coder')],
  ['a coder without decode', { coder: { encode: String } }, optionError('decode')],
  [
    'a coder of an unknown stored form',
    { coder: { encode: String, decode: String, stored: 'json' } },
    optionError('stored'),
  ],
  ['half a coder pair', { coder: [String] }, optionError('coder')],
  ['a key that is no function', { key: 'k' }, optionError('key must be a function, got a string of 1 characters')],
  [
    'a keyRefactor that is no function',
    { keyRefactor: 'k' },
    optionError('keyRefactor must be a function, got a string of 1 characters'),
  ],
  [
    'ignorableKeys that is no list',
    { ignorableKeys: 0 },
    optionError('ignorableKeys must be an array of argument positions'),
  ],
  [
    'ignorableKeys that are names without parameters',
    { ignorableKeys: ['log'] },
    optionError("ignorableKeys has the name 'log', and the option parameters names no argument"),
  ],
  ['ignorableKeys below 0', { ignorableKeys: [-1] }, optionError('got [-1]')],
  [
    'key and ignorableKeys',
    { key: String, ignorableKeys: [0] },
    optionError('key and ignorableKeys contradict each other'),
  ],
  ['a keyPrefix with ::', { keyPrefix: 'a::b' }, optionError(`${aPrefix}; got "a::b"`)],
  ['a keyPrefix that ends in :', { keyPrefix: 'a:' }, optionError(`${aPrefix}; got "a:"`)],
  ['an empty keyPrefix', { keyPrefix: '' }, optionError(`${aPrefix}; got ""`)],
  ['a keyPrefix that is a number', { keyPrefix: 5 }, optionError(`${aPrefix}; got a number`)],
  ['a keyPrefix that is no Unicode', { keyPrefix: '\ud800' }, optionError(aPrefix)],
  [
    'a store that is a number',
    { store: 5 },
    optionError(`${aStore} with get, set, has, delete and size, or a Storage; got a number`),
  ],
  [
    'a store that is a url',
    { store: 'redis://localhost' },
    optionError(
      `${aStore} with get, set, has, delete and size, or a Storage; got a string of 17 characters; for a Redis server write redis('redis://...'), from ringcache/redis`,
    ),
  ],
  [
    'a store that is a class',
    { store: Map },
    optionError('store is the class Map: pass an instance of it, or a function that gives one'),
  ],
  ['a store that is null', { store: null }, optionError(aStore)],
  [
    'a store that is {}',
    { store: {} },
    optionError(`${aStore} with get, set, has, delete and size, or a Storage; got an object (Object)`),
  ],
  [
    'a store that is an array',
    { store: [] },
    optionError(`${aStore} with get, set, has, delete and size, or a Storage; got an array of 0`),
  ],
  ['a store that is a Set', { store: new Set() }, optionError(aStore)],
  [
    'a store that is a WeakMap',
    { store: new WeakMap() },
    optionError(`${aStore} with get, set, has, delete and size, or a Storage; got an object (WeakMap)`),
  ],
  [
    'a coderRegistry that is none',
    { coderRegistry: {} },
    optionError('coderRegistry must be what coderRegistry() gives'),
  ],
  ...(['staleWhileRevalidate', 'staleIfError'] as const).flatMap((name): typeof wrong => [
    [`a ${name} without a ttl`, { [name]: 5 }, optionError(`${name} counts from the end of an entry's ttl`)],
    ...[0, -1, Number.NaN, Infinity, '5', null, true].map((given): (typeof wrong)[number] => [
      `a ${name} of ${String(given)}`,
      { ttl: 5, [name]: given },
      optionError(`${name} ${milliseconds}`),
    ]),
  ]),
  ...[0, -1, Number.NaN, Infinity, '5', null].map((given): (typeof wrong)[number] => [
    `a retryAfter of ${String(given)}`,
    { ttl: 5, staleIfError: 5, retryAfter: given },
    optionError(`retryAfter ${milliseconds}`),
  ]),
  ...[1, 1.5, -0.1, Number.NaN, '0.1', null, true].map((given): (typeof wrong)[number] => [
    `a jitter of ${String(given)}`,
    { ttl: 5, jitter: given },
    optionError('jitter must be a fraction of ttl, from 0 to below 1, got'),
  ]),
  ['a jitter without a ttl', { jitter: 0.1 }, optionError("jitter counts from the end of an entry's ttl")],
  ...[0, -1, Number.NaN, Infinity, '1', null].map((given): (typeof wrong)[number] => [
    `an earlyRefresh of ${String(given)}`,
    { ttl: 5, earlyRefresh: given },
    optionError('earlyRefresh must be true, false or a finite number above 0, got'),
  ]),
  [
    'an earlyRefresh without a ttl',
    { earlyRefresh: true },
    optionError('this function has none: give it the option ttl'),
  ],
  ...(['softTimeout', 'hardTimeout'] as const).flatMap((name): typeof wrong =>
    [0, -1, Number.NaN, Infinity, 2 ** 31, '5', null].map((given) => [
      `a ${name} of ${String(given)}`,
      { [name]: given },
      optionError(`${name} ${milliseconds} and at most 2147483647`),
    ]),
  ),
  ...[100, 200].map((softTimeout): (typeof wrong)[number] => [
    `a softTimeout of ${softTimeout} and a hardTimeout of 100`,
    { softTimeout, hardTimeout: 100 },
    optionError(`softTimeout must be less than hardTimeout: it would never come first; got ${softTimeout} and 100`),
  ]),
  [
    'a batch that waits as long as a run may take',
    { loadMany: async () => [], batch: { wait: 100 }, hardTimeout: 100 },
    optionError('batch.wait must be less than hardTimeout'),
  ],
  ...(['cacheIf', 'waitUntil', 'loadMany'] as const).flatMap((name): typeof wrong =>
    [true, 5, null, {}].map((given) => [
      `a ${name} that is ${JSON.stringify(given)}`,
      { [name]: given },
      optionError(`${name} must be a function, got`),
    ]),
  ),
]

describe('cached throws at once', () => {
  it.each(wrong)('for %s', (_what, options, expected) => {
    const error = thrown(() => cached(named, options as CachedOptions))

    expectError(error, expected)
  })

  it.each(wrong.filter(([what]) => /^(an unknown option|a ttl|a storeTimeout|options)/.test(what)))(
    'for %s in cached.with',
    (_what, options, expected) => {
      const error = thrown(() => cached.with(options as CachedOptions)(named))

      expectError(error, expected)
    },
  )

  it.each([
    [5, 'a number'],
    [undefined, 'undefined'],
    [null, 'null'],
    [Promise.resolve(), 'an object (Promise)'],
  ])('for %p in place of a function', (fn, got) => {
    const error = thrown(() => cached(fn as never))

    expectError(error, optionError(`cached takes a function, got ${got}`))
  })

  it('for an anonymous function on a store that was passed', () => {
    const error = thrown(() => cached(async () => 1, { store: new Map() }))

    expectError(error, optionError('an anonymous function on a store of yours needs a keyPrefix'))
  })

  it('for an adapter with a namespace of its own', () => {
    const store = Object.assign(faultyStore().adapter, { namespace: 'ns' })

    const error = thrown(() => cached(named, { store }))

    expectError(
      error,
      optionError("a bare adapter must have no namespace of its own, got 'ns': use the option keyPrefix"),
    )
  })
})

function setup(options: object = {}) {
  const faulty = faultyStore()
  const fn = jest.fn(named)
  return { f: cached(fn, { store: faulty.adapter, keyPrefix: 'f', ...options }), fn, faulty }
}

const cycle: unknown[] = []
cycle.push({ again: cycle })

describe('arguments that cannot be part of a key', () => {
  it.each([
    ['a function', () => {}, '$[0]'],
    ['a nested function', { filter: [{ by: () => {} }] }, '$[0].filter[0].by'],
    ['a symbol', Symbol('s'), '$[0]'],
    ['a promise', Promise.resolve(1), '$[0]'],
    ['a WeakMap', { cache: new WeakMap() }, '$[0].cache'],
    ['a cycle', cycle, '$[0][0].again'],
    ['an instance of a class that says nothing about itself', [new (class Thing {})()], '$[0][0]'],
  ])('reject with the path of %s, run nothing and store nothing', async (_what, argument, path) => {
    const { f, fn, faulty } = setup()

    const settled = await Promise.allSettled([
      f(argument),
      f.set(1, argument),
      f.update(argument),
      f.getMany([1], [argument]),
    ])

    for (const result of settled) {
      const error = result.status === 'rejected' ? result.reason : undefined
      expectError(error, { name: 'KeyError', code: 'ERR_KEY', message: path })
    }
    expect(fn).not.toHaveBeenCalled()
    expect(faulty.count('get') + faulty.count('set')).toBe(0)
  })

  it.each([
    ['key', { key: () => 5 }, 'the key option must give a non-empty string or an array of parts'],
    ['key', { key: () => '' }, 'it gave ""'],
    ['keyRefactor', { keyRefactor: () => undefined }, 'the keyRefactor option must give a non-empty string'],
    ['keyRefactor', { keyRefactor: () => '\ud800' }, 'in well-formed Unicode'],
  ])('are those of which the option %s makes no key', async (_option, options, message) => {
    const { f, fn, faulty } = setup(options)

    const error = await f(1).catch((reason) => reason)

    expectError(error, { name: 'KeyError', code: 'ERR_KEY', message })
    expect(fn).not.toHaveBeenCalled()
    expect(faulty.count('set')).toBe(0)
  })
})

describe('items of bulk controls that are not arrays', () => {
  it.each(['getMany', 'getOrUpdateMany', 'updateMany', 'executeMany', 'deleteMany', 'hasMany', 'touchMany'] as const)(
    'make %s reject, and nothing is run or stored',
    async (control) => {
      const { f, fn, faulty } = setup({ ttl: 5 })

      const error = await f[control]([1], 2 as never).catch((reason) => reason)

      expectError(error, {
        name: 'ActionError',
        code: 'ERR_ACTION',
        message:
          'each item of a bulk action is the complete arguments as an array, as in getMany([1], [2]); got a number',
      })
      expect(fn).not.toHaveBeenCalled()
      expect(faulty.count('get') + faulty.count('set') + faulty.count('delete')).toBe(0)
    },
  )

  it('make setMany reject and keyMany throw', async () => {
    const { f, faulty } = setup()

    const errors = [
      await f.setMany([[1], 'x' as never], [1, 2]).catch((reason) => reason),
      thrown(() => f.keyMany([1], null as never)),
    ]

    for (const error of errors) expect(error).toMatchObject({ name: 'ActionError', code: 'ERR_ACTION' })
    expect(faulty.count('set')).toBe(0)
  })
})

describe('values that the coder cannot represent', () => {
  it.each([
    ['json', undefined],
    ['json', 10n],
    ['json', cycle],
    ['text', 5],
    ['superjson', () => {}],
  ])(
    'reject set and update with a CoderError, for %s and %p; a call gives them and stores nothing',
    async (coder, value) => {
      const { f, faulty } = setup({ coder, key: () => 'k' })
      const errors: unknown[] = []
      f.on('error', ({ error }) => errors.push(error))

      const given = await f(value)
      const settled = await Promise.allSettled([f.set(value, 1), f.update(value)])

      expect(given).toBe(value)
      for (const result of settled) {
        expectError(result.status === 'rejected' ? result.reason : undefined, coderError(`'${coder}'`))
      }
      expect(errors).toEqual([expect.objectContaining({ code: 'ERR_CODER' })])
      expect(faulty.count('set')).toBe(0)
    },
  )
})

describe('the keys of fn.storage', () => {
  it.each([0, -1, Number.NaN, '5'])('take no ttl of %p', async (ttl) => {
    const { f, faulty } = setup()

    const error = await f.storage.set('k', 1, ttl as never).catch((reason) => reason)

    expectError(error, optionError(`ttl ${milliseconds}`))
    expect(faulty.count('set')).toBe(0)
  })
})
