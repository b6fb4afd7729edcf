/** An adapter as someone else would write one, and a case of the suite that gives what is required and nothing more. */
import type { Capabilities } from '../../lib/index.js'
import type { StoreCase } from '../../lib/testing.js'

/** Keeps rows of text in memory. */
export class Rows {
  readonly rows = new Map<string, string>()

  async get(key: string): Promise<string | undefined> {
    return this.rows.get(key)
  }

  async set(key: string, value: string): Promise<void> {
    this.rows.set(key, value)
  }

  async delete(key: string): Promise<boolean> {
    return this.rows.delete(key)
  }
}

const capabilities: Capabilities = {
  expiry: 'envelope',
  touch: 'rewrite',
  many: 'each',
  values: 'text',
  deleteTells: true,
  lease: 'process',
}

export function rowsCase(name: string, create: () => Rows): StoreCase {
  return { name, capabilities, open: async () => ({ store: create(), close: async () => {} }) }
}
