/** The actions of a function by their names: the built-in ones, and what a `userInterface` makes of them. */
import * as actions from './actions.js'
import * as bulk from './bulk.js'
import { type Call, type Context, execute } from './call.js'
import { checkDefaultAction } from './check-options.js'
import { kindOf } from './coders/kind.js'
import { ActionError, OptionError } from './errors.js'
import { contextOf, type Handle, handleOf } from './handle.js'
import { isThenable, silence } from './maybe.js'
import { once } from './on-demand.js'
import type { AnyOptions } from './options.js'
import { getOrUpdate } from './read-through.js'
import { getOrUpdateMany } from './read-through-many.js'
import * as runs from './runs.js'

/** An action of one call. `value` is what `set` gets. */
export type One = (context: Context, call: Call, value: unknown) => Promise<unknown>

/** An action of many calls. `values` are what `setMany` gets. */
export type Many = (context: Context, calls: readonly Call[], values: readonly unknown[]) => Promise<unknown>

const ONE = {
  getOrUpdate,
  get: actions.get,
  set: actions.set,
  update: actions.update,
  delete: actions.remove,
  expire: actions.expire,
  has: actions.has,
  touch: actions.touch,
  execute,
} satisfies Record<string, One>

const MANY = {
  getMany: bulk.getMany,
  getOrUpdateMany,
  setMany: bulk.setMany,
  updateMany: runs.updateMany,
  deleteMany: bulk.deleteMany,
  expireMany: bulk.expireMany,
  hasMany: bulk.hasMany,
  touchMany: bulk.touchMany,
  executeMany: bulk.executeMany,
} satisfies Record<string, Many>

/** The actions of one function. */
export interface ActionTable {
  readonly one: Readonly<Record<keyof typeof ONE, One> & Record<string, One | undefined>>
  readonly many: Readonly<Record<keyof typeof MANY, Many> & Record<string, Many | undefined>>
  /** Whether a call is the built-in `getOrUpdate`, which may return a hit in memory at once. */
  readonly isPlain: boolean
}

/**
 * The actions that the options ask for.
 *
 * @throws OptionError for a `userInterface` that gives no functions, or takes a name that means something else, and for
 * a `defaultAction` that is no action
 */
export function createActions({ userInterface, defaultAction = 'getOrUpdate' }: AnyOptions): ActionTable {
  const one: ActionTable['one'] = { ...ONE }
  const many: ActionTable['many'] = { ...MANY }
  if (userInterface !== undefined) {
    const given: unknown = userInterface(builtIn() as never) // for any function: the types of one are its own
    for (const [name, act] of entriesOf(given)) {
      if (act === Reflect.get(builtIn(), name)) continue
      if (Object.hasOwn(MANY, name)) Object.assign(many, { [name]: manyBy(act) })
      else Object.assign(one, { [checkedName(name)]: oneBy(act) })
    }
  }
  checkDefaultAction(defaultAction, [...Object.keys(one), ...Object.keys(many)])
  return { one, many, isPlain: defaultAction === 'getOrUpdate' && one.getOrUpdate === ONE.getOrUpdate }
}

type Given = (subject: unknown, value: unknown) => unknown

function entriesOf(given: unknown): [string, Given][] {
  silence(given)
  if (typeof given !== 'object' || given === null || isThenable(given)) {
    throw new OptionError(`userInterface must give an object of actions, got ${kindOf(given)}`)
  }
  return Object.entries(given).map(([name, act]) => {
    if (typeof act === 'function') return [name, act]
    throw new OptionError(`userInterface must give functions, and '${name}' is ${kindOf(act)}`)
  })
}

function checkedName(name: string): string {
  if (Object.hasOwn(ONE, name)) return name
  if (name.endsWith('Many')) {
    throw new OptionError(
      `userInterface cannot add '${name}': an added action takes one call, and names that end in Many take lists of calls`,
    )
  }
  if (!TAKEN.has(name) && !(name in Function.prototype)) return name
  throw new OptionError(`userInterface cannot add '${name}': the name means something else on a function`)
}

const TAKEN = new Set(['key', 'keyMany', 'run', 'encode', 'decode', 'storage', 'on', 'off', 'idle', 'prototype'])

const oneBy =
  (act: Given): One =>
  async (context, call, value) =>
    act(handleOf(context, call), value)

const manyBy =
  (act: Given): Many =>
  async (context, calls, values) =>
    act(
      calls.map((call) => handleOf(context, call)),
      values,
    )

/** The built-in actions as a `userInterface` gets them: by the call alone. */
const builtIn = /* @__PURE__ */ once((): object =>
  Object.freeze({
    ...mapped(ONE, (act: One) => async (call: Handle, value: unknown) => {
      checkRun(act, [call])
      return act(contextOf(call), call, value)
    }),
    ...mapped(MANY, (act: Many) => async (calls: readonly Handle[], values: readonly unknown[]) => {
      const [first] = calls
      checkRun(act, calls)
      if (first !== undefined) return act(sameContext(first, calls), calls, values)
      return act === MANY.setMany ? undefined : []
    }),
  }),
)

function sameContext(first: Handle, calls: readonly Handle[]): Context {
  const context = contextOf(first)
  if (calls.every((call) => contextOf(call) === context)) return context
  throw new ActionError('a bulk action takes calls of one function on one store')
}

const runsFunction = (act: One | Many) =>
  act === ONE.getOrUpdate || act === ONE.update || act === MANY.getOrUpdateMany || act === MANY.updateMany

/** @throws ActionError for what would wait for its own end, or call itself for ever */
function checkRun(act: One | Many, calls: readonly Handle[]): void {
  if (!runsFunction(act) || calls.every((call) => call.turn === undefined)) return
  throw new ActionError(
    'inside the action execute, and with a call that was kept from it, an action that runs the function would call execute again: use actions.execute(call)',
  )
}

function mapped<T, U>(record: Readonly<Record<string, T>>, map: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]))
}
