import { createCallable } from './callable.js'
import { checkOptions, merge } from './check-options.js'
import type { CoderOption } from './coder.js'
import { kindOf } from './coders/kind.js'
import type { Cached } from './controls.js'
import { OptionError } from './errors.js'
import type { AnyFunction } from './function.js'
import { createHost, type Host } from './host.js'
import type { AnyOptions, CachedOptions, DefaultAction } from './options.js'

/** Wraps functions with options that `cached.with` was given. `C` and `M` are the coder and `missValue` among them. */
export interface CachedFactory<C extends CoderOption | undefined = undefined, M = undefined> {
  /**
   * The function, cached: calling it reads through the store, and every control acts on the same entry by the same
   * arguments. It runs without a receiver, unless the option `receiver` says so. Python's Ring, as a higher-order function.
   *
   * @throws OptionError for an option that is unknown, out of range, or contradicts another
   * @throws CoderError for an unknown coder name
   * @example
   * const add = cached(async function add(a: number, b: number) { return a + b }, { ttl: 60_000 })
   * await add(1, 2) // 3, run once a minute
   * await add.delete(1, 2) // true
   */
  <
    F extends AnyFunction,
    const C2 extends CoderOption | undefined = C,
    M2 = M,
    const P extends readonly string[] | undefined = undefined,
    X = unknown,
    const D extends DefaultAction = 'getOrUpdate',
    const R extends boolean = false,
  >(
    fn: F,
    options?: CachedOptions<F, C2, M2, P, X, D, R>,
  ): Cached<F, C2, M2, P, X, D, R>
  /** `cached` with other defaults, which the options of each function may replace. */
  with<const C2 extends CoderOption | undefined = C, M2 = M>(
    defaults: Omit<CachedOptions<AnyFunction, C2, M2>, PerFunction>,
  ): CachedFactory<C2, M2>
}

/** Options whose types depend on the one function that they are for. */
type PerFunction = 'parameters' | 'userInterface' | 'defaultAction' | 'receiver'

/** Turns a function into a cached one. */
export const cached: CachedFactory = /* @__PURE__ */ createFactory({})

function createFactory<C extends CoderOption | undefined, M>(defaults: AnyOptions): CachedFactory<C, M> {
  const wrap = (fn: unknown, options: AnyOptions = {}) => {
    if (typeof fn !== 'function') throw new OptionError(`cached takes a function, got ${kindOf(fn)}`)
    return createCallable(createHost(fn as Host['fn'], fn.name, checkedMerge(defaults, options))) // its own type asks for its arguments
  }
  const factory = Object.assign(wrap, {
    with: (more: AnyOptions) => createFactory(checkedMerge(defaults, more)),
  })
  return factory as unknown as CachedFactory<C, M> // the types of one function are the factory's to give
}

function checkedMerge(defaults: AnyOptions, options: AnyOptions): AnyOptions {
  checkOptions(options)
  return merge(defaults, options)
}
