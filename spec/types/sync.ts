/** What TypeScript knows of a synchronous cached function. Compiled, never run. */
import { expectTypeOf } from 'expect-type'
import { LRUCache } from 'lru-cache'
import QuickLRU from 'quick-lru'
import {
  type ActionName,
  type CacheEvent,
  type Capabilities,
  cached,
  cachedSync,
  controlsOf,
  lru,
  type MapLike,
} from 'ringcache'

interface User {
  id: number
  born: Date
}

declare function load(id: number, options?: { deep: boolean }): User
const user = cachedSync(load)
const given: User = { id: 1, born: new Date() }

// The call and the single controls have the arguments and the result of the function, and no promise.
type LoadArgs = [id: number, options?: { deep: boolean } | undefined]
expectTypeOf(user).parameters.toEqualTypeOf<LoadArgs>()
expectTypeOf(user).returns.toEqualTypeOf<User>()
expectTypeOf(user.getOrUpdate).toEqualTypeOf<(...args: LoadArgs) => User>()
expectTypeOf(user.get).toEqualTypeOf<(...args: LoadArgs) => User | undefined>()
expectTypeOf(user.set).toEqualTypeOf<(value: User, ...args: LoadArgs) => void>()
expectTypeOf(user.update).toEqualTypeOf<(...args: LoadArgs) => User>()
expectTypeOf(user.delete).toEqualTypeOf<(...args: LoadArgs) => boolean>()
expectTypeOf(user.has).toEqualTypeOf<(...args: LoadArgs) => boolean>()
expectTypeOf(user.touch).toEqualTypeOf<(...args: LoadArgs) => boolean>()
expectTypeOf(user.execute).toEqualTypeOf<(...args: LoadArgs) => User>()
expectTypeOf(user.key).toEqualTypeOf<(...args: LoadArgs) => string>()

// The bulk controls take lists of complete arguments.
expectTypeOf(user.getMany).toEqualTypeOf<(...list: LoadArgs[]) => (User | undefined)[]>()
expectTypeOf(user.getOrUpdateMany).toEqualTypeOf<(...list: LoadArgs[]) => User[]>()
expectTypeOf(user.setMany).toEqualTypeOf<(list: readonly LoadArgs[], values: readonly User[]) => void>()
expectTypeOf(user.updateMany).toEqualTypeOf<(...list: LoadArgs[]) => User[]>()
expectTypeOf(user.deleteMany).toEqualTypeOf<(...list: LoadArgs[]) => boolean[]>()
expectTypeOf(user.hasMany).toEqualTypeOf<(...list: LoadArgs[]) => boolean[]>()
expectTypeOf(user.touchMany).toEqualTypeOf<(...list: LoadArgs[]) => boolean[]>()
expectTypeOf(user.executeMany).toEqualTypeOf<(...list: LoadArgs[]) => User[]>()
expectTypeOf(user.keyMany).toEqualTypeOf<(...list: LoadArgs[]) => string[]>()

// Coder, store and events.
expectTypeOf(user.encode).toEqualTypeOf<(value: User) => unknown>()
expectTypeOf(user.decode).toEqualTypeOf<(stored: unknown) => User>()
expectTypeOf(user.storage.backend).toEqualTypeOf<MapLike>()
expectTypeOf(user.storage.capabilities).toEqualTypeOf<Capabilities>()
expectTypeOf(user.storage.get).toEqualTypeOf<(key: string) => User | undefined>()
expectTypeOf(user.storage.set).toEqualTypeOf<(key: string, value: User, ttl?: number) => void>()
expectTypeOf(user.storage.delete).toEqualTypeOf<(key: string) => boolean>()
expectTypeOf(user.storage.has).toEqualTypeOf<(key: string) => boolean>()
expectTypeOf(user.storage.touch).toEqualTypeOf<(key: string, ttl?: number) => boolean>()
user.on('hit', (event) => expectTypeOf(event).toEqualTypeOf<CacheEvent<LoadArgs, User>>())
user.off('hit', (event) => expectTypeOf(event.value).toEqualTypeOf<User | undefined>())
// @ts-expect-error there is no such event
user.on('hits', () => {})

// Nothing is any.
expectTypeOf(user).not.toBeAny()
expectTypeOf(user).returns.not.toBeAny()
expectTypeOf(user.get).returns.not.toBeAny()
expectTypeOf(user.decode).returns.not.toBeAny()
expectTypeOf(user.run).not.toBeAny()

// Arguments and values are checked.
// @ts-expect-error the value comes first
user.set(1, given)
// @ts-expect-error the arguments are those of the function
user('one')
// @ts-expect-error an argument is missing
user.get()
// @ts-expect-error each item is a list
user.getMany(1, 2)
// @ts-expect-error each value is one of the function
user.setMany([[1]], ['one'])

// run has the arguments and the result of the action.
expectTypeOf(user.run('get', 1)).toEqualTypeOf<User | undefined>()
expectTypeOf(user.run('set', given, 1)).toEqualTypeOf<void>()
expectTypeOf(user.run('hasMany', [1], [2])).toEqualTypeOf<boolean[]>()
expectTypeOf<Parameters<typeof user.run>[0]>().toEqualTypeOf<ActionName>()
// @ts-expect-error there is no such action
user.run('read', 1)

// Functions of every shape.
function sized(size: 'one'): User
function sized(size: 'many', limit: number): User[]
function sized(_size: string, _limit?: number): User | User[] {
  return []
}
const overloaded = cachedSync(sized)
expectTypeOf(overloaded('one')).toEqualTypeOf<User>()
expectTypeOf(overloaded('many', 5)).toEqualTypeOf<User[]>()
// @ts-expect-error no overload takes this
overloaded('one', 5)

const generic = cachedSync(<T extends string>(value: T): { value: T } => ({ value }))
expectTypeOf(generic('a' as const)).toEqualTypeOf<{ value: 'a' }>()

const rest = cachedSync((first: string, ...others: number[]) => [first, ...others])
expectTypeOf(rest.delete).parameters.toEqualTypeOf<[first: string, ...others: number[]]>()

// missValue and coder.
expectTypeOf(cachedSync(load, { missValue: null }).get).returns.toEqualTypeOf<User | null>()
expectTypeOf(cachedSync(load, { missValue: null }).getOrUpdate).returns.toEqualTypeOf<User>()
expectTypeOf(cachedSync(load, { coder: 'json' }).get).returns.toEqualTypeOf<{ id: number; born: string } | undefined>()
expectTypeOf(cachedSync(load, { coder: 'json' })).returns.toEqualTypeOf<User>()
const withDefaults = cachedSync.with({ coder: 'json', missValue: 0 })
expectTypeOf(withDefaults(load).get).returns.toEqualTypeOf<{ id: number; born: string } | 0 | number>()
// @ts-expect-error it depends on the function
cachedSync.with({ parameters: ['a'] })

// parameters.
const named = cachedSync((a: number, b?: string) => `${a}${b}`, {
  parameters: ['a', 'b'],
  ignorableKeys: ['b', 'b.c', 0],
})
named.getMany({ a: 1 }, { a: 1, b: 'x' }, [1])
// @ts-expect-error there is no such parameter
named.getMany({ c: 1 })
// @ts-expect-error no argument has this name
cachedSync(load, { parameters: ['id'], ignorableKeys: ['other'] })

// defaultAction.
const look = cachedSync(load, { defaultAction: 'get' })
expectTypeOf(look(1)).toEqualTypeOf<User | undefined>()
const none = cachedSync(load, { defaultAction: null })
// @ts-expect-error nothing is called
none(1)
// @ts-expect-error there is no such action
cachedSync(load, { defaultAction: 'read' })

// A receiver.
class Shelf {
  title = ''
}
const count = cachedSync(
  function count(this: Shelf, n: number) {
    return this.title.length + n
  },
  { receiver: true },
)
expectTypeOf(count.bind(new Shelf()).update).toEqualTypeOf<(n: number) => number>()
expectTypeOf(count.bind(new Shelf())(1)).toEqualTypeOf<number>()
expectTypeOf(controlsOf({ count }, 'count').delete).toEqualTypeOf<(n: number) => boolean>()
// @ts-expect-error it is called as a method
count(1)
// @ts-expect-error it is no Shelf
count.bind({})

// Options know the function.
cachedSync(load, { ttl: (value, id, options) => value.id + id + (options?.deep ? 1 : 0) })
cachedSync(load, { key: (id, options) => [id, options?.deep], onStoreError: 'throw', overload: true, receiver: false })
cachedSync(load, { store: new Map() })
cachedSync(load, { store: lru({ max: 5 }) })
cachedSync(load, { store: new LRUCache<string, object>({ max: 5 }) })
cachedSync(load, { store: new QuickLRU<string, unknown>({ maxSize: 5 }) })
// @ts-expect-error a ttl is a number
cachedSync(load, { ttl: '5' })
// @ts-expect-error a store is a Map-like
cachedSync(load, { store: cached(load).storage.backend })
// @ts-expect-error a store is no function
cachedSync(load, { store: () => new Map() })
// @ts-expect-error it is an option of cached
cachedSync(load, { storeTimeout: 5 })
// @ts-expect-error one process is all there is
cachedSync(load, { lease: true })
// @ts-expect-error it is an option of cached
cachedSync(load, { userInterface: () => ({}) })
// @ts-expect-error it is an option of cached
cachedSync(load, { storageInterface: () => ({}) })
