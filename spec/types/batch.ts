/** What TypeScript knows of `loadMany` and `batch`. Compiled, never run. */
import { expectTypeOf } from 'expect-type'
import { type Batch, cached, cachedClass, cachedSync, type LoadMany } from 'ringcache'

interface User {
  id: number
  born: Date
}
declare function load(id: number, deep?: boolean): Promise<User>
declare const user: User

// The lists of arguments are the function's.
const f = cached(load, {
  loadMany: async (argsList) => {
    expectTypeOf(argsList).toEqualTypeOf<readonly [id: number, deep?: boolean | undefined][]>()
    return argsList.map(([id]) => (id < 0 ? new RangeError('below 0') : user))
  },
  batch: { maxSize: 100, wait: 5 },
})
expectTypeOf(f).toEqualTypeOf<ReturnType<typeof cached<typeof load>>>()
expectTypeOf(f.getOrUpdateMany([1], [2, true])).resolves.toEqualTypeOf<User[]>()
expectTypeOf<LoadMany<typeof load>>().toEqualTypeOf<
  (
    argsList: readonly [id: number, deep?: boolean | undefined][],
  ) => PromiseLike<readonly (User | Error)[]> | readonly (User | Error)[]
>()
expectTypeOf<Batch>().toEqualTypeOf<{ maxSize?: number | undefined; wait?: number | undefined }>()

// Results at once, and only errors, or none.
cached(load, { loadMany: (argsList) => argsList.map(() => user) })
cached(load, { loadMany: (argsList) => argsList.map(() => new Error('none')) })
cached((id: number) => id, { loadMany: async (argsList) => argsList.map(([id]) => id), batch: {} })

// @ts-expect-error what it gives is no list
cached(load, { loadMany: async () => user })
// @ts-expect-error its results are not the function's
cached(load, { loadMany: async (argsList) => argsList.map(([id]) => id) })
// @ts-expect-error nor are promises of them
cached(load, { loadMany: (argsList) => argsList.map(([id]) => load(id)) })
// @ts-expect-error it takes other arguments
cached(load, { loadMany: async (argsList: readonly [string][]) => argsList.map(() => user) })
// @ts-expect-error there is no such member
cached(load, { loadMany: async (argsList) => argsList.map(() => user), batch: { size: 5 } })
// @ts-expect-error nothing is gathered where nothing waits
cachedSync((id: number) => id, { loadMany: (argsList: readonly [number][]) => argsList.map(([id]) => id) })

// A function with a receiver has loads with that receiver.
cached(
  async function child(this: User, id: number) {
    return this.id + id
  },
  {
    receiver: true,
    async loadMany(this: User, argsList) {
      return argsList.map(([id]) => this.id + id)
    },
  },
)
const Page = cachedClass(
  class Page {
    async part(n: number) {
      return `part ${n}`
    }
  },
  { part: { loadMany: async (argsList) => argsList.map(([n]) => `part ${n}`), batch: {} } },
)
expectTypeOf(new Page().part.getOrUpdateMany([1])).resolves.toEqualTypeOf<string[]>()
