/** Every control of a method, a getter, a static method and a bound function, in types. Compiled, never run. */
import { expectTypeOf } from 'expect-type'
import type { Keyv } from 'keyv'
import { type ActionName, type Cached, type Capabilities, cached, cachedClass, controlsOf } from 'ringcache'

interface Profile {
  id: number
  born: Date
}
type Stored = { id: number; born: string }

const User = cachedClass(
  class User {
    static async top(count: number): Promise<Profile> {
      return { id: count, born: new Date() }
    }
    async child(id: number): Promise<Profile> {
      return { id, born: new Date() }
    }
    get profile(): Profile {
      return { id: 1, born: new Date() }
    }
  },
  { child: { coder: 'json', missValue: null }, profile: { coder: 'json', missValue: null } },
  { top: { coder: 'json', missValue: null } },
)
const user = new User()

/** What a cached function of these arguments has. */
interface Expected<Args extends unknown[]> {
  getOrUpdate: (...args: Args) => Promise<Profile>
  get: (...args: Args) => Promise<Stored | null>
  set: (value: Profile, ...args: Args) => Promise<void>
  update: (...args: Args) => Promise<Profile>
  delete: (...args: Args) => Promise<boolean>
  has: (...args: Args) => Promise<boolean>
  touch: (...args: Args) => Promise<boolean>
  expire: (...args: Args) => Promise<boolean>
  execute: (...args: Args) => Promise<Profile>
  getMany: (...list: Args[]) => Promise<(Stored | null)[]>
  getOrUpdateMany: (...list: Args[]) => Promise<Profile[]>
  setMany: (list: readonly Args[], values: readonly Profile[]) => Promise<void>
  updateMany: (...list: Args[]) => Promise<Profile[]>
  deleteMany: (...list: Args[]) => Promise<boolean[]>
  hasMany: (...list: Args[]) => Promise<boolean[]>
  touchMany: (...list: Args[]) => Promise<boolean[]>
  expireMany: (...list: Args[]) => Promise<boolean[]>
  executeMany: (...list: Args[]) => Promise<Profile[]>
  key: (...args: Args) => string
  keyMany: (...list: Args[]) => string[]
  encode: (value: Profile) => Promise<unknown>
  decode: (stored: unknown) => Promise<Stored>
}
/** The same of what there is. */
type Present<F> = { [K in keyof Expected<[]>]: F extends Record<K, infer Control> ? Control : never }

expectTypeOf<keyof Expected<[]>>().toEqualTypeOf<ActionName | 'key' | 'keyMany' | 'encode' | 'decode'>()
expectTypeOf<Present<typeof user.child>>().toEqualTypeOf<Expected<[id: number]>>()
expectTypeOf<Present<typeof User.top>>().toEqualTypeOf<Expected<[count: number]>>()
const profile = controlsOf(user, 'profile')
expectTypeOf<Present<typeof profile>>().toEqualTypeOf<Expected<[]>>()
expectTypeOf<Present<Cached<typeof user.child, 'json', null>>>().toEqualTypeOf<Expected<[id: number]>>()

const bound = cached(
  async function load(this: Map<string, number>, id: number): Promise<Profile> {
    return { id, born: new Date() }
  },
  { receiver: true, coder: 'json', missValue: null },
).bind(new Map())
expectTypeOf<Present<typeof bound>>().toEqualTypeOf<Expected<[id: number]>>()

for (const control of [user.child, User.top, bound]) {
  expectTypeOf(control.storage.backend).toEqualTypeOf<Keyv>()
  expectTypeOf(control.storage.capabilities).toEqualTypeOf<Capabilities>()
  expectTypeOf(control.storage.get).toEqualTypeOf<(key: string) => Promise<Stored | null>>()
  expectTypeOf(control(1)).resolves.toEqualTypeOf<Profile>()
  expectTypeOf(control.run('getMany', [1])).resolves.toEqualTypeOf<(Stored | null)[]>()
  control.on('delete', ({ args, value }) => {
    expectTypeOf(args).toExtend<readonly number[]>()
    expectTypeOf(value).toEqualTypeOf<Profile | undefined>()
  })
}
expectTypeOf(profile.storage.get).toEqualTypeOf<(key: string) => Promise<Stored | null>>()
expectTypeOf(profile()).resolves.toEqualTypeOf<Profile>()
expectTypeOf(profile.run('set', { id: 1, born: new Date() })).resolves.toEqualTypeOf<void>()
expectTypeOf(profile.on).parameter(0).toExtend<string>()
expectTypeOf(user.profile).resolves.toEqualTypeOf<Profile>()
