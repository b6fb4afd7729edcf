import { type Background, createBackground } from './background.js'
import type { Call, Context } from './call.js'
import type { Turn } from './fence.js'
import { createFlights } from './flight.js'
import { type ActionTable, createActions } from './interface.js'
import { register } from './live.js'
import { loadingOf } from './loader.js'
import type { AnyOptions } from './options.js'
import { fitToStorage, type Resolved, resolveOptions } from './resolve.js'
import { withSignal } from './signals.js'
import type { Storage } from './storage/storage.js'
import { createTrace, type Trace } from './trace.js'

/** One cached function: what its calls have in common, whatever store and receiver they have. */
export interface Host {
  readonly fn: Context['fn']
  readonly name: string
  readonly options: AnyOptions
  readonly trace: Trace
  readonly actions: ActionTable
  readonly background: Background
  /** What its calls have in common on the store that there is now. @throws OptionError where there is none */
  contextNow(): Context
}

/** A function with its options, checked. `name` is what stands in keys without a `keyPrefix`. */
export function createHost(fn: Context['fn'], name: string, options: AnyOptions): Host {
  const resolved = resolveOptions(name, options)
  const { storage } = resolved
  const actions = createActions(options)
  const trace = createTrace()
  const background = createBackground(options.waitUntil)
  const create = (base: Storage): Context => contextOn(base, fn, resolved, { trace, actions, background })
  return {
    fn,
    name,
    options,
    trace,
    actions,
    background,
    contextNow: typeof storage === 'function' ? each(storage, create) : one(create(storage)),
  }
}

function one(context: Context): () => Context {
  return () => context
}

/** One context for each store, as long as the store lives: flights and whatever else they hold never cross stores. */
function each(find: () => Storage, create: (storage: Storage) => Context): () => Context {
  const contexts = new WeakMap<Storage, Context>()
  return () => {
    const storage = find()
    const known = contexts.get(storage)
    if (known !== undefined) return known
    const context = create(storage)
    contexts.set(storage, context)
    return context
  }
}

/** The call whose function runs, in its run: with the signal of all who wait for it, whoever runs it. */
function inRun(call: Call, turn: Turn | undefined): Call {
  if (call.main === undefined && turn === undefined) return call
  const { key, args, receiver, budget, ttl, load, crowd } = call.main ?? call
  const shared = crowd === undefined ? args : withSignal(args, crowd.signal)
  return { key, args: shared, receiver, budget, ttl, load, crowd, turn }
}

function contextOn(
  base: Storage,
  fn: Context['fn'],
  resolved: Resolved,
  { trace, actions, background }: Pick<Host, 'trace' | 'actions' | 'background'>,
): Context {
  const fitted = fitToStorage(resolved, base)
  const context: Context = {
    fn,
    name: resolved.name,
    options: resolved.options,
    part: resolved.part,
    policy: resolved.policy,
    ...fitted,
    flights: createFlights(fitted.leasing !== undefined),
    refreshes: createFlights(fitted.leasing !== undefined),
    background,
    loading: loadingOf(resolved.options),
    keepsPromises: fitted.codec.asIs && fitted.storage.atOnce !== undefined,
    trace,
    execute: (call, turn) => actions.one.execute(context, inRun(call, turn), undefined),
  }
  register(context)
  return context
}
