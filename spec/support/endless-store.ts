import { type Capabilities, cached } from '../../lib/index.js'

/** What the store below can do. */
export const endless: Capabilities = {
  expiry: 'none',
  touch: 'rewrite',
  many: 'each',
  values: 'text',
  deleteTells: false,
  lease: 'process',
}

/** A store that can end no entry, and cannot tell what it deletes. None of ours is one yet, so this one is declared to be. */
export function endlessStore(): object {
  const rows = new Map<string, string>()
  const store = {
    get: async (key: string) => rows.get(key),
    set: async (key: string, value: string) => void rows.set(key, value),
    delete: async (key: string) => rows.delete(key) || true,
  }
  const { capabilities } = cached(async () => {}, { store, keyPrefix: 'declaring' }).storage
  Object.assign(capabilities, endless)
  return store
}
