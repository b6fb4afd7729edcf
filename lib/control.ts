/** What each control of a function does, for one receiver. */
import { checkAction } from './assembly.js'
import { type Context, newCall, newCalls } from './call.js'
import type { Host } from './host.js'
import type { Many, One } from './interface.js'
import { checkedLists, listOfArguments } from './items.js'
import { decodeStored } from './read.js'
import type { EventName, Listener } from './trace.js'

/** A control that acts on entries. */
export type Action = (...args: readonly unknown[]) => Promise<unknown>

type ControlMaker = (receiver: unknown) => unknown

/** The maker of every control, by its name. */
export function controlMakers(host: Host): Record<string, ControlMaker> {
  const { contextNow, trace, options, actions, background } = host
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
        checkAction(names, name)
        return actionNamed(host, receiver, name)(...args)
      },
    encode: () => async (value: unknown) => contextNow().codec.encode(value),
    decode: () => async (stored: unknown) => decodeStored(contextNow(), stored),
    idle: () => async () => background.idle(),
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
  return async (items, values) => manyCalls(...checkedLists(items, values))
}

function oneCall(act: One, context: Context, args: readonly unknown[], receiver: unknown, value?: unknown) {
  return act(context, newCall(context, args, receiver), value)
}
