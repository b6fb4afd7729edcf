import { types } from 'node:util'
import { merge } from './check-options.js'
import type { CoderOption } from './coder.js'
import { kindOf } from './coders/kind.js'
import { OptionError } from './errors.js'
import type { AnyFunction } from './function.js'
import type { AnyOptions } from './options.js'
import { createSyncCallable } from './sync/callable.js'
import type { CachedSync } from './sync/controls.js'
import { type CachedSyncOptions, checkSyncOptions } from './sync/options.js'

/** Wraps functions with options that `cachedSync.with` was given. `C` and `M` are the coder and `missValue` among them. */
export interface CachedSyncFactory<C extends CoderOption | undefined = undefined, M = undefined> {
  /**
   * The synchronous function, cached over a Map-like: `cached`, with all its controls, where nothing waits. Keys and
   * entries are those of `cached`: one Map may serve both, and their controls fence each other.
   *
   * @throws OptionError for an asynchronous function, for a store that is no Map-like, and for an option that is unknown,
   * out of range, or contradicts another
   * @throws CoderError for an unknown coder name, or a coder that is declared `async`
   * @example
   * const parse = cachedSync(function parse(text: string) { return compile(text) }, { store: lru({ max: 500 }) })
   * parse('1 + 1') // compiled once
   * parse.delete('1 + 1') // true
   */
  <
    F extends AnyFunction,
    const C2 extends CoderOption | undefined = C,
    M2 = M,
    const P extends readonly string[] | undefined = undefined,
    const D extends string | null = 'getOrUpdate',
    const R extends boolean = false,
  >(
    fn: F,
    options?: CachedSyncOptions<F, C2, M2, P, D, R>,
  ): CachedSync<F, C2, M2, P, D, R>
  /** `cachedSync` with other defaults, which the options of each function may replace. */
  with<const C2 extends CoderOption | undefined = C, M2 = M>(
    defaults: Omit<CachedSyncOptions<AnyFunction, C2, M2>, 'parameters' | 'defaultAction' | 'receiver'>,
  ): CachedSyncFactory<C2, M2>
}

/** Turns a synchronous function into a cached one. */
export const cachedSync: CachedSyncFactory = /* @__PURE__ */ createFactory({})

function createFactory<C extends CoderOption | undefined, M>(defaults: AnyOptions): CachedSyncFactory<C, M> {
  const checkedMerge = (options: AnyOptions): AnyOptions => {
    checkSyncOptions(options)
    return merge(defaults, options)
  }
  const wrap = (fn: unknown, options: AnyOptions = {}) => {
    if (typeof fn !== 'function') throw new OptionError(`cachedSync takes a function, got ${kindOf(fn)}`)
    if (types.isAsyncFunction(fn)) {
      throw new OptionError('cachedSync takes a synchronous function, and this one is async: use cached')
    }
    return createSyncCallable(fn as AnyCall, fn.name, checkedMerge(options)) // its own type asks for its arguments
  }
  const factory = Object.assign(wrap, { with: (more: AnyOptions) => createFactory(checkedMerge(more)) })
  return factory as unknown as CachedSyncFactory<C, M> // the types of one function are the factory's to give
}

type AnyCall = (...args: readonly unknown[]) => unknown
