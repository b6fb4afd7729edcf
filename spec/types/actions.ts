/** What TypeScript knows of replaced, added and default actions. Compiled, never run. */
import { expectTypeOf } from 'expect-type'
import { type ActionCall, cached, cachedClass } from 'ringcache'

declare function load(id: number): Promise<{ id: number }>
type Value = { id: number }

// An added action, and a replaced one that answers differently.
const replaced = cached(load, {
  missValue: null,
  userInterface: (actions) => ({
    aged: async (call) => {
      expectTypeOf(call.args).toEqualTypeOf<readonly [id: number]>()
      return { value: await actions.update(call), age: 1 }
    },
    get: async (call) => [await actions.get(call)],
    set: async (call, value) => {
      expectTypeOf(value).toEqualTypeOf<Value>()
      await actions.set(call, value)
    },
    hasMany: async (calls) => calls.map((call) => call.args[0] > 0),
  }),
})
expectTypeOf(replaced).returns.toEqualTypeOf<Promise<Value>>()
expectTypeOf(replaced.aged).toEqualTypeOf<(id: number) => Promise<{ value: Value; age: number }>>()
expectTypeOf(replaced.get).toEqualTypeOf<(id: number) => Promise<(Value | null)[]>>()
expectTypeOf(replaced.set).toEqualTypeOf<(value: Value, id: number) => Promise<void>>()
expectTypeOf(replaced.hasMany).toEqualTypeOf<(...items: [id: number][]) => Promise<boolean[]>>()
expectTypeOf(replaced.update).toEqualTypeOf<(id: number) => Promise<Value>>()
expectTypeOf(replaced.run('aged', 1)).resolves.toEqualTypeOf<{ value: Value; age: number }>()
// @ts-expect-error there is no such action
replaced.run('age', 1)

// What a call does.
expectTypeOf(cached(load, { defaultAction: 'get', missValue: null })(1)).resolves.toEqualTypeOf<Value | null>()
const aged = cached(load, {
  userInterface: (actions) => ({ aged: async (call) => ({ value: await actions.update(call), age: 1 }) }),
  defaultAction: 'aged',
})
expectTypeOf(aged(1)).resolves.toEqualTypeOf<{ value: Value; age: number }>()
const never = cached(load, { defaultAction: null })
expectTypeOf(never.getOrUpdate).toEqualTypeOf<(id: number) => Promise<Value>>()
// @ts-expect-error it is not called
never(1)
// @ts-expect-error there is no such action to call
cached(load, { defaultAction: 'fetch' })(1)

// In a class, a call says what it is of.
const User = cachedClass(
  class User {
    async data(id: number): Promise<Value> {
      return { id }
    }
  },
  { data: { userInterface: () => ({ twice: async (call: ActionCall) => [await call.execute(), 1] as const }) } },
)
expectTypeOf(new User().data.twice).toEqualTypeOf<(id: number) => Promise<readonly [unknown, 1]>>()
