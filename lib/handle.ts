import type { ActionCall } from './action-call.js'
import { remove, set } from './actions.js'
import { type Call, type Context, execute } from './call.js'
import { ActionError, KeyError } from './errors.js'
import { read } from './read.js'
import { refresh } from './read-through.js'
import { checkTtl, viewOf } from './view.js'

const CONTEXT = Symbol('context')

/** A call as the actions of a `userInterface` get it: `ActionCall`, whose types are the function's own. */
export type Handle = Call &
  Pick<ActionCall, 'read' | 'execute' | 'discard'> & {
    readonly [CONTEXT]: Context
    readonly storage: unknown
    write(value: unknown): Promise<void>
    refresh(run?: () => Promise<unknown>): Promise<unknown>
    beside(name: string, ttl?: number): Handle
  }

/** The context of a call that an action was given. @throws ActionError for anything else */
export function contextOf(call: unknown): Context {
  if (typeof call === 'object' && call !== null && CONTEXT in call) return (call as Handle)[CONTEXT] // ours alone
  throw new ActionError('an action takes the call that it was given, or a list of such calls')
}

/** A call with what can be done by it: itself, if it was made so before. */
export function handleOf(context: Context, call: Call | Handle): Handle {
  if (CONTEXT in call) return call
  const { main = call } = call
  const run = () => execute(context, main)
  return {
    ...call,
    [CONTEXT]: context,
    get storage() {
      return viewOf(context)
    },
    read: async () => read(context, call) as ReturnType<ActionCall['read']>, // the same, of any type
    execute: run,
    write: (value) => set(context, call, value),
    refresh: (given = run) => refresh(context, call, given),
    discard: () => remove(context, call),
    beside: (name, ttl) => {
      if (ttl !== undefined) checkTtl(context, ttl)
      const { args, receiver, budget, turn } = call
      return handleOf(context, { key: keyBeside(context, call.key, name), args, receiver, budget, ttl, main, turn })
    },
  }
}

/** No part of a key begins with `=`, nor does a receiver or a prefix have a `::`: so this is the key of no call. */
function keyBeside({ storage, part }: Context, key: string, name: string): string {
  if (typeof name !== 'string' || !/^[\w-]+$/.test(name)) {
    throw new KeyError(`beside takes a name of letters, digits, _ and -, got ${JSON.stringify(name)}`)
  }
  const fitted = storage.fit(`${key}::=${name}`, part)
  storage.check(fitted)
  return fitted
}
