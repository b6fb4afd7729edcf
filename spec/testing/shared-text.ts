/** A Storage of someone's own with leases and swaps, over text in memory, and what it does in steps that may be broken. */
import type { Capabilities, Failure, LeasedItem, Leases, Storage, Stored, Swap } from '../../lib/index.js'
import type { Opened, StoreCase } from '../../lib/testing.js'

interface Row {
  readonly text: string
  readonly expires: number
}

/** What processes share. */
export class SharedText {
  readonly rows = new Map<string, Row>()
  readonly leases = new Map<string, { readonly token: string; readonly left: boolean }>()

  get(key: string): string | undefined {
    const row = this.rows.get(key)
    return row !== undefined && row.expires >= Date.now() ? row.text : undefined
  }

  set(key: string, text: string, ttl = Number.POSITIVE_INFINITY): void {
    this.rows.set(key, { text, expires: Date.now() + ttl })
  }

  async swap(swap: Swap): Promise<boolean> {
    if (swap.fences) this.leases.delete(swap.key)
    const text = this.get(swap.key)
    if (text === undefined || !this.begins(text, swap.from)) return false
    this.set(swap.key, swap.to + text.slice(swap.from.length), swap.ttl)
    return true
  }

  begins(text: string, from: string): boolean {
    return from === '' ? !text.startsWith('@ring') : text.startsWith(from)
  }

  isKnown(text: string, known: string): boolean {
    return known !== '' && text.startsWith(known)
  }

  stands(key: string, token: string): boolean {
    return this.leases.get(key)?.token === token
  }

  leave(key: string, token: string): boolean {
    if (!this.stands(key, token)) return false
    this.leases.set(key, { token, left: true })
    return true
  }

  renew(key: string, token: string): boolean {
    return this.stands(key, token)
  }
}

const capabilities: Capabilities = {
  expiry: 'native',
  touch: 'rewrite',
  many: 'native',
  values: 'text',
  deleteTells: true,
  lease: 'atomic',
}

interface OpenText extends Opened {
  readonly data: SharedText
}

/** In real time, and with another process: what waits for it does so by timers. */
export function sharedTextCase(name: string, create: () => SharedText): StoreCase<OpenText> {
  return {
    name,
    capabilities,
    swaps: true,
    open: async () => {
      const data = create()
      return { store: storageOver(data), data, close: async () => {} }
    },
    looks: { elsewhere: async ({ data }) => ({ store: storageOver(data), close: async () => {} }) },
  }
}

function storageOver(data: SharedText): Storage {
  const get = (key: string): Stored | undefined => {
    const value = data.get(key)
    return value === undefined ? undefined : { value }
  }
  const remove = (key: string): boolean => {
    const found = data.get(key) !== undefined
    data.rows.delete(key)
    return found
  }
  return {
    name: 'shared text',
    capabilities: capabilities,
    getMany: async (keys) => keys.map(get),
    setMany: async (items) =>
      items.map(({ key, value, ttl }) => {
        if (typeof value !== 'string') return { error: new TypeError('it keeps text') }
        data.set(key, value, ttl)
        return undefined
      }),
    deleteMany: async (keys) => keys.map(remove),
    swapMany: (swaps) => Promise.all(swaps.map((swap) => data.swap(swap))),
    leases: leasesOver(data, remove),
  }
}

function leasesOver(data: SharedText, remove: (key: string) => boolean): Leases {
  const end = (key: string, token: string): boolean => data.stands(key, token) && data.leases.delete(key)
  const set = ({ key, value, ttl, lease, unlessChanged }: LeasedItem): Failure | 'refused' | undefined => {
    if (typeof value !== 'string') return { error: new TypeError('it keeps text') }
    if (lease !== undefined && !data.stands(key, lease.token)) {
      if (unlessChanged && data.get(key) === unlessChanged) data.rows.delete(key)
      return 'refused'
    }
    data.leases.delete(key)
    data.set(key, value, ttl)
    return undefined
  }
  return {
    covers: () => true,
    take: async (all, _ttl, anyway) =>
      all.map(({ key, token, known = '', lost = [] }) => {
        const value = anyway ? undefined : data.get(key)
        if (value !== undefined && !data.isKnown(value, known)) return { value }
        const held = data.leases.get(key)
        if (held !== undefined && !held.left && !lost.includes(held.token)) return 'held'
        data.leases.set(key, { token, left: false })
        return 'taken'
      }),
    replace: async (all) =>
      all.map(({ key, token }) => {
        data.leases.set(key, { token, left: false })
        return data.get(key) ?? ''
      }),
    renew: async (all) => all.map(({ key, token }) => data.renew(key, token)),
    yield: async (all) => all.map(({ key, token }) => data.leave(key, token)),
    release: async (all) => all.map(({ key, token }) => end(key, token)),
    setMany: async (items) => items.map(set),
    deleteMany: async (keys) =>
      keys.map((key) => {
        data.leases.delete(key)
        return remove(key)
      }),
  }
}
