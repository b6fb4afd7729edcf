import type { AsyncLocalStorage } from 'node:async_hooks'
import { OptionError } from '../errors.js'
import { isThenable, silence } from '../maybe.js'
import { openStorage } from './open.js'
import type { Storage } from './storage.js'

/** What gives the store of each call. */
export type StoreSource = (() => object | undefined) | AsyncLocalStorage<object>

/** Whether the store is to be asked for at each call. @throws OptionError for a class in place of an instance */
export function isStoreSource(store: unknown): store is StoreSource {
  if (typeof store !== 'function') return isAsyncLocalStorage(store)
  const prototype: unknown = store.prototype
  if (typeof prototype === 'object' && prototype !== null && 'get' in prototype) {
    throw new OptionError(`store is the class ${store.name}: pass an instance of it, or a function that gives one`)
  }
  return true
}

/** Told by its methods: another copy of the module is as good. */
function isAsyncLocalStorage(store: unknown): store is AsyncLocalStorage<object> {
  return (
    typeof store === 'object' &&
    store !== null &&
    ['getStore', 'run', 'enterWith'].every((name) => typeof Reflect.get(store, name) === 'function')
  )
}

/**
 * The Storage of the store that there is now.
 *
 * @throws OptionError where there is none, or what there is, is no store
 */
export function currentStorage(source: StoreSource): Storage {
  const store: unknown = typeof source === 'function' ? source() : source.getStore()
  if (isThenable(store)) {
    silence(store)
    throw new OptionError(
      'store must be given at once, got a promise: await the stores before, and give one that is ready',
    )
  }
  if (store !== undefined && store !== null) return openGiven(source, store)
  throw new OptionError(
    typeof source === 'function'
      ? 'there is no store: the function given as `store` must give one for every call'
      : 'there is no store: nothing surrounds this call; make it inside asyncLocalStorage.run(store, ...)',
  )
}

/** A wrong store is told with what gave it. */
function openGiven(source: StoreSource, store: unknown): Storage {
  try {
    return openStorage(store)
  } catch (cause) {
    if (!(cause instanceof OptionError)) throw cause
    const problem =
      typeof source === 'function'
        ? 'the function given as `store` gave no store'
        : 'the AsyncLocalStorage holds no store; where it holds an object with the store in it, write store: () => asyncLocalStorage.getStore()?.store'
    throw new OptionError(`${problem}: ${cause.message}`, { cause })
  }
}
