import { type Assembled, assembled, checkAction, noDefaultAction } from '../assembly.js'
import { checkDefaultAction } from '../check-options.js'
import { checkedLists, listOfArguments } from '../items.js'
import { register } from '../live.js'
import type { AnyOptions } from '../options.js'
import { glimpse, isPlain, peek } from '../peek.js'
import { decodeStored } from '../read.js'
import { fitTo, settingsOf } from '../resolve.js'
import { memoryDriver } from '../storage/memory.js'
import type { Stored } from '../storage/storage.js'
import { createTrace, type EventName, type Listener } from '../trace.js'
import { MANY, type Many, ONE, type One } from './actions.js'
import { newCall, type SyncCall, type SyncContext } from './call.js'
import { synchronous } from './codec.js'
import { checkSyncOptions, mapLikeOf } from './options.js'
import { getOrUpdate } from './runs.js'
import { createView } from './view.js'

type Action = (...args: readonly unknown[]) => unknown

const ACTIONS = /* @__PURE__ */ Object.keys(ONE).concat(/* @__PURE__ */ Object.keys(MANY))

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
  checkDefaultAction(options.defaultAction ?? null, ACTIONS)
  const storage = memoryDriver(map)
  const context: SyncContext = { ...settings, ...fitTo(settings, storage), fn, storage, trace: createTrace() }
  const answering = { ...context, codec: synchronous(context.codec) }
  register(answering)
  const view = createView(answering, map)
  return assembled({
    fn,
    name,
    takesReceiver: options.receiver === true,
    callOf: (receiver) => callOf(answering, receiver),
    controls: controlMakers(answering),
    storage: () => view,
  })
}

function callOf(context: SyncContext, receiver: unknown): Action {
  const { defaultAction = 'getOrUpdate' } = context.options
  if (defaultAction === 'getOrUpdate') return plainCall(context, receiver)
  if (defaultAction === null) {
    return () => {
      throw noDefaultAction()
    }
  }
  const act = actionNamed(context, receiver, defaultAction)
  return (...args) => act(...args)
}

/** `getOrUpdate`; a hit returns from here. */
function plainCall(context: SyncContext, receiver: unknown): Action {
  const { keyOf, trace } = context
  return (...args) => {
    const key = keyOf(args, receiver)
    const stored = glimpse(context, key)
    if (stored === undefined || stored === null) return getOrUpdate(context, { key, args, receiver })
    // Saves what is decoded an object to come in, and a closer look.
    if (!isPlain(context, stored)) return giveFound(context, { key, args, receiver }, stored)
    if (trace.wantsHit()) trace.emit('hit', { key, args, receiver }, { value: stored.value })
    return stored.value
  }
}

function giveFound(context: SyncContext, call: SyncCall, stored: Stored): unknown {
  const hit = peek(context, stored)
  if (hit === undefined) return getOrUpdate(context, call)
  const { trace } = context
  const event = hit.usable?.isFresh === false ? 'stale' : 'hit'
  if (trace.wants(event)) trace.emit(event, call, { value: hit.value })
  return hit.value
}

/** The maker of every control, by its name, for one receiver. */
function controlMakers(context: SyncContext): Record<string, (receiver: unknown) => unknown> {
  const { codec, keyOf, trace, options } = context
  const makers = ACTIONS.map((name) => [name, (receiver: unknown) => actionNamed(context, receiver, name)])
  return {
    ...Object.fromEntries(makers),
    key:
      (receiver) =>
      (...args: unknown[]) =>
        keyOf(args, receiver),
    keyMany:
      (receiver) =>
      (...items: unknown[]) =>
        listOfArguments(items, options.parameters).map((args) => keyOf(args, receiver)),
    run:
      (receiver) =>
      (name: string, ...args: unknown[]) => {
        checkAction(ACTIONS, name)
        return actionNamed(context, receiver, name)(...args)
      },
    encode: () => (value: unknown) => codec.encode(value),
    decode: () => (stored: unknown) => decodeStored(context, stored),
    on: (receiver) => (event: EventName, listener: Listener) => trace.on(event, listener, receiver),
    off: (receiver) => (event: EventName, listener: Listener) => trace.off(event, listener, receiver),
  }
}

function actionNamed(context: SyncContext, receiver: unknown, name: string): Action {
  if (Object.hasOwn(ONE, name)) {
    const one = ONE[name as keyof typeof ONE] as One // it takes a value, if only to leave it
    if (name === 'set') return (value, ...args) => one(context, newCall(context, args, receiver), value)
    return (...args) => one(context, newCall(context, args, receiver), undefined)
  }
  const many = MANY[name as keyof typeof MANY] as Many // it is one or the other
  const manyCalls = (items: readonly unknown[], values: readonly unknown[]) => {
    const calls = listOfArguments(items, context.options.parameters).map((args) => newCall(context, args, receiver))
    return many(context, calls, values)
  }
  if (name === 'setMany') return (items, values) => manyCalls(...checkedLists(items, values))
  return (...items) => manyCalls(items, [])
}
