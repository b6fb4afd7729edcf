import { kindOf } from '../coders/kind.js'
import { CoderError } from '../errors.js'
import { keyvStorage, ownKeyv } from './keyv.js'
import type { Item, Storage } from './storage.js'

/** A Keyv adapter, as far as it is used here. */
export interface Adapter {
  namespace?: string | undefined
  get(key: string): unknown
  set(key: string, value: unknown, ttl?: number): unknown
  delete(key: string): unknown
  clear?(): unknown
  disconnect?(): unknown
  on?(event: 'error', listener: (error: unknown) => void): unknown
}

/** Any other adapter, by one Keyv of ours. The adapter itself stays untouched: a Keyv would write its namespace to it. */
export function adapterStorage(adapter: Adapter): Storage {
  const keyv = ownKeyv({
    opts: {},
    adapter,
    get: async (key: string) => adapter.get(key),
    set: async (key: string, value: unknown, ttl?: number) => adapter.set(key, value, ttl),
    delete: async (key: string) => adapter.delete(key),
    clear: async () => adapter.clear?.(),
    disconnect: async () => adapter.disconnect?.(),
    on: (event: 'error', listener: (error: unknown) => void) => adapter.on?.(event, listener),
  })
  keyv.serialize = JSON.stringify
  keyv.deserialize = JSON.parse
  const storage = keyvStorage(keyv, adapter)
  return {
    ...storage,
    setMany: async (items, attempt) => {
      const texts = items.filter(isText)
      const failures = texts.length === 0 ? [] : await storage.setMany(texts, attempt)
      return items.map((item) => (isText(item) ? failures[texts.indexOf(item)] : { error: noText(item) }))
    },
  }
}

function isText({ value }: Item): boolean {
  return typeof value === 'string'
}

function noText({ key, value }: Item): CoderError {
  return new CoderError(
    `this store keeps text, and the coder gave ${kindOf(value)} as it is for '${key}'; use 'superjson', 'json' or 'v8'`,
  )
}
