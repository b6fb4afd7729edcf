import { healthOf } from '../health.js'
import type { MapLike } from '../storage/memory.js'
import { checkKey, checkTtl } from '../view.js'
import { ONE } from './actions.js'
import type { SyncCall, SyncContext } from './call.js'
import type { SyncStorageView } from './controls.js'

/** `fn.storage`: the controls by key instead of by arguments. */
export function createView(context: SyncContext, map: MapLike): SyncStorageView<unknown, unknown> {
  const { storage } = context
  const at = (key: string, ttl?: number): SyncCall => {
    checkKey(storage, key)
    return { key, args: [], receiver: undefined, ttl }
  }
  const withTtl = (key: string, ttl: number | undefined): SyncCall => {
    checkTtl(context, ttl)
    return at(key, ttl)
  }
  return {
    backend: map,
    capabilities: storage.capabilities,
    get health() {
      return healthOf(context)
    },
    get: (key) => ONE.get(context, at(key)),
    set: (key, value, ttl) => ONE.set(context, withTtl(key, ttl), value),
    delete: (key) => ONE.delete(context, at(key)),
    expire: (key) => ONE.expire(context, at(key)),
    has: (key) => ONE.has(context, at(key)),
    touch: (key, ttl) => ONE.touch(context, withTtl(key, ttl)),
  }
}
