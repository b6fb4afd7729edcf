import type { StorageView } from './action-call.js'
import * as actions from './actions.js'
import { type Call, type Common, type Context, callAt } from './call.js'
import { checkMilliseconds } from './check-options.js'
import { kindOf } from './coders/kind.js'
import { KeyError, UnsupportedError } from './errors.js'
import { healthOf } from './health.js'
import type { Driver } from './storage/storage.js'

const views = new WeakMap<Context, StorageView<unknown, unknown>>()

/** `fn.storage`: the controls by key instead of by arguments. */
export function viewOf(context: Context): StorageView<unknown, unknown> {
  const known = views.get(context)
  if (known !== undefined) return known
  const view = createView(context)
  views.set(context, view)
  return view
}

function createView(context: Context): StorageView<unknown, unknown> {
  const { storage } = context
  const at = (key: string, ttl?: number): Call => {
    checkKey(storage, key)
    return callAt(context, key, [], undefined, ttl)
  }
  const withTtl = (key: string, ttl: number | undefined): Call => {
    checkTtl(context, ttl)
    return at(key, ttl)
  }
  return {
    backend: storage.backend,
    capabilities: storage.capabilities,
    get health() {
      return healthOf(context)
    },
    get: async (key) => actions.get(context, at(key)),
    set: async (key, value, ttl) => actions.set(context, withTtl(key, ttl), value),
    delete: async (key) => actions.remove(context, at(key)),
    expire: async (key) => actions.expire(context, at(key)),
    has: async (key) => actions.has(context, at(key)),
    touch: async (key, ttl) => actions.touch(context, withTtl(key, ttl)),
  }
}

/** @throws KeyError for what is no key of the store */
export function checkKey(storage: Driver, key: unknown): void {
  if (typeof key !== 'string' || key === '') throw new KeyError(`a key is a non-empty string, got ${kindOf(key)}`)
  storage.check(key)
}

/** @throws OptionError, or UnsupportedError where there is none and the function's own cannot be told */
export function checkTtl({ policy, storage }: Common, ttl: number | undefined): void {
  if (ttl !== undefined) {
    checkMilliseconds('ttl', ttl)
    if (storage.capabilities.expiry !== 'none') return
    throw new UnsupportedError(
      `a ttl needs a store that can end an entry, and ${storage.name} keeps each until it is removed`,
    )
  }
  if (typeof policy.ttl === 'function') {
    throw new UnsupportedError('the ttl of this function depends on its arguments: by key alone, give the ttl as well')
  }
}
