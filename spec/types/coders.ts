/** What TypeScript knows of coders. Compiled, never run. */
import { expectTypeOf } from 'expect-type'
import { type Cached, type Coder, cached, classCoder, gzip } from 'ringcache'

interface User {
  id: number
  born: Date
  nick?: string
}

declare function load(id: number): Promise<User>

type JsonUser = { id: number; born: string; nick?: string }

// get and decode have the type of the coder, the call that of the function.
const json = cached(load, { coder: 'json' })
expectTypeOf(json).returns.resolves.toEqualTypeOf<User>()
expectTypeOf(json.update).returns.resolves.toEqualTypeOf<User>()
expectTypeOf(json.get).returns.resolves.toEqualTypeOf<JsonUser | undefined>()
expectTypeOf(json.getMany).returns.resolves.toEqualTypeOf<(JsonUser | undefined)[]>()
expectTypeOf(json.decode).returns.resolves.toEqualTypeOf<JsonUser>()
expectTypeOf(json.storage.get).returns.resolves.toEqualTypeOf<JsonUser | undefined>()
expectTypeOf(json.set).parameter(0).toEqualTypeOf<User>()
expectTypeOf(json.run('get', 1)).resolves.toEqualTypeOf<JsonUser | undefined>()

expectTypeOf(cached(load, { coder: 'superjson' }).get).returns.resolves.toEqualTypeOf<User | undefined>()
expectTypeOf(cached(load, { coder: 'v8' }).get).returns.resolves.toEqualTypeOf<User | undefined>()
expectTypeOf(cached(load, { coder: 'clone' }).get).returns.resolves.toEqualTypeOf<User | undefined>()
expectTypeOf(cached(load, { coder: 'bypass' }).get).returns.resolves.toEqualTypeOf<User | undefined>()

const page = cached(async (url: string) => `<p>${url}</p>`, { coder: 'text' })
expectTypeOf(page.get).returns.resolves.toEqualTypeOf<string | undefined>()

// Coders of one's own.
const float: Coder<number, string> = { encode: String, decode: Number }
const half = cached(async (n: number) => n / 2, { coder: float })
expectTypeOf(half.get).returns.resolves.toEqualTypeOf<number | undefined>()

const pair = cached(async (n: number) => n / 2, { coder: [String, (stored: string) => Number(stored)] })
expectTypeOf(pair.get).returns.resolves.toEqualTypeOf<number | undefined>()

const slow = cached(load, {
  coder: { encode: async () => 'text', decode: async (_stored: string) => ({ only: 'this' }) },
})
expectTypeOf(slow.get).returns.resolves.toEqualTypeOf<{ only: string } | undefined>()

// In a list the first one decides: it is the last to decode.
expectTypeOf(cached(load, { coder: ['json', 'gzip'] }).get).returns.resolves.toEqualTypeOf<JsonUser | undefined>()
expectTypeOf(cached(load, { coder: ['superjson', gzip()] }).get).returns.resolves.toEqualTypeOf<User | undefined>()

// classCoder gives what the function gives.
abstract class Shape {
  protected constructor(readonly sides: number) {}
}
declare const loadShape: () => Promise<{ shapes: Shape[]; total: number } | null>
const shapes = cached(loadShape, { coder: classCoder(Shape), missValue: 0 })
expectTypeOf(shapes.get).returns.resolves.toEqualTypeOf<{ shapes: Shape[]; total: number } | null | number>()
expectTypeOf(shapes.decode).returns.resolves.toEqualTypeOf<{ shapes: Shape[]; total: number } | null>()
const zipped = cached(loadShape, { coder: [classCoder({ class: Shape, name: 'S', props: ['sides'] }), 'gzip'] })
expectTypeOf(zipped.get).returns.resolves.toEqualTypeOf<{ shapes: Shape[]; total: number } | null | undefined>()
expectTypeOf(cached(load, { coder: classCoder(Shape) }).get).returns.resolves.not.toBeAny()
// @ts-expect-error an instance is no class
classCoder(new Date())
// @ts-expect-error there is no such option
classCoder({ class: Shape, id: 'S' })

// What is not known is unknown, never any.
const registered = cached(load, { coder: 'mine' })
expectTypeOf(registered.get).returns.resolves.toEqualTypeOf<unknown>()
expectTypeOf(registered.get).returns.resolves.not.toBeAny()

// @ts-expect-error a coder decodes too
cached(load, { coder: { encode: String } })

// cached.with: the defaults have their say in the types, and can be replaced.
const base = cached.with({ coder: 'json', missValue: null, ttl: 5 })
expectTypeOf(base(load).get).returns.resolves.toEqualTypeOf<JsonUser | null>()
expectTypeOf(base(load)).returns.resolves.toEqualTypeOf<User>()
expectTypeOf(base(load, { coder: 'v8' }).get).returns.resolves.toEqualTypeOf<User | null>()
expectTypeOf(base(load, { missValue: 0 }).get).returns.resolves.toEqualTypeOf<JsonUser | number>()
expectTypeOf(base.with({ ttl: 6 })(load).get).returns.resolves.toEqualTypeOf<JsonUser | null>()
expectTypeOf(base.with({ coder: 'superjson' })(load).get).returns.resolves.toEqualTypeOf<User | null>()
expectTypeOf(base(load, { ttl: (value) => value.id }).get).returns.resolves.toEqualTypeOf<JsonUser | null>()
// @ts-expect-error there is no such option
cached.with({ tll: 5 })
// @ts-expect-error the arguments are still those of the function
base(load)('one')

// The type can be named.
const named: Cached<typeof load, 'json', null> = base(load)
expectTypeOf(named.get).returns.resolves.toEqualTypeOf<JsonUser | null>()
