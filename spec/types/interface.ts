/** What TypeScript knows of named parameters, replaced actions and default actions. Compiled, never run. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { expectTypeOf } from 'expect-type'
import {
  type ActionCall,
  type AnyFunction,
  type Cached,
  type CachedOptions,
  type CallActions,
  cached,
  type NamedArguments,
  type Storage,
} from 'ringcache'

interface User {
  id: number
  born: Date
}
declare function load(id: number, deep?: boolean): Promise<User>
type LoadArgs = [id: number, deep?: boolean | undefined]
type Named = { id: number; deep?: boolean | undefined }

// Named parameters: items of bulk controls may be objects.
const named = cached(load, { parameters: ['id', 'deep'], ignorableKeys: ['deep', 'id.part', 0] })
expectTypeOf(named).parameters.toEqualTypeOf<LoadArgs>()
expectTypeOf(named.get).parameters.toEqualTypeOf<LoadArgs>()
expectTypeOf(named.getMany).toEqualTypeOf<(...list: (LoadArgs | Named)[]) => Promise<(User | undefined)[]>>()
expectTypeOf(named.getOrUpdateMany).toEqualTypeOf<(...list: (LoadArgs | Named)[]) => Promise<User[]>>()
expectTypeOf(named.setMany).parameter(0).toEqualTypeOf<readonly (LoadArgs | Named)[]>()
expectTypeOf(named.updateMany).parameter(0).toEqualTypeOf<LoadArgs | Named>()
expectTypeOf(named.executeMany).parameter(0).toEqualTypeOf<LoadArgs | Named>()
expectTypeOf(named.deleteMany).parameter(0).toEqualTypeOf<LoadArgs | Named>()
expectTypeOf(named.hasMany).parameter(0).toEqualTypeOf<LoadArgs | Named>()
expectTypeOf(named.touchMany).parameter(0).toEqualTypeOf<LoadArgs | Named>()
expectTypeOf(named.keyMany).toEqualTypeOf<(...list: (LoadArgs | Named)[]) => string[]>()
expectTypeOf(named.run('hasMany', [1], { id: 2 })).resolves.toEqualTypeOf<boolean[]>()
expectTypeOf<NamedArguments<['a', 'b'], [string, number, boolean]>>().toEqualTypeOf<{ a: string; b: number }>()
named.getMany([1], [1, true], { id: 1 }, { id: 1, deep: true })
const asConst = cached(load, { parameters: ['id', 'deep'] as const })
asConst.getMany({ id: 1 })
// @ts-expect-error there is no such parameter
named.getMany({ id: 1, depth: 5 })
// @ts-expect-error a parameter is missing
named.getMany({ deep: true })
// @ts-expect-error the argument is a number
named.getMany({ id: 'one' })
// @ts-expect-error nothing is named
cached(load).getMany({ id: 1 })
// @ts-expect-error there is no such parameter
cached(load, { parameters: ['id'], ignorableKeys: ['deep'] })
// @ts-expect-error nothing is named
cached(load, { ignorableKeys: ['deep'] })

// Replaced and added actions.
const replaced = cached(load, {
  coder: 'json',
  missValue: null,
  userInterface: (actions) => ({
    ...actions,
    get: async (call) => {
      expectTypeOf(call).toEqualTypeOf<ActionCall<typeof load, 'json'>>()
      expectTypeOf(call.args).toEqualTypeOf<Readonly<LoadArgs>>()
      expectTypeOf(call.read).returns.resolves.extract<object>().toHaveProperty('value')
      expectTypeOf(call.execute).returns.resolves.toEqualTypeOf<User>()
      expectTypeOf(call.beside('copy', 5)).toEqualTypeOf<ActionCall<typeof load, 'json'>>()
      expectTypeOf(actions.get(call)).resolves.toEqualTypeOf<{ id: number; born: string } | null>()
      return 5
    },
    set: async (call, value) => {
      expectTypeOf(value).toEqualTypeOf<User>()
      await actions.set(call, value)
    },
    getMany: async (calls) => {
      expectTypeOf(calls).toEqualTypeOf<readonly ActionCall<typeof load, 'json'>[]>()
      return calls.map((call) => call.key)
    },
    peekAge: async (call) => (await call.read())?.expires ?? 0,
    sync: (call) => call.key,
  }),
})
expectTypeOf(replaced.get).toEqualTypeOf<(...args: LoadArgs) => Promise<number>>()
expectTypeOf(replaced.getMany).toEqualTypeOf<(...list: LoadArgs[]) => Promise<string[]>>()
expectTypeOf(replaced.set).toEqualTypeOf<(value: User, ...args: LoadArgs) => Promise<void>>()
expectTypeOf(replaced.peekAge).toEqualTypeOf<(...args: LoadArgs) => Promise<number>>()
expectTypeOf(replaced.sync).toEqualTypeOf<(...args: LoadArgs) => Promise<string>>()
expectTypeOf(replaced.run('peekAge', 1)).resolves.toEqualTypeOf<number>()
expectTypeOf(replaced.run('get', 1, true)).resolves.toEqualTypeOf<number>()
expectTypeOf(replaced.delete).toEqualTypeOf<(...args: LoadArgs) => Promise<boolean>>()
expectTypeOf(replaced.getOrUpdate).returns.resolves.toEqualTypeOf<User>()
expectTypeOf(replaced).returns.resolves.toEqualTypeOf<User>()
expectTypeOf(replaced.peekAge).returns.resolves.not.toBeAny()
// @ts-expect-error the arguments are those of the function
replaced.peekAge('one')
// @ts-expect-error there is no such action
replaced.run('peekTime', 1)

const counted = cached(load, { userInterface: () => ({ getOrUpdate: async (call) => call.key.length }) })
expectTypeOf(counted(1)).resolves.toEqualTypeOf<number>()

/** An interface for any function. */
function traced(name: string) {
  return <F extends AnyFunction, C, M>(actions: CallActions<F, C, M>) => ({
    ...actions,
    get: async (call: ActionCall<F, C>) => {
      console.log(name, call.key)
      return actions.get(call)
    },
    name: async (_call: ActionCall<F, C>) => name,
  })
}
const any = cached(load, { missValue: null, userInterface: traced('load') })
expectTypeOf(any.get).returns.resolves.toEqualTypeOf<User | null>()
expectTypeOf(any.run('name', 1)).resolves.toEqualTypeOf<string>()

// The default action.
const asked = cached(load, { defaultAction: 'get', missValue: null })
expectTypeOf(asked(1)).resolves.toEqualTypeOf<User | null>()
const many = cached(load, { defaultAction: 'getMany' })
expectTypeOf(many([1], [2])).resolves.toEqualTypeOf<(User | undefined)[]>()
const added = cached(load, { userInterface: () => ({ age: async (call) => call.key.length }), defaultAction: 'age' })
expectTypeOf(added(1)).resolves.toEqualTypeOf<number>()
const none = cached(load, { defaultAction: null })
expectTypeOf(none.get).returns.resolves.toEqualTypeOf<User | undefined>()
// @ts-expect-error it cannot be called
none(1)

// Stores that are resolved at each call, and Storages.
cached(load, { store: new AsyncLocalStorage<Map<string, unknown>>(), keyPrefix: 'load' })
cached(load, { store: () => new Map(), keyPrefix: 'load' })
cached(load, {
  storageInterface: (backend, { storage, keyPrefix }) => {
    expectTypeOf(backend).toEqualTypeOf(storage.backend)
    expectTypeOf(keyPrefix).toEqualTypeOf<string>()
    const mine: Storage = { ...storage, getMany: (keys, attempt) => storage.getMany(keys, attempt) }
    return mine
  },
})
// @ts-expect-error it is no Storage
cached(load, { storageInterface: () => ({ name: 'mine' }) })

// Options held in a variable are those of a plain function.
const options: CachedOptions<typeof load, 'json', null> = { coder: 'json', missValue: null }
const held: Cached<typeof load, 'json', null> = cached(load, options)
expectTypeOf(held(1)).resolves.toEqualTypeOf<User>()
