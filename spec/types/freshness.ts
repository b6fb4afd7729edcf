/** What TypeScript knows of windows, time limits and what goes with them. Compiled, never run. */
import { expectTypeOf } from 'expect-type'
import { type ActionName, type CacheEvent, cached, cachedClass, cachedSync, controlsOf, ringKey } from 'ringcache'

interface User {
  id: number
}

type LoadArgs = [id: number, deep?: boolean | undefined]
declare function load(id: number, deep?: boolean): Promise<User>
declare function read(id: number, deep?: boolean): User

// Callbacks know the value and the arguments, and nothing of it is any.
const user = cached(load, {
  ttl: (value, id, deep) => {
    expectTypeOf(value).toEqualTypeOf<User>()
    expectTypeOf([id, deep] as const).toEqualTypeOf<readonly [number, boolean | undefined]>()
    return 5
  },
  cacheIf: (value, id, deep) => {
    expectTypeOf(value).toEqualTypeOf<User>()
    expectTypeOf([id, deep] as const).toEqualTypeOf<readonly [number, boolean | undefined]>()
    return true
  },
  waitUntil: (work) => {
    expectTypeOf(work).toEqualTypeOf<Promise<void>>()
  },
  jitter: 0.1,
  staleWhileRevalidate: 5,
  staleIfError: 5,
  retryAfter: 5,
  earlyRefresh: 1.5,
  softTimeout: 5,
  hardTimeout: 10,
})
cached(load, { ttl: 5, earlyRefresh: true, staleIfError: undefined, jitter: undefined })
const sync = cachedSync(read, {
  ttl: (value, id) => value.id + id,
  cacheIf: (value, id, deep) => {
    expectTypeOf(value).toEqualTypeOf<User>()
    expectTypeOf([id, deep] as const).toEqualTypeOf<readonly [number, boolean | undefined]>()
    return true
  },
  jitter: 0.1,
  staleIfError: 5,
  retryAfter: 5,
})

// The controls.
expectTypeOf(user.expire).toEqualTypeOf<(...args: LoadArgs) => Promise<boolean>>()
expectTypeOf(user.expireMany).toEqualTypeOf<(...list: LoadArgs[]) => Promise<boolean[]>>()
expectTypeOf(user.idle).toEqualTypeOf<() => Promise<void>>()
expectTypeOf(user.storage.expire).toEqualTypeOf<(key: string) => Promise<boolean>>()
expectTypeOf(user.run('expire', 1)).resolves.toEqualTypeOf<boolean>()
expectTypeOf(user.run('expireMany', [1], [2, true])).resolves.toEqualTypeOf<boolean[]>()
expectTypeOf<'expire' | 'expireMany'>().toExtend<ActionName>()
expectTypeOf(sync.expire).toEqualTypeOf<(...args: LoadArgs) => boolean>()
expectTypeOf(sync.expireMany).toEqualTypeOf<(...list: LoadArgs[]) => boolean[]>()
expectTypeOf(sync.storage.expire).toEqualTypeOf<(key: string) => boolean>()
// @ts-expect-error nothing goes on behind a synchronous call
sync.idle()
user.on('stale', (event) => expectTypeOf(event).toEqualTypeOf<CacheEvent<LoadArgs, User>>())
user.on('expire', ({ args }) => expectTypeOf(args).toEqualTypeOf<LoadArgs | readonly []>())

class Service {
  load(id: number): Promise<User> {
    return load(id)
  }
  [ringKey]() {
    return 'one'
  }
}
const service = new (cachedClass(Service, { load: { ttl: 5, staleIfError: 5 } }))()
expectTypeOf(service.load.expire).toEqualTypeOf<(id: number) => Promise<boolean>>()
expectTypeOf(controlsOf(service, 'load').idle).toEqualTypeOf<() => Promise<void>>()

cached(load, {
  userInterface: (actions) => ({
    expire: async (call) => {
      expectTypeOf(call.args).toEqualTypeOf<Readonly<LoadArgs>>()
      return actions.expire(call)
    },
  }),
})

// What is wrong is seen.
// @ts-expect-error it is milliseconds
cached(load, { ttl: 5, staleWhileRevalidate: '5' })
// @ts-expect-error it is a number or a boolean
cached(load, { ttl: 5, earlyRefresh: 'often' })
// @ts-expect-error it says yes or no
cached(load, { cacheIf: (value) => value.id })
// @ts-expect-error it is no promise
cached(load, { cacheIf: async () => true })
// @ts-expect-error the value is a User
cached(load, { cacheIf: (value: string) => value === '' })
// @ts-expect-error there is no such window
cached(load, { ttl: 5, staleIfErorr: 5 })
// @ts-expect-error it is an option of cached alone
cachedSync(read, { ttl: 5, staleWhileRevalidate: 5 })
// @ts-expect-error it is an option of cached alone
cachedSync(read, { hardTimeout: 5 })
// @ts-expect-error the arguments are those of the function
user.expire('one')
// @ts-expect-error it takes no arguments
user.idle(1)
