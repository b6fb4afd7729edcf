import { AsyncLocalStorage } from 'node:async_hooks'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { Keyv } from 'keyv'
import { ActionError, brotli, CoderError, cachedSync, gzip, OptionError } from '../../lib/index.js'
import { quiet } from '../support/controlled-store.js'

const wrap = cachedSync as unknown as (fn: unknown, options?: unknown) => ReturnType<typeof cachedSync<() => unknown>>
const fn = (value: unknown) => value

describe('cachedSync refuses when it wraps', () => {
  it.each([
    ['what is no function', 5, 'cachedSync takes a function, got a number'],
    ['an async function', async () => 5, 'this one is async: use cached'],
    ['an async generator', async function* () {}, 'this one is async: use cached'],
  ])('%s', (_name, given, message) => {
    const act = () => wrap(given)

    expect(act).toThrow(OptionError)
    expect(act).toThrow(message)
  })

  it.each([
    ['a Keyv', new Keyv()],
    ['a Keyv over a Map', new Keyv({ store: new Map() })],
    ['an adapter', { get: async () => 1, set: async () => 1, delete: async () => true, clear: async () => {} }],
    ['a function', () => new Map()],
    ['an AsyncLocalStorage', new AsyncLocalStorage()],
    ['a WeakMap', new WeakMap()],
    ['text', 'redis://localhost'],
  ])('%s as the store', (_name, store) => {
    const act = () => wrap(fn, { store, keyPrefix: 'f' })

    expect(act).toThrow(OptionError)
    expect(act).toThrow(/the store of cachedSync must be a Map-like.*use cached/)
  })

  it.each([
    ['storeTimeout', 5, 'leave it out'],
    ['lease', true, 'leave it out'],
    ['userInterface', () => ({}), 'or use cached'],
    ['storageInterface', () => ({}), 'or use cached'],
    ['staleWhileRevalidate', 5, 'nothing goes on behind a synchronous call; staleIfError is there'],
    ['earlyRefresh', true, 'nothing goes on behind a synchronous call, leave it out'],
    ['softTimeout', 5, 'a synchronous function cannot be left behind, leave it out'],
    ['hardTimeout', 5, 'a synchronous function cannot be left behind, leave it out'],
    ['waitUntil', () => {}, 'nothing goes on behind a synchronous call, leave it out'],
    ['loadMany', () => [], 'call the function for each, or use cached'],
    ['batch', {}, 'call the function for each, or use cached'],
  ])('the option %s, which is one of cached, and says what to do', (name, value, instead) => {
    for (const act of [() => wrap(fn, { [name]: value }), () => cachedSync.with({ [name]: value })]) {
      expect(act).toThrow(OptionError)
      expect(act).toThrow(`${name} is an option of cached, and none of cachedSync: `)
      expect(act).toThrow(instead)
    }
    expect(wrap(fn, { [name]: undefined })).toBeInstanceOf(Function)
  })

  it.each([
    ['an unknown option', { tll: 5 }, "unknown option 'tll'; the options are store, coder"],
    ['options that are null', null, 'options must be an object, got null'],
    ['a ttl of 0', { ttl: 0 }, 'ttl must be a finite number of milliseconds above 0'],
    ['a staleIfError without a ttl', { staleIfError: 5 }, "staleIfError counts from the end of an entry's ttl"],
    ['a staleIfError of 0', { ttl: 5, staleIfError: 0 }, 'staleIfError must be a finite number'],
    ['a retryAfter that is text', { ttl: 5, retryAfter: '5' }, 'retryAfter must be a finite number'],
    ['a jitter of 1', { ttl: 5, jitter: 1 }, 'jitter must be a fraction of ttl, from 0 to below 1, got 1'],
    ['a cacheIf that is true', { cacheIf: true }, 'cacheIf must be a function'],
    ['an unknown default action', { defaultAction: 'read' }, "got 'read'; the actions are getOrUpdate, get, set"],
    ['an anonymous function on a Map', { store: new Map() }, 'needs a keyPrefix'],
  ])('%s', (_name, options, message) => {
    const act = () =>
      wrap(
        (
          () => () =>
            5
        )(),
        options,
      )

    expect(act).toThrow(OptionError)
    expect(act).toThrow(message)
  })

  it.each([
    ['gzip by name', ['superjson', 'gzip'] as const],
    ['brotli by name', 'brotli'],
    ['gzip', gzip()],
    ['a list that ends in brotli', ['json', brotli()] as const],
    ['a pair with an async function', [async (value: unknown) => value, (stored: unknown) => stored] as const],
  ])('a coder that is known to be asynchronous: %s', (_name, coder) => {
    const act = () => wrap(fn, { coder })

    expect(act).toThrow(CoderError)
    expect(act).toThrow(/cachedSync takes synchronous coders, and '.*' answers with a promise/)
  })
})

describe('cachedSync refuses when it is used', () => {
  const unhandled: unknown[] = []
  const hear = (reason: unknown) => unhandled.push(reason)

  beforeEach(() => {
    unhandled.length = 0
    process.on('unhandledRejection', hear)
  })

  afterEach(() => {
    process.off('unhandledRejection', hear)
  })

  it('a function that gives a promise, whose rejection is heard, and stores nothing', async () => {
    const store = new Map()
    const f = wrap(() => Promise.reject(new Error('lost')), { store, keyPrefix: 'f' })

    const acts = [() => f(), () => f.update(), () => f.execute(), () => f.getOrUpdateMany([])]

    for (const act of acts) {
      expect(act).toThrow(ActionError)
      expect(act).toThrow("the function of 'f' gave a promise (an object (Promise)): use cached")
    }
    await quiet()
    expect([unhandled, store.size]).toEqual([[], 0])
  })

  it('a thenable, whoever made it', () => {
    // biome-ignore lint/suspicious/noThenProperty: it is to be taken for a promise
    const f = wrap(() => ({ then: (resolve: () => void) => resolve() }))

    expect(() => f()).toThrow(ActionError)
  })

  it('a promise as the value of set', async () => {
    const f = wrap(() => 5)

    expect(() => f.set(Promise.reject(new Error('lost')))).toThrow(ActionError)

    await quiet()
    expect([unhandled, f.has()]).toEqual([[], false])
  })

  it('a coder that answers with a promise: a control throws, a call tells of it', async () => {
    const lost = () => Promise.reject(new Error('lost'))
    const f = wrap(() => 5, { coder: [lost, lost] })
    const seen: unknown[] = []
    f.on('error', ({ error }) => seen.push(error))

    const answer = f()

    expect([answer, f.has()]).toEqual([5, false])
    for (const act of [() => f.set(5), () => f.update(), () => f.encode(5), () => f.decode('x')]) {
      expect(act).toThrow("cachedSync takes synchronous coders, and 'custom' answers with a promise")
    }
    await quiet()
    expect([seen, unhandled]).toEqual([[expect.any(CoderError)], []])
  })

  it('a Map-like that answers with promises', async () => {
    const answer = async () => undefined
    const store = { size: 0, get: answer, set: answer, has: answer, delete: answer }
    const f = wrap(() => 5, { store, keyPrefix: 'f' })
    f.on('error', () => {})

    expect(f()).toBe(5)
    expect(() => f.get()).toThrow('answers with promises')
  })

  it('an unknown action, a bulk item that is no list, a key that is empty, bind of what is no object', () => {
    const f = wrap(() => 5) as unknown as Record<'run' | 'getMany', (given: unknown) => unknown> & {
      storage: { get(key: unknown): unknown }
    }
    const bound = wrap(() => 5, { receiver: true, keyPrefix: 'f' })

    expect(() => f.run('read')).toThrow("unknown action 'read'; the actions are getOrUpdate, get")
    expect(() => f.getMany(5)).toThrow(ActionError)
    expect(() => f.storage.get('')).toThrow('a key is a non-empty string')
    expect(() => bound.bind(5)).toThrow(ActionError)
    expect(() => bound()).toThrow('this function runs with a receiver')
  })
})
