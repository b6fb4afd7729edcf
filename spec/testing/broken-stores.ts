/** Stores that are broken on purpose, each in one way, and what the suite must find. */
import type { Envelope, Swap } from '../../lib/index.js'
import type { StoreCase } from '../../lib/testing.js'
import { fakeTimers } from '../conformance/in-process.js'
import { Rows, rowsCase } from './rows.js'
import { SharedText, sharedTextCase } from './shared-text.js'

interface Broken {
  readonly storeCase: StoreCase
  /** Titles of tests that must fail. */
  readonly finds: readonly string[]
  /** Titles of tests nearby that must not. */
  readonly passes: readonly string[]
}

class Forgetful extends Map<string, Envelope> {
  override set(key: string, { value }: Envelope): this {
    return super.set(key, { value, expires: undefined })
  }
}

class Hasty extends Map<string, Envelope> {
  override set(key: string, { value, expires }: Envelope): this {
    return super.set(key, { value, expires: expires && (expires + Date.now()) / 2 })
  }
}

class Stubborn extends Map<string, Envelope> {
  override set(key: string, { value, expires }: Envelope): this {
    return super.set(key, { value, expires: this.get(key)?.expires ?? expires })
  }
}

class Undeleting extends Rows {
  override async delete(key: string): Promise<boolean> {
    return this.rows.has(key)
  }
}

class Boastful extends Rows {
  override async delete(key: string): Promise<boolean> {
    await super.delete(key)
    return true
  }
}

class Shortening extends Rows {
  override get(key: string): Promise<string | undefined> {
    return super.get(key.slice(0, 250))
  }

  override set(key: string, value: string): Promise<void> {
    return super.set(key.slice(0, 250), value)
  }
}

class Latin extends Rows {
  override set(key: string, value: string): Promise<void> {
    return super.set(key, Buffer.from(value, 'latin1').toString('latin1'))
  }
}

class Lossy extends Rows {
  private writes = 0

  override async set(key: string, value: string): Promise<void> {
    this.writes += 1
    if (this.writes % 10 !== 0) await super.set(key, value)
  }
}

/** Reads, and writes a little later. */
class Rewriting extends SharedText {
  override async swap({ key, from, to, ttl, fences }: Swap): Promise<boolean> {
    if (fences) this.leases.delete(key)
    const text = this.get(key)
    if (text === undefined || !this.begins(text, from)) return false
    await Promise.resolve()
    this.set(key, to + text.slice(from.length), ttl)
    return true
  }
}

class Careless extends SharedText {
  override begins(): boolean {
    return true
  }
}

class Literal extends SharedText {
  override begins(text: string, from: string): boolean {
    return text.startsWith(from)
  }
}

class Reviving extends SharedText {
  override async swap(swap: Swap): Promise<boolean> {
    if (this.get(swap.key) === undefined) this.set(swap.key, swap.from, swap.ttl)
    return super.swap(swap)
  }
}

class Unending extends SharedText {
  override swap(swap: Swap): Promise<boolean> {
    const { expires = 0 } = this.rows.get(swap.key) ?? {}
    return super.swap({ ...swap, ttl: expires - Date.now() })
  }
}

class Unfenced extends SharedText {
  override swap(swap: Swap): Promise<boolean> {
    return super.swap({ ...swap, fences: false })
  }
}

/** Fences only where there is something to change. */
class HalfFenced extends SharedText {
  override async swap(swap: Swap): Promise<boolean> {
    const swapped = await super.swap({ ...swap, fences: false })
    if (swapped && swap.fences) this.leases.delete(swap.key)
    return swapped
  }
}

class Clinging extends SharedText {
  override leave(key: string, token: string): boolean {
    return this.stands(key, token)
  }
}

class Abandoning extends SharedText {
  override leave(key: string, token: string): boolean {
    return this.stands(key, token) && this.leases.delete(key)
  }
}

class Returning extends SharedText {
  override renew(key: string, token: string): boolean {
    if (!this.stands(key, token)) return false
    this.leases.set(key, { token, left: false })
    return true
  }
}

class Unknowing extends SharedText {
  override isKnown(): boolean {
    return false
  }
}

class Blind extends SharedText {
  override isKnown(text: string, known: string): boolean {
    return known !== '' && text.includes(known)
  }
}

const map = (name: string, create: () => Map<string, Envelope>): StoreCase => ({
  name,
  capabilities: { expiry: 'envelope', touch: 'rewrite', many: 'native', values: 'objects', deleteTells: true },
  clock: fakeTimers,
  open: async () => ({ store: create(), close: async () => {} }),
})

const rows = (name: string, create: () => Rows): StoreCase => ({ ...rowsCase(name, create), clock: fakeTimers })

/** Without the look that it needs to wait for another process. */
const text = (name: string, create: () => SharedText): StoreCase => {
  const { capabilities, open } = sharedTextCase(name, create)
  return { name, capabilities, swaps: true, open, clock: fakeTimers }
}

const untrue = { ...rowsCase('', () => new Rows()).capabilities, many: 'native' } as const

export const brokenStores: readonly Broken[] = [
  {
    storeCase: map('a map that forgets when entries end', () => new Forgetful()),
    finds: [
      'time › keeps an entry exactly as long as its ttl',
      'time › has no expired entry: has, get, touch, delete and the bulk ones agree',
      'renewal › shortens the life of an entry by touch, to the millisecond',
    ],
    passes: ['time › keeps an entry with a ttl of more than 30 days', 'renewal › touches many, and tells of each'],
  },
  {
    storeCase: map('a map that ends entries halfway', () => new Hasty()),
    finds: ['time › keeps an entry exactly as long as its ttl'],
    passes: ['time › has no expired entry: has, get, touch, delete and the bulk ones agree'],
  },
  {
    storeCase: map('a map that keeps the first end of an entry', () => new Stubborn()),
    finds: [
      'renewal › lets an entry outlive its first end by touch, set and update',
      'renewal › shortens the life of an entry by touch, to the millisecond',
    ],
    passes: ['time › keeps an entry exactly as long as its ttl', 'renewal › touches many, and tells of each'],
  },
  {
    storeCase: rows('an adapter that only says it deletes', () => new Undeleting()),
    finds: [
      'controls › deletes one entry, and tells whether it was there',
      'controls › has what is stored, and nothing else',
      'controls by key › offers by key what it does by arguments',
      'bulk controls › deletes many, and tells of each',
    ],
    passes: ['controls › updates by running the function, whatever is stored'],
  },
  {
    storeCase: rows('an adapter that says it deleted what never was there', () => new Boastful()),
    finds: [
      'controls › deletes one entry, and tells whether it was there',
      'controls by key › tells by key whether there was something to delete',
      'bulk controls › deletes many, and tells of each',
    ],
    passes: ['controls › has what is stored, and nothing else'],
  },
  {
    storeCase: rows('an adapter that looks at the first 250 characters of a key', () => new Shortening()),
    finds: ['keys › keeps each of the difficult arguments apart'],
    passes: ['bulk controls › stores 90 entries at once and reads them back in order'],
  },
  {
    storeCase: rows('an adapter that keeps Latin letters alone', () => new Latin()),
    finds: [
      'stored form › reads back what was coded: text',
      'stored form › reads back what was coded: json',
      'stored form › reads back what was coded: superjson',
    ],
    passes: ['stored form › reads back what was coded: v8', 'keys › keeps every key as it is'],
  },
  {
    storeCase: rows('an adapter that loses every tenth write', () => new Lossy()),
    finds: ['bulk controls › stores 90 entries at once and reads them back in order'],
    passes: ['controls › sets a value that calls then answer with', 'bulk controls › has many, in order'],
  },
  {
    storeCase: text('a swap that reads, and writes later', () => new Rewriting()),
    finds: ['swaps › brings nothing back that is deleted or set meanwhile'],
    passes: [
      'swaps › changes what an entry begins with, and leaves the rest as it is',
      'swaps › has the ttl begin anew',
    ],
  },
  {
    storeCase: text('a swap of whatever there is', () => new Careless()),
    finds: [
      'swaps › leaves an entry that begins otherwise',
      'swaps › leaves an entry with metadata, of whatever version, where it was to have none',
    ],
    passes: ['swaps › makes no entry where there is none'],
  },
  {
    storeCase: text('a swap that gives metadata to what has some', () => new Literal()),
    finds: ['swaps › leaves an entry with metadata, of whatever version, where it was to have none'],
    passes: ['swaps › leaves an entry that begins otherwise'],
  },
  {
    storeCase: text('a swap that makes entries', () => new Reviving()),
    finds: ['swaps › makes no entry where there is none'],
    passes: ['swaps › leaves an entry that begins otherwise'],
  },
  {
    storeCase: text('a swap that keeps the end of an entry', () => new Unending()),
    finds: ['swaps › has the ttl begin anew'],
    passes: ['swaps › tells of each of many, in order'],
  },
  {
    storeCase: text('a swap that never fences', () => new Unfenced()),
    finds: ['swaps › ends the lease of the key where it fences, whatever becomes of the entry'],
    passes: ['swaps › tells of each of many, in order'],
  },
  {
    storeCase: text('a swap that fences where it changes something', () => new HalfFenced()),
    finds: ['swaps › ends the lease of the key where it fences, whatever becomes of the entry'],
    passes: ['swaps › tells of each of many, in order'],
  },
  {
    storeCase: { ...text('a case that says nothing of its swaps', () => new SharedText()), swaps: false },
    finds: ['swaps › has no swapMany, as the case says'],
    passes: ['leases › gives a lease that was left to the next who asks'],
  },
  {
    storeCase: text('leases that nobody can leave', () => new Clinging()),
    finds: ['leases › gives a lease that was left to the next who asks'],
    passes: ['leases › has a lease that was left stand for its own run until then'],
  },
  {
    storeCase: text('leases that end when they are left', () => new Abandoning()),
    finds: ['leases › has a lease that was left stand for its own run until then'],
    passes: ['leases › takes an entry that is known for none, and gives any other'],
  },
  {
    storeCase: text('leases that come back by a renewal', () => new Returning()),
    finds: ['leases › leaves a lease that was renewed to the next all the same'],
    passes: ['leases › gives a lease that was left to the next who asks'],
  },
  {
    storeCase: text('leases that know of no entry', () => new Unknowing()),
    finds: ['leases › takes an entry that is known for none, and gives any other'],
    passes: ['leases › gives a lease that was left to the next who asks'],
  },
  {
    storeCase: text('leases that take more for known than is', () => new Blind()),
    finds: ['leases › takes an entry that is known for none, and gives any other'],
    passes: ['leases › gives a lease that was left to the next who asks'],
  },
  {
    storeCase: { ...rows('a case that declares what is not so', () => new Rows()), capabilities: untrue },
    finds: ['controls by key › declares what the store can do'],
    passes: ['controls › updates by running the function, whatever is stored'],
  },
]
