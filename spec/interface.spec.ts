import { describe, expect, it, jest } from '@jest/globals'
import { KeyvMemcache } from '@keyv/memcache'
import {
  ActionError,
  type AnyFunction,
  type CallActions,
  cached,
  KeyError,
  OptionError,
  ringKey,
  UnsupportedError,
} from '../lib/index.js'
import { controlledRuns, controlledStore, quiet } from './support/controlled-store.js'
import { sharedMemcached, uniquePrefix } from './support/servers.js'

const numbered = () => {
  let runs = 0
  return jest.fn(async (x: string) => `${x} #${++runs}`)
}

describe('userInterface', () => {
  it('replaces what the call, the control and run do', async () => {
    const f = cached(numbered(), {
      keyPrefix: 'f',
      userInterface: (actions) => ({
        ...actions,
        getOrUpdate: async (call) => `mine of ${await actions.getOrUpdate(call)}`,
      }),
    })

    const answers = [await f('a'), await f.getOrUpdate('a'), await f.run('getOrUpdate', 'a'), await f.get('a')]

    expect(answers).toEqual(['mine of a #1', 'mine of a #1', 'mine of a #1', 'a #1'])
  })

  it('adds actions, which are controls and run by their names', async () => {
    const f = cached(numbered(), {
      keyPrefix: 'f',
      store: new Map(),
      ttl: 60_000,
      userInterface: (actions) => ({
        ...actions,
        peekAge: async (call) => {
          const found = await call.read()
          return found?.expires === undefined ? undefined : 60_000 - (found.expires - Date.now())
        },
      }),
    })

    const before = await f.peekAge('a')
    await f('a')

    expect(before).toBeUndefined()
    expect(await f.peekAge('a')).toBeLessThan(10_000)
    expect(await f.run('peekAge', 'a')).toBeGreaterThanOrEqual(0)
    await expect(f.run('peekTime' as 'peekAge', 'a')).rejects.toThrow(
      /unknown action 'peekTime'; the actions are .*peekAge/,
    )
  })

  it('keeps the actions that it does not give', async () => {
    const f = cached(numbered(), { keyPrefix: 'f', userInterface: () => ({ delete: async () => false }) })
    await f('a')

    expect([await f.delete('a'), await f.get('a'), await f.has('a')]).toEqual([false, 'a #1', true])
  })

  it('replaces set and bulk actions, which get values and calls', async () => {
    const seen: unknown[] = []
    const f = cached(numbered(), {
      keyPrefix: 'f',
      userInterface: (actions) => ({
        ...actions,
        set: async (call, value) => {
          seen.push([call.args, value])
          await actions.set(call, value.toUpperCase())
        },
        getMany: async (calls) => {
          seen.push(calls.map((call) => call.key))
          return actions.getMany(calls)
        },
        setMany: async (calls, values) => {
          seen.push(values)
          await actions.setMany(calls, values)
        },
      }),
    })

    await f.set('x', 'a')
    await f.setMany([['b']], ['y'])

    expect(await f.getMany(['a'], ['b'], ['c'])).toEqual(['X', 'y', undefined])
    expect(await f.getMany()).toEqual([])
    expect(seen).toEqual([[['a'], 'x'], ['y'], ['f::a', 'f::b', 'f::c'], []])
  })

  it('has every action run the function by its execute', async () => {
    const f = cached(numbered(), {
      keyPrefix: 'f',
      userInterface: (actions) => ({ ...actions, execute: async (call) => `[${await actions.execute(call)}]` }),
    })

    const answers = [await f('a'), await f.update('a'), await f.execute('a'), await f.getOrUpdateMany(['b'])]

    expect(answers).toEqual(['[a #1]', '[a #2]', '[a #3]', ['[b #4]']])
    expect(await f.updateMany(['a'])).toEqual(['[a #5]'])
    expect(await f.executeMany(['a'])).toEqual(['[a #6]'])
    expect(await f.get('a')).toBe('[a #5]')
  })

  it('gives a call all that can be done with it', async () => {
    const seen: unknown[] = []
    const f = cached(numbered(), {
      keyPrefix: 'f',
      store: new Map(),
      userInterface: (actions) => ({
        ...actions,
        all: async (call) => {
          seen.push(call.key, call.args, await call.read(), await call.execute(), await call.read())
          await call.write('written')
          seen.push((await call.read())?.value, await call.refresh(), await call.refresh(async () => 'other'))
          seen.push(
            (await call.read())?.value,
            await call.storage.get(call.key),
            await call.discard(),
            await call.discard(),
          )
        },
      }),
    })

    await f.all('a')

    expect(seen).toEqual([
      ...['f::a', ['a'], undefined, 'a #1', undefined],
      ...['written', 'a #2', 'other'],
      ...['other', 'other', true, false],
    ])
  })

  it('keeps an entry beside that of the call, under a key that no call has', async () => {
    const store = new Map()
    const f = cached(numbered(), {
      keyPrefix: 'f',
      store,
      userInterface: (actions) => ({
        ...actions,
        copy: async (call) => {
          const copy = call.beside('copy', 5_000)
          await copy.write(await copy.execute())
          return [copy.key, (await copy.read())?.value, await call.read()] as const
        },
      }),
    })

    const answer = await f.copy('a')

    expect(answer).toEqual(['f::a::=copy', 'a #1', undefined])
    expect(store.get('f::a::=copy').expires).toBeGreaterThan(Date.now())
    expect(f.key('a=copy')).toBe('f::a%3Dcopy')
  })

  it.each([['a b'], ['a=b'], ['é'], [''], [5]])('refuses %p as the name of an entry beside', async (name) => {
    const f = cached(numbered(), {
      keyPrefix: 'f',
      userInterface: () => ({ copy: async (call) => call.beside(name as string).key }),
    })

    await expect(f.copy('a')).rejects.toThrow(KeyError)
  })

  it('keeps entries beside apart from those of any other call, whatever receivers and prefixes have in them', () => {
    const withCopy = (keyPrefix: string) =>
      cached(async function f(this: object, ..._args: string[]) {}, {
        keyPrefix,
        receiver: true,
        userInterface: () => ({ copyKey: async (call) => call.beside('copy').key }),
      })
    const receivers = ['a', 'a=copy', 'a:=copy', '=copy'].map((id) => ({ [ringKey]: () => id }))
    const calls = receivers.flatMap((receiver) => [withCopy('f').bind(receiver), withCopy('f=copy').bind(receiver)])

    return Promise.all(calls.flatMap((f) => [f.key(), f.key(''), f.key('=copy'), f.copyKey(), f.copyKey('')])).then(
      (keys) => expect(new Set(keys).size).toBe(keys.length),
    )
  })

  it('makes the key of an entry beside fit the store', async () => {
    const prefix = uniquePrefix('beside')
    const f = cached(async (x: string) => x, {
      keyPrefix: prefix,
      store: new KeyvMemcache(sharedMemcached().url),
      ttl: 60_000,
      userInterface: (actions) => ({
        both: async (call) => {
          await call.beside('copy', 30_000).write('copy')
          return [await actions.getOrUpdate(call), (await call.beside('copy').read())?.value, call.beside('copy').key]
        },
      }),
    })
    const long = 'x'.repeat(248 - prefix.length)

    const [value, copy, key] = await f.both(long)

    expect([value, copy]).toEqual([long, 'copy'])
    expect(key).toMatch(/::sha256=[0-9a-f]{64}$/)
    await f.storage.backend.disconnect()
  })

  it('gives an entry beside its own ttl, else that of the function, and refuses what is none', async () => {
    const store = new Map()
    const f = cached(async (x: string) => x, {
      keyPrefix: 'f',
      store,
      ttl: 60_000,
      userInterface: () => ({
        write: async (call, ttl = 500_000) => {
          await call.beside('own', ttl).write('x')
          await call.beside('own', ttl).beside('none').write('x')
        },
        wrong: async (call) => call.beside('copy', 0).key,
      }),
    })
    const left = (key: string) => store.get(key).expires - Date.now()

    await f.write('a')

    expect(left('f::a::=own')).toBeGreaterThan(400_000)
    expect(left('f::a::=own::=none')).toBeLessThanOrEqual(60_000)
    await expect(f.wrong('a')).rejects.toThrow(OptionError)
    const endless = cached(async (x: string) => x, {
      keyPrefix: 'e',
      userInterface: () => ({ copy: async (call) => call.beside('copy', 5).key }),
      storageInterface: (_backend, { storage }) => ({
        ...storage,
        capabilities: { ...storage.capabilities, expiry: 'none' },
      }),
    })
    await expect(endless.copy('a')).rejects.toThrow(UnsupportedError)
  })

  it('runs the function itself by the call, whatever became of execute', async () => {
    const run = numbered()
    const f = cached(run, {
      keyPrefix: 'f',
      userInterface: () => ({
        execute: async (call) => `[${await call.execute()}]`,
        again: async (call) => call.refresh(),
      }),
    })

    const answers = [await f('a'), await f.again('a'), await f.get('a')]

    expect(answers).toEqual(['[a #1]', 'a #2', 'a #2'])
  })

  it.each(['getOrUpdate', 'update'] as const)(
    'rejects an execute that goes through %s, which would never end',
    async (name) => {
      const f = cached(numbered(), {
        keyPrefix: 'f',
        userInterface: (actions) => ({ ...actions, execute: (call) => actions[name](call) }),
      })

      await expect(f('a')).rejects.toThrow('use actions.execute(call)')
      await expect(f.update('a')).rejects.toThrow(ActionError)
      await expect(f.getOrUpdateMany(['a'])).rejects.toThrow(ActionError)
    },
  )

  it.each(['getOrUpdateMany', 'updateMany'] as const)(
    'rejects an execute that goes through %s as well',
    async (name) => {
      const f = cached(numbered(), {
        keyPrefix: 'f',
        userInterface: (actions) => ({ ...actions, execute: async (call) => (await actions[name]([call]))[0] ?? '' }),
      })

      await expect(f('a')).rejects.toThrow('use actions.execute(call)')
    },
  )

  it('runs a replaced execute by the call itself, also for an entry beside it', async () => {
    const keys: string[] = []
    const f = cached(numbered(), {
      keyPrefix: 'f',
      userInterface: (actions) => ({
        execute: (call) => {
          keys.push(call.key)
          return actions.execute(call)
        },
        updateBeside: (call) => actions.update(call.beside('copy')),
      }),
    })

    const answer = await f.updateBeside('a')

    expect([answer, keys]).toEqual(['a #1', ['f::a']])
  })

  it('leaves no copy beside where a delete came while the store was read', async () => {
    const store = controlledStore()
    const f = cached(async (x: string) => x, {
      keyPrefix: 'f',
      store: store.adapter,
      userInterface: (actions) => ({
        execute: (call) => call.beside('copy').refresh(() => actions.execute(call)),
        delete: async (call) => {
          const [told] = await actions.deleteMany([call, call.beside('copy')])
          return told === true
        },
      }),
    })
    const calling = f('a')
    const read = await store.next('get')

    const deleting = f.delete('a')
    await Promise.all([
      store.next('delete').then((one) => one.finish()),
      store.next('delete').then((one) => one.finish()),
    ])
    await deleting
    read.finish()

    expect(await calling).toBe('a')
    expect(store.count('set')).toBe(0)
  })

  it('leaves nothing beside of a refresh that outlives its run, where a delete came after that', async () => {
    const { fn, pending } = controlledRuns<string>()
    const store = new Map()
    let late: Promise<unknown> = Promise.resolve()
    const f = cached(async (x: string) => x, {
      keyPrefix: 'f',
      store,
      userInterface: (actions) => ({
        execute: (call) => {
          late = call.beside('slow').refresh(() => fn())
          return actions.execute(call)
        },
      }),
    })
    await f('a')

    await f.delete('a')
    pending[0]?.resolve('late')
    await late

    expect([...store.keys()]).toEqual([])
  })

  it('rejects a bulk action with calls of two functions', async () => {
    const kept: unknown[] = []
    const one = cached(numbered(), {
      keyPrefix: 'one',
      userInterface: () => ({ keep: async (call) => void kept.push(call) }),
    })
    const two = cached(numbered(), {
      keyPrefix: 'two',
      userInterface: (actions) => ({ ...actions, both: (call) => actions.getMany([call, kept[0] as typeof call]) }),
    })
    await one.keep('a')

    await expect(two.both('a')).rejects.toThrow('calls of one function on one store')
  })

  it('lets a refresh give way to a set, and fences nothing itself', async () => {
    const { fn, pending } = controlledRuns<string>()
    const heard = jest.fn()
    const f = cached(fn as (x: string) => Promise<string>, {
      keyPrefix: 'f',
      userInterface: () => ({ again: async (call) => call.refresh(async () => 'refreshed') }),
    })
    f.on('fenced', heard)

    const calling = f('a')
    await f.again('a')
    await quiet()
    pending[0]?.resolve('called')
    await calling

    expect(heard).toHaveBeenCalledTimes(1) // the call began first, and something later is stored
    expect(await f.get('a')).toBe('refreshed')
  })

  it('does not store what refresh ran where a delete began meanwhile', async () => {
    const { fn, pending } = controlledRuns<string>()
    const f = cached(async (_x: string) => 'unused', {
      keyPrefix: 'f',
      userInterface: () => ({ again: async (call) => call.refresh(() => fn()) }),
    })

    const refreshing = f.again('a')
    await f.delete('a')
    pending[0]?.resolve('late')

    expect(await refreshing).toBe('late')
    expect(await f.has('a')).toBe(false)
  })

  it('turns what an action throws into a rejection', async () => {
    const f = cached(numbered(), {
      keyPrefix: 'f',
      userInterface: () => ({
        broken: () => {
          throw new Error('no')
        },
      }),
    })

    const calling = f.broken('a')

    await expect(calling).rejects.toThrow('no')
  })

  it('is called once, and fits any function where it is generic', async () => {
    const shout = jest.fn(<F extends AnyFunction, C, M>(actions: CallActions<F, C, M>) => ({
      ...actions,
      loud: async (call: Parameters<typeof actions.get>[0]) => call.key.toUpperCase(),
    }))
    const f = cached(numbered(), { keyPrefix: 'f', userInterface: shout })

    expect([await f.loud('a'), await f.loud('b'), await f('a')]).toEqual(['F::A', 'F::B', 'a #1'])
    expect(shout).toHaveBeenCalledTimes(1)
  })

  it('rejects a call that is none of its own', async () => {
    const f = cached(numbered(), {
      keyPrefix: 'f',
      userInterface: (actions) => ({ ...actions, get: async () => actions.get({ key: 'f::a' } as never) }),
    })

    await expect(f.get('a')).rejects.toThrow(ActionError)
  })

  const wrong: [what: string, given: unknown, message: string][] = [
    ['nothing', undefined, 'userInterface must give an object of actions, got undefined'],
    ['a promise', Promise.resolve({}), 'userInterface must give an object of actions, got an object (Promise)'],
    ['a value', { peek: 5 }, "userInterface must give functions, and 'peek' is a number"],
    ['a control', { key: () => {} }, "userInterface cannot add 'key'"],
    ['a member of functions', { bind: () => {} }, "userInterface cannot add 'bind'"],
    ['then', Object.fromEntries([['then', () => {}]]), 'must give an object of actions'],
    ['one more bulk action', { peekMany: () => {} }, 'names that end in Many take lists of calls'],
  ]

  it.each(wrong)('is refused at wrap time where it gives %s', (_what, given, message) => {
    const wrapping = () => cached(numbered(), { userInterface: () => given as object })

    expect(wrapping).toThrow(OptionError)
    expect(wrapping).toThrow(message)
  })
})

describe('defaultAction', () => {
  it('names what a call does', async () => {
    const run = numbered()
    const f = cached(run, { keyPrefix: 'f', defaultAction: 'get', missValue: 'nothing' })

    const before = await f('a')
    await f.update('a')

    expect([before, await f('a')]).toEqual(['nothing', 'a #1'])
    expect(run).toHaveBeenCalledTimes(1)
  })

  it('may be an action that was added, and one of many calls', async () => {
    const f = cached(numbered(), {
      keyPrefix: 'f',
      userInterface: () => ({ keyOf: async (call) => call.key }),
      defaultAction: 'keyOf',
    })
    const many = cached(numbered(), { keyPrefix: 'm', defaultAction: 'getOrUpdateMany' })

    expect(await f('a')).toBe('f::a')
    expect(await many(['a'], ['b'])).toEqual(['a #1', 'b #2'])
  })

  it('makes a call reject where it is null, and leaves the controls', async () => {
    const f = cached(numbered(), { keyPrefix: 'f', defaultAction: null })
    const call = f as unknown as (x: string) => Promise<unknown>

    await expect(call('a')).rejects.toThrow(ActionError)
    await expect(call('a')).rejects.toThrow('defaultAction: null: use one of its controls')

    expect([await f.getOrUpdate('a'), await f.get('a')]).toEqual(['a #1', 'a #1'])
  })

  it.each([['nothing'], ['key'], ['toString'], [5]])('is refused at wrap time where it is %p', (defaultAction) => {
    expect(() => cached(numbered(), { defaultAction: defaultAction as never })).toThrow(OptionError)
  })
})

describe('storageInterface', () => {
  it('stands between the function and the backend', async () => {
    const log: string[] = []
    const f = cached(numbered(), {
      keyPrefix: 'f',
      store: new Map(),
      storageInterface: (backend, { storage, keyPrefix }) => {
        log.push(`${keyPrefix} ${backend === storage.backend}`)
        return {
          ...storage,
          name: 'logged',
          getMany: (keys, attempt) => {
            log.push(`get ${keys}`)
            return storage.getMany(keys, attempt)
          },
          get: async (key, attempt) => {
            log.push(`get ${key}`)
            return storage.get(key, attempt)
          },
        }
      },
    })

    await f('a')
    await f.getMany(['a'], ['b'])

    expect(log).toEqual(['f true', 'get f::a', 'get f::a,f::b'])
    expect(f.storage.backend).toBeDefined()
  })

  it('is checked at wrap time', () => {
    const wrap = (given: unknown) => () => cached(numbered(), { storageInterface: () => given as never })

    expect(wrap(undefined)).toThrow(OptionError)
    expect(wrap({})).toThrow(/storageInterface: name must be/)
    expect(wrap(Promise.resolve())).toThrow(OptionError)
  })

  it('refuses a ttl where it ends no entries', async () => {
    const wrap = (options: object) =>
      cached(numbered(), {
        ...options,
        keyPrefix: 'f',
        storageInterface: (_backend, { storage }) => ({
          ...storage,
          capabilities: { ...storage.capabilities, expiry: 'none' },
        }),
      })

    expect(() => wrap({ ttl: 5 })).toThrow(OptionError)
    await expect(wrap({}).touch('a')).rejects.toThrow(UnsupportedError)
  })

  it('fences with other functions on the same store', async () => {
    const store = new Map()
    const { fn, pending } = controlledRuns<string, [string]>()
    const options = { keyPrefix: 'f', store }
    const slow = cached(fn, {
      ...options,
      storageInterface: (_backend, { storage }) => ({ ...storage, identity: undefined }),
    })
    const plain = cached(fn, options)

    const calling = slow('a')
    await Promise.resolve()
    await plain.delete('a')
    pending[0]?.resolve('late')

    expect(await calling).toBe('late')
    expect(await plain.has('a')).toBe(false)
  })
})
