/** What TypeScript knows of classes and receivers. Compiled, never run. */
import { expectTypeOf } from 'expect-type'
import { type ActionCall, cached, cachedClass, controlsOf, ringKey } from 'ringcache'

interface Profile {
  id: number
  born: Date
}

const User = cachedClass(
  class User {
    static origin = 'db'
    readonly #secret = 1
    constructor(
      readonly id: number,
      private readonly name: string,
    ) {}
    static async count(of: string): Promise<number> {
      return of.length
    }
    static hello(): string {
      return 'hello'
    }
    [ringKey]() {
      return this.id
    }
    async data(): Promise<Profile> {
      return { id: this.id, born: new Date() }
    }
    async child(id: number): Promise<{ id: number }> {
      return { id: id + this.#secret }
    }
    plain() {
      return this.name
    }
  },
  {
    data: { coder: 'json', missValue: null, ttl: (value) => value.id },
    child: { parameters: ['id'], ignorableKeys: ['id'], key: (id) => [id] },
  },
  { count: {}, hello: { receiver: false } },
)
const user = new User(42, 'Ring')

// A method: its call and every control.
expectTypeOf(user.data).returns.toEqualTypeOf<Promise<Profile>>()
expectTypeOf(user.data).parameters.toEqualTypeOf<[]>()
expectTypeOf(user.data.getOrUpdate).toEqualTypeOf<() => Promise<Profile>>()
expectTypeOf(user.data.get).toEqualTypeOf<() => Promise<{ id: number; born: string } | null>>()
expectTypeOf(user.data.set).toEqualTypeOf<(value: Profile) => Promise<void>>()
expectTypeOf(user.data.update).toEqualTypeOf<() => Promise<Profile>>()
expectTypeOf(user.data.delete).toEqualTypeOf<() => Promise<boolean>>()
expectTypeOf(user.data.has).toEqualTypeOf<() => Promise<boolean>>()
expectTypeOf(user.data.touch).toEqualTypeOf<() => Promise<boolean>>()
expectTypeOf(user.data.execute).toEqualTypeOf<() => Promise<Profile>>()
expectTypeOf(user.data.key).toEqualTypeOf<() => string>()
expectTypeOf(user.data.decode).returns.resolves.toEqualTypeOf<{ id: number; born: string }>()
expectTypeOf(user.data.storage.get).returns.resolves.toEqualTypeOf<{ id: number; born: string } | null>()
expectTypeOf(user.data.run('update')).resolves.toEqualTypeOf<Profile>()
expectTypeOf(user.child).parameters.toEqualTypeOf<[id: number]>()
expectTypeOf(user.child.delete).toEqualTypeOf<(id: number) => Promise<boolean>>()
expectTypeOf(user.child.getMany).parameter(0).toEqualTypeOf<[id: number] | { id: number }>()
expectTypeOf(user.child.deleteMany).returns.resolves.toEqualTypeOf<boolean[]>()
expectTypeOf(user.plain).toEqualTypeOf<() => string>()
expectTypeOf(user.id).toEqualTypeOf<number>()
expectTypeOf(user.data).not.toBeAny()
// @ts-expect-error the arguments are those of the method
user.child.delete('one')
// @ts-expect-error it is private, and stays so where all members are asynchronous methods
user.name

// The class itself, static methods and subclasses.
expectTypeOf(User).constructorParameters.toEqualTypeOf<[id: number, name: string]>()
expectTypeOf(User.origin).toEqualTypeOf<string>()
expectTypeOf(User.count('a')).resolves.toEqualTypeOf<number>()
expectTypeOf(User.count.update).toEqualTypeOf<(of: string) => Promise<number>>()
expectTypeOf(User.hello).toEqualTypeOf<typeof User.hello>()
expectTypeOf(User.hello()).resolves.toEqualTypeOf<string>()
expectTypeOf(User.hello.key).toEqualTypeOf<() => string>()
class Admin extends User {
  readonly level = 1
}
expectTypeOf(new Admin(1, 'a').data.update).returns.resolves.toEqualTypeOf<Profile>()
expectTypeOf(Admin.count.key).toEqualTypeOf<(of: string) => string>()
expectTypeOf(new Admin(1, 'a').level).toEqualTypeOf<number>()

// What a call answers is told of asynchronous methods too.
const Odd = cachedClass(
  class Odd {
    async asked(n: number) {
      return n
    }
    async never(n: number) {
      return n
    }
    async told(n: number) {
      return n
    }
  },
  {
    asked: { defaultAction: 'get' },
    never: { defaultAction: null },
    told: {
      userInterface: (actions) => ({
        ...actions,
        getOrUpdate: async (call) => `${call.args[0]} ${await actions.getOrUpdate(call)}`,
      }),
    },
  },
)
const odd = new Odd()
expectTypeOf(odd.asked(1)).resolves.toEqualTypeOf<number | undefined>()
expectTypeOf(odd.told(1)).resolves.toEqualTypeOf<string>()
expectTypeOf(odd.never.get).returns.resolves.toEqualTypeOf<number | undefined>()
// @ts-expect-error it cannot be called
odd.never(1)

// A getter, and a method that was synchronous.
const Page = cachedClass(
  class {
    constructor(readonly url: string) {}
    get summary() {
      return this.url.length
    }
    get later(): Promise<string> {
      return Promise.resolve(this.url)
    }
    size(unit: 'kb' | 'mb') {
      return unit.length
    }
  },
  { summary: { coder: 'superjson', missValue: null }, later: {}, size: { ttl: 5 } },
)
const page = new Page('http://example.com')
expectTypeOf(page.summary).toEqualTypeOf<Promise<number>>()
expectTypeOf(page.later).toEqualTypeOf<Promise<string>>()
expectTypeOf(page.size('kb')).resolves.toEqualTypeOf<number>()
expectTypeOf(page.size.update).toEqualTypeOf<(unit: 'kb' | 'mb') => Promise<number>>()
expectTypeOf(controlsOf(page, 'summary').update).toEqualTypeOf<() => Promise<number>>()
expectTypeOf(controlsOf(page, 'summary').get).toEqualTypeOf<() => Promise<number | null>>()
expectTypeOf(controlsOf(page, 'summary').set).toEqualTypeOf<(value: number) => Promise<void>>()
expectTypeOf(controlsOf(page, 'summary').delete).toEqualTypeOf<() => Promise<boolean>>()
expectTypeOf(controlsOf(page, 'summary').key).toEqualTypeOf<() => string>()
expectTypeOf(controlsOf(page, 'later').get).returns.resolves.toEqualTypeOf<string | undefined>()
expectTypeOf(controlsOf(page, 'size').get).parameters.toEqualTypeOf<[unit: 'kb' | 'mb']>()
// @ts-expect-error there is no such member
controlsOf(page, 'length')

class Plain {
  async a() {}
}
// @ts-expect-error there is no such option
cachedClass(Plain, { a: { tll: 5, ttl: 5 } })
// @ts-expect-error there is no such member
cachedClass(Plain, { b: {} })
// @ts-expect-error there is no such static member
cachedClass(Plain, { a: {} }, { b: {} })

// A function with a receiver, on a plain object.
interface Shop {
  name: string
  price(item: string): Promise<number>
}
const price = cached(
  async function price(this: Shop, item: string) {
    return item.length + this.name.length
  },
  { receiver: true, missValue: null },
)
declare const shop: Shop
price.call(shop, 'tea')
const bound = price.bind(shop)
expectTypeOf(bound).parameters.toEqualTypeOf<[item: string]>()
expectTypeOf(bound.get).toEqualTypeOf<(item: string) => Promise<number | null>>()
// @ts-expect-error it needs its receiver
price('tea')
const free = cached(load)
declare function load(this: Shop, item: string): Promise<number>
// @ts-expect-error without the option, bind is that of any function
free.bind(shop).update('tea')
const owner = { name: 'shop', price, free }
expectTypeOf(controlsOf(owner, 'free').update).toEqualTypeOf<(item: string) => Promise<number>>()
const untyped = cached(async (item: string) => item, { receiver: true })
expectTypeOf(untyped.bind(owner).get).toEqualTypeOf<(item: string) => Promise<string | undefined>>()
expectTypeOf(controlsOf(owner, 'price').update).toEqualTypeOf<(item: string) => Promise<number>>()

// In a class, a call says what it is of.
const Twice = cachedClass(
  class Twice {
    async data(id: number): Promise<{ id: number }> {
      return { id }
    }
  },
  { data: { userInterface: () => ({ twice: async (call: ActionCall) => [await call.execute(), 1] as const }) } },
)
expectTypeOf(new Twice().data.twice).toEqualTypeOf<(id: number) => Promise<readonly [unknown, 1]>>()
