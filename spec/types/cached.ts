/** What TypeScript knows of a cached function. Compiled, never run. */
import { expectTypeOf } from 'expect-type'
import type { Keyv } from 'keyv'
import { type ActionName, type CacheEvent, type Capabilities, cached, lru } from 'ringcache'

interface User {
  id: number
  born: Date
  nick?: string
}

declare function load(id: number, options?: { deep: boolean }): Promise<User>
const user = cached(load)
const given: User = { id: 1, born: new Date() }

// The call and the single controls have the arguments and the result of the function.
type LoadArgs = [id: number, options?: { deep: boolean } | undefined]
expectTypeOf(user).parameters.toEqualTypeOf<LoadArgs>()
expectTypeOf(user).returns.toEqualTypeOf<Promise<User>>()
expectTypeOf(user.getOrUpdate).toEqualTypeOf<(...args: LoadArgs) => Promise<User>>()
expectTypeOf(user.get).toEqualTypeOf<(...args: LoadArgs) => Promise<User | undefined>>()
expectTypeOf(user.set).toEqualTypeOf<(value: User, ...args: LoadArgs) => Promise<void>>()
expectTypeOf(user.update).toEqualTypeOf<(...args: LoadArgs) => Promise<User>>()
expectTypeOf(user.delete).toEqualTypeOf<(...args: LoadArgs) => Promise<boolean>>()
expectTypeOf(user.has).toEqualTypeOf<(...args: LoadArgs) => Promise<boolean>>()
expectTypeOf(user.touch).toEqualTypeOf<(...args: LoadArgs) => Promise<boolean>>()
expectTypeOf(user.execute).toEqualTypeOf<(...args: LoadArgs) => Promise<User>>()
expectTypeOf(user.key).toEqualTypeOf<(...args: LoadArgs) => string>()

// The bulk controls take lists of complete arguments.
expectTypeOf(user.getMany).toEqualTypeOf<(...list: LoadArgs[]) => Promise<(User | undefined)[]>>()
expectTypeOf(user.getOrUpdateMany).toEqualTypeOf<(...list: LoadArgs[]) => Promise<User[]>>()
expectTypeOf(user.setMany).toEqualTypeOf<(list: readonly LoadArgs[], values: readonly User[]) => Promise<void>>()
expectTypeOf(user.updateMany).toEqualTypeOf<(...list: LoadArgs[]) => Promise<User[]>>()
expectTypeOf(user.deleteMany).toEqualTypeOf<(...list: LoadArgs[]) => Promise<boolean[]>>()
expectTypeOf(user.hasMany).toEqualTypeOf<(...list: LoadArgs[]) => Promise<boolean[]>>()
expectTypeOf(user.touchMany).toEqualTypeOf<(...list: LoadArgs[]) => Promise<boolean[]>>()
expectTypeOf(user.executeMany).toEqualTypeOf<(...list: LoadArgs[]) => Promise<User[]>>()
expectTypeOf(user.keyMany).toEqualTypeOf<(...list: LoadArgs[]) => string[]>()

// Coder, store and events.
expectTypeOf(user.encode).toEqualTypeOf<(value: User) => Promise<unknown>>()
expectTypeOf(user.decode).toEqualTypeOf<(stored: unknown) => Promise<User>>()
expectTypeOf(user.storage.backend).toEqualTypeOf<Keyv>()
expectTypeOf(user.storage.capabilities).toEqualTypeOf<Capabilities>()
expectTypeOf(user.storage.get).toEqualTypeOf<(key: string) => Promise<User | undefined>>()
expectTypeOf(user.storage.set).toEqualTypeOf<(key: string, value: User, ttl?: number) => Promise<void>>()
user.on('hit', (event) => {
  expectTypeOf(event).toEqualTypeOf<CacheEvent<LoadArgs, User>>()
  expectTypeOf(event.value).toEqualTypeOf<User | undefined>()
  expectTypeOf(event.args).toEqualTypeOf<LoadArgs | readonly []>()
})
// @ts-expect-error there is no such event
user.on('hits', () => {})

// Nothing is any.
expectTypeOf(user).not.toBeAny()
expectTypeOf(user).returns.resolves.not.toBeAny()
expectTypeOf(user.get).returns.resolves.not.toBeAny()
expectTypeOf(user.update).returns.resolves.not.toBeAny()
expectTypeOf(user.decode).returns.resolves.not.toBeAny()
expectTypeOf(user.storage.get).returns.resolves.not.toBeAny()
expectTypeOf(user.run).not.toBeAny()

// Arguments and values are checked.
user.set(given, 1)
user.set(given, 1, { deep: true })
// @ts-expect-error the value comes first
user.set(1, given)
// @ts-expect-error the value is a User
user.set({ id: 'one' }, 1)
// @ts-expect-error the arguments are those of the function
user.set(given, 'one')
// @ts-expect-error an argument is missing
user.set(given)
// @ts-expect-error the arguments are those of the function
user('one')
// @ts-expect-error an argument is missing
user.get()
// @ts-expect-error there are too many arguments
user.delete(1, { deep: true }, 2)
// @ts-expect-error each item is a list
user.getMany(1, 2)
// @ts-expect-error each item has the arguments of the function
user.setMany([['one']], [given])
// @ts-expect-error each value is one of the function
user.setMany([[1]], ['one'])

// run has the arguments and the result of the action.
expectTypeOf(user.run('get', 1)).resolves.toEqualTypeOf<User | undefined>()
expectTypeOf(user.run('set', given, 1)).resolves.toEqualTypeOf<void>()
expectTypeOf(user.run('hasMany', [1], [2])).resolves.toEqualTypeOf<boolean[]>()
expectTypeOf<Parameters<typeof user.run>[0]>().toEqualTypeOf<ActionName>()
// @ts-expect-error there is no such action
user.run('read', 1)
// @ts-expect-error the value comes first
user.run('set', 1, given)

// Functions of every shape.
const sync = cached((a: number, b = 2) => a + b)
expectTypeOf(sync).parameters.toEqualTypeOf<[a: number, b?: number | undefined]>()
expectTypeOf(sync).returns.toEqualTypeOf<Promise<number>>()
expectTypeOf(sync.get).returns.toEqualTypeOf<Promise<number | undefined>>()

const rest = cached(async (first: string, ...others: number[]) => [first, ...others])
expectTypeOf(rest).parameters.toEqualTypeOf<[first: string, ...others: number[]]>()
expectTypeOf(rest.delete).parameters.toEqualTypeOf<[first: string, ...others: number[]]>()

const none = cached(async () => null)
expectTypeOf(none.get).toEqualTypeOf<() => Promise<null | undefined>>()

function sized(size: 'one'): Promise<User>
function sized(size: 'many', limit: number): Promise<User[]>
async function sized(_size: string, _limit?: number): Promise<User | User[]> {
  return []
}
const overloaded = cached(sized)
expectTypeOf(overloaded('one')).resolves.toEqualTypeOf<User>()
expectTypeOf(overloaded('many', 5)).resolves.toEqualTypeOf<User[]>()
// @ts-expect-error no overload takes this
overloaded('one', 5)

const generic = cached(async <T extends string>(value: T): Promise<{ value: T }> => ({ value }))
expectTypeOf(generic('a' as const)).resolves.toEqualTypeOf<{ value: 'a' }>()

// missValue.
const MISS = Symbol('miss')
const withMiss = cached(load, { missValue: null })
expectTypeOf(withMiss.get).returns.resolves.toEqualTypeOf<User | null>()
expectTypeOf(withMiss.getMany).returns.resolves.toEqualTypeOf<(User | null)[]>()
expectTypeOf(withMiss.getOrUpdate).returns.resolves.toEqualTypeOf<User>()
expectTypeOf(withMiss.storage.get).returns.resolves.toEqualTypeOf<User | null>()
expectTypeOf(cached(load, { missValue: MISS }).get).returns.resolves.toEqualTypeOf<User | symbol>()

// Options know the function.
cached(load, { ttl: (value, id, options) => value.id + id + (options?.deep ? 1 : 0) })
cached(load, { key: (id, options) => [id, options?.deep] })
for (const lease of [true, false, {}, { ttl: 5 }, { ttl: 5, wait: 10 }, undefined]) cached(load, { lease })
// @ts-expect-error times alone
cached(load, { lease: { tll: 5 } })
// @ts-expect-error a time is not text
cached(load, { lease: { ttl: '5' } })
expectTypeOf(cached(load).storage.capabilities.lease).toEqualTypeOf<'atomic' | 'best-effort' | 'process'>()
cached(load).on('wait', ({ duration }) => expectTypeOf(duration).toEqualTypeOf<number | undefined>())
cached(load, { store: lru({ max: 5 }), keyPrefix: undefined, ttl: undefined, storeTimeout: 5, onStoreError: 'throw' })
// @ts-expect-error there is no such option
cached(load, { tll: 5 })
// @ts-expect-error a ttl is a number
cached(load, { ttl: '5' })
// @ts-expect-error the function gives a number
cached(load, { ttl: () => '5' })
// @ts-expect-error there is no such choice
cached(load, { onStoreError: 'ignore' })
// @ts-expect-error a key is text or a list of parts
cached(load, { key: () => 5 })
// @ts-expect-error a store is an object
cached(load, { store: 'redis://localhost' })
// @ts-expect-error this is no function
cached(5)
