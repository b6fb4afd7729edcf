/** What each control of a function does, for one receiver. */
import { type Context, newCall, newCalls } from './call.js'
import { ActionError } from './errors.js'
import type { Host } from './host.js'
import type { Many, One } from './interface.js'
import { listOfArguments } from './items.js'
import { decodeStored } from './read.js'
import type { EventName, Listener } from './trace.js'

/** A control that acts on entries. */
export type Action = (...args: readonly unknown[]) => Promise<unknown>

/** Makes a control for a receiver (`undefined`: none). */
export type ControlMaker = (receiver: unknown) => unknown

/** The maker of every control, by its name. */
export function controlMakers(host: Host): Record<string, ControlMaker> {
  const { contextNow, trace, options, actions } = host
  const names = [...Object.keys(actions.one), ...Object.keys(actions.many)]
  const makers = names.map((name): [string, ControlMaker] => [name, (receiver) => actionNamed(host, receiver, name)])
  return {
    ...Object.fromEntries(makers),
    key:
      (receiver) =>
      (...args: unknown[]) =>
        contextNow().keyOf(args, receiver),
    keyMany:
      (receiver) =>
      (...items: unknown[]) => {
        const { keyOf } = contextNow()
        return listOfArguments(items, options.parameters).map((args) => keyOf(args, receiver))
      },
    run:
      (receiver) =>
      async (name: string, ...args: unknown[]) => {
        if (names.includes(name)) return actionNamed(host, receiver, name)(...args)
        throw new ActionError(`unknown action '${String(name)}'; the actions are ${names.join(', ')}`)
      },
    encode: () => async (value: unknown) => contextNow().codec.encode(value),
    decode: () => async (stored: unknown) => decodeStored(contextNow(), stored),
    on: (receiver) => (event: EventName, listener: Listener) => trace.on(event, listener, receiver),
    off: (receiver) => (event: EventName, listener: Listener) => trace.off(event, listener, receiver),
  }
}

/** An action that there is. */
export function actionNamed({ contextNow, actions, options }: Host, receiver: unknown, name: string): Action {
  const one = actions.one[name]
  if (one !== undefined) {
    if (name !== 'set') return async (...args) => oneCall(one, contextNow(), args, receiver)
    return async (value, ...args) => oneCall(one, contextNow(), args, receiver, value)
  }
  const many = actions.many[name] as Many // it is one or the other
  const manyCalls = (items: readonly unknown[], values: readonly unknown[]) => {
    const context = contextNow()
    return many(context, newCalls(context, listOfArguments(items, options.parameters), receiver), values)
  }
  if (name !== 'setMany') return async (...items) => manyCalls(items, [])
  return async (items, values) => {
    if (Array.isArray(items) && Array.isArray(values) && items.length === values.length) return manyCalls(items, values)
    const got = [items, values].map((list) => (Array.isArray(list) ? list.length : typeof list)).join(' and ')
    throw new ActionError(`setMany takes a list of arguments and a list of values of the same length, got ${got}`)
  }
}

function oneCall(act: One, context: Context, args: readonly unknown[], receiver: unknown, value?: unknown) {
  return act(context, newCall(context, args, receiver), value)
}
