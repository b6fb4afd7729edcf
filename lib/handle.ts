import type { ActionCall } from './action-call.js'
import { refresh, remove, set } from './actions.js'
import type { Call, Context } from './call.js'
import { checkMilliseconds } from './check-options.js'
import { ActionError, KeyError } from './errors.js'
import { read } from './read.js'
import { viewOf } from './view.js'

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
  return CONTEXT in call ? call : createHandle(context, call, call)
}

/** `main` is the call whose function runs. */
function createHandle(context: Context, call: Call, main: Call): Handle {
  const execute = () => context.execute(main)
  return {
    ...call,
    [CONTEXT]: context,
    get storage() {
      return viewOf(context)
    },
    read: async () => read(context, call) as ReturnType<ActionCall['read']>, // the same, of any type
    execute,
    write: (value) => set(context, call, value),
    refresh: (run = execute) => refresh(context, call, run),
    discard: () => remove(context, call),
    beside: (name, ttl) => {
      if (ttl !== undefined) checkMilliseconds('ttl', ttl)
      return createHandle(context, { ...call, key: keyBeside(context, call.key, name), ttl: ttl ?? call.ttl }, main)
    },
  }
}

/** No token has a bare `=` outside of brackets, so this is the key of no call. */
function keyBeside({ storage, part }: Context, key: string, name: string): string {
  if (typeof name !== 'string' || !/^[\w-]+$/.test(name) || RESERVED.has(name)) {
    throw new KeyError(
      `beside takes a name of letters, digits, _ and -, but for ${[...RESERVED].join(', ')}; got ${JSON.stringify(name)}`,
    )
  }
  const fitted = storage.fit(`${key}=${name}`, part)
  storage.check(fitted)
  return fitted
}

const RESERVED = new Set(['lease', 'sha256'])
