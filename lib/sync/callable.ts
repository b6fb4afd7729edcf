import { type Assembled, actionIn, assembled, bindable, noDefaultAction } from '../assembly.js'
import { checkDefaultAction } from '../check-options.js'
import { checkedLists, listOfArguments } from '../items.js'
import type { AnyOptions } from '../options.js'
import { decodeStored, peek } from '../read.js'
import { fitTo, settingsOf } from '../resolve.js'
import { memoryDriver } from '../storage/memory.js'
import { createTrace, type EventName, type Listener } from '../trace.js'
import { MANY, type Many, ONE, type One } from './actions.js'
import { newCall, type SyncContext } from './call.js'
import { synchronous } from './codec.js'
import type { SyncStorageView } from './controls.js'
import { checkSyncOptions, mapLikeOf } from './options.js'
import { getOrUpdate } from './runs.js'
import { createView } from './view.js'

type Action = (...args: readonly unknown[]) => unknown

/** One synchronous cached function: what its calls have in common, whatever receiver they have. */
interface Host {
  readonly context: SyncContext
  readonly options: AnyOptions
  readonly name: string
  readonly view: SyncStorageView<unknown, unknown>
}

/**
 * The callable of a function, with every control. A function with a receiver takes it from each call, and binds by `bind`.
 *
 * @throws OptionError for an option that is unknown, out of range, or contradicts another
 * @throws CoderError for an unknown coder name, and for a coder that is known to be asynchronous
 */
export function createSyncCallable(fn: Action, name: string, options: AnyOptions): Assembled {
  checkSyncOptions(options)
  const map = mapLikeOf(options.store)
  const settings = settingsOf(name, options)
  const { defaultAction = 'getOrUpdate' } = options
  checkDefaultAction(defaultAction, Object.keys({ ...ONE, ...MANY }))
  const storage = memoryDriver(map)
  const { codec, keyOf } = fitTo(settings, storage)
  const { part, policy } = settings
  const context = { fn, part, policy, storage, keyOf, codec: synchronous(codec), trace: createTrace() }
  const host: Host = { context, options, name, view: createView(context, map) }
  const callOf = (receiver: unknown): Action => {
    if (defaultAction === 'getOrUpdate') return plainCall(context, receiver)
    if (defaultAction !== null) return actionNamed(host, receiver, defaultAction)
    return () => {
      throw noDefaultAction()
    }
  }
  if (!options.receiver) return assemble(host, undefined, callOf(undefined))
  return bindable(callOf, (receiver, call) => assemble(host, receiver, call))
}

/** A callable with its controls, all for one receiver. */
function assemble(host: Host, receiver: unknown, call: Action): Assembled {
  const { context, options, name, view } = host
  const { codec, keyOf, trace } = context
  const names = [...Object.keys(ONE), ...Object.keys(MANY)]
  const table = Object.fromEntries(names.map((action) => [action, actionNamed(host, receiver, action)]))
  return assembled(call, context.fn, name, {
    ...table,
    key: (...args: unknown[]) => keyOf(args, receiver),
    keyMany: (...items: unknown[]) => listOfArguments(items, options.parameters).map((args) => keyOf(args, receiver)),
    run: (action: string, ...args: unknown[]) => actionIn(table, action)(...args),
    encode: (value: unknown) => codec.encode(value),
    decode: (stored: unknown) => decodeStored(context, stored),
    storage: view,
    on: (event: EventName, listener: Listener) => trace.on(event, listener, receiver),
    off: (event: EventName, listener: Listener) => trace.off(event, listener, receiver),
  })
}

/** `getOrUpdate`; a hit returns from here. */
function plainCall(context: SyncContext, receiver: unknown): Action {
  const { keyOf, trace } = context
  return (...args) => {
    const key = keyOf(args, receiver)
    const hit = peek(context, key)
    if (hit === undefined) return getOrUpdate(context, { key, args, receiver })
    if (trace.wants('hit')) trace.emit('hit', { key, args, receiver }, { value: hit.value })
    return hit.value
  }
}

function actionNamed({ context, options }: Host, receiver: unknown, name: string): Action {
  if (Object.hasOwn(ONE, name)) {
    const one = ONE[name as keyof typeof ONE] as One // it takes a value, if only to leave it
    if (name === 'set') return (value, ...args) => one(context, newCall(context, args, receiver), value)
    return (...args) => one(context, newCall(context, args, receiver), undefined)
  }
  const many = MANY[name as keyof typeof MANY] as Many // it is one or the other
  const manyCalls = (items: readonly unknown[], values: readonly unknown[]) => {
    const calls = listOfArguments(items, options.parameters).map((args) => newCall(context, args, receiver))
    return many(context, calls, values)
  }
  if (name === 'setMany') return (items, values) => manyCalls(...checkedLists(items, values))
  return (...items) => manyCalls(items, [])
}
