import * as actions from './actions.js'
import { type Budget, newBudget } from './budget.js'
import * as bulk from './bulk.js'
import { type Call, type Context, callAt, decodeStored, execute, newCall, peek } from './call.js'
import type { CoderOption } from './coder.js'
import { kindOf } from './coders/kind.js'
import type { ActionName, Cached } from './controls.js'
import { ActionError, OptionError } from './errors.js'
import { createFlights } from './flight.js'
import { type AnyFunction, type CachedOptions, checkOptions, OPTION_NAMES } from './options.js'
import { resolveOptions } from './resolve.js'
import * as runs from './runs.js'
import { createTrace, type EventName, type Listener } from './trace.js'
import { createView } from './view.js'

/** Wraps functions with options that `cached.with` was given. `C` and `M` are the coder and `missValue` among them. */
export interface CachedFactory<C extends CoderOption | undefined = undefined, M = undefined> {
  /**
   * The function, cached: calling it reads through the store, and every control acts on the same entry by the same
   * arguments. It runs without a receiver. Python's Ring, as a higher-order function.
   *
   * @throws OptionError for an option that is unknown, out of range, or contradicts another
   * @throws CoderError for an unknown coder name
   * @example
   * const add = cached(async function add(a: number, b: number) { return a + b }, { ttl: 60_000 })
   * await add(1, 2) // 3, run once a minute
   * await add.delete(1, 2) // true
   */
  <F extends AnyFunction, const C2 extends CoderOption | undefined = C, M2 = M>(
    fn: F,
    options?: CachedOptions<F, C2, M2>,
  ): Cached<F, C2, M2>
  /** `cached` with other defaults, which the options of each function may replace. */
  with<const C2 extends CoderOption | undefined = C, M2 = M>(
    defaults: CachedOptions<AnyFunction, C2, M2>,
  ): CachedFactory<C2, M2>
}

/** Turns a function into a cached one. */
export const cached: CachedFactory = createFactory({})

type Action = (...args: readonly unknown[]) => Promise<unknown>

function createFactory<C extends CoderOption | undefined, M>(defaults: CachedOptions): CachedFactory<C, M> {
  const wrap = (fn: unknown, options: CachedOptions = {}) => wrapFunction(fn, merge(defaults, options))
  const factory = Object.assign(wrap, {
    with: (more: CachedOptions) => createFactory(merge(defaults, more)),
  })
  return factory as unknown as CachedFactory<C, M> // the types of one function are the factory's to give
}

function wrapFunction(fn: unknown, options: CachedOptions): unknown {
  if (typeof fn !== 'function') throw new OptionError(`cached takes a function, got ${kindOf(fn)}`)
  const context: Context = {
    fn: fn as Context['fn'], // the arguments are those its own type asks the caller for
    ...resolveOptions(fn.name, options),
    flights: createFlights(),
    trace: createTrace(),
  }
  const table = actionsOf(context)
  const { flights, trace, keyOf, codec } = context
  const callable = (...args: unknown[]): Promise<unknown> => {
    let key: string
    try {
      key = keyOf(args)
    } catch (error) {
      return Promise.reject(error)
    }
    const hit = flights.size > 0 && flights.join(key) !== undefined ? undefined : peek(context, key)
    if (hit === undefined) return actions.getOrUpdate(context, callAt(context, key, args))
    if (trace.wants('hit')) trace.emit('hit', { key, args, value: hit.value })
    return Promise.resolve(hit.value)
  }
  const controls = {
    ...table,
    key: (...args: unknown[]) => keyOf(args),
    keyMany: (...argsList: unknown[]) => argsList.map((args) => keyOf(complete(args))),
    run: async (name: string, ...args: unknown[]) => {
      if (Object.hasOwn(table, name)) return table[name as ActionName](...args)
      throw new ActionError(`unknown action '${name}'; the actions are ${Object.keys(table).join(', ')}`)
    },
    encode: async (value: unknown) => codec.encode(value),
    decode: async (stored: unknown) => decodeStored(context, stored),
    storage: createView(context),
    on: (event: EventName, listener: Listener) => trace.on(event, listener),
    off: (event: EventName, listener: Listener) => trace.off(event, listener),
  }
  return Object.defineProperties(Object.assign(callable, controls), {
    name: { value: fn.name, configurable: true },
    length: { value: fn.length, configurable: true },
  })
}

function actionsOf(context: Context): Record<ActionName, Action> {
  const call = (args: readonly unknown[]): Call => newCall(context, args)
  const one =
    (act: (context: Context, call: Call) => Promise<unknown>): Action =>
    async (...args) =>
      act(context, call(args))
  const many =
    (act: (context: Context, budget: Budget, calls: readonly Call[]) => Promise<unknown>): Action =>
    async (...argsList) =>
      act(context, newBudget(context.policy.storeTimeout), callsOf(context, argsList))
  return {
    getOrUpdate: one(actions.getOrUpdate),
    get: one(actions.get),
    set: async (value, ...args) => actions.set(context, call(args), value),
    update: one(actions.update),
    delete: one(actions.remove),
    has: one(actions.has),
    touch: one(actions.touch),
    execute: one(execute),
    getMany: many(bulk.getMany),
    getOrUpdateMany: many(runs.getOrUpdateMany),
    setMany: async (argsList, values) => {
      if (!Array.isArray(argsList) || !Array.isArray(values) || argsList.length !== values.length) {
        const got = [argsList, values].map((list) => (Array.isArray(list) ? list.length : typeof list)).join(' and ')
        throw new ActionError(`setMany takes a list of arguments and a list of values of the same length, got ${got}`)
      }
      await bulk.setMany(context, newBudget(context.policy.storeTimeout), callsOf(context, argsList), values)
    },
    updateMany: many(runs.updateMany),
    deleteMany: many(bulk.deleteMany),
    hasMany: many(bulk.hasMany),
    touchMany: many(bulk.touchMany),
    executeMany: many((_context, _budget, calls) => bulk.executeMany(context, calls)),
  }
}

function callsOf(context: Context, argsList: readonly unknown[]): Call[] {
  return argsList.map((args) => newCall(context, complete(args)))
}

function complete(args: unknown): readonly unknown[] {
  if (Array.isArray(args)) return [...args] // the caller may use its own again while the function runs
  throw new ActionError(
    `each item of a bulk action is the complete arguments as an array, as in getMany([1], [2]); got ${kindOf(args)}`,
  )
}

/** Neither is changed; an option that is `undefined` counts as not given. */
function merge(defaults: CachedOptions, options: CachedOptions): CachedOptions {
  checkOptions(options)
  const given = OPTION_NAMES.filter((name) => options[name] !== undefined)
  return { ...defaults, ...Object.fromEntries(given.map((name) => [name, options[name]])) }
}
