/** Stores that are broken on purpose, each in one way, and what the suite must find. */
import type { Envelope } from '../../lib/index.js'
import type { StoreCase } from '../../lib/testing.js'
import { fakeTimers } from '../conformance/in-process.js'
import { Rows, rowsCase } from './rows.js'

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

const map = (name: string, create: () => Map<string, Envelope>): StoreCase => ({
  name,
  capabilities: { expiry: 'envelope', touch: 'rewrite', many: 'native', values: 'objects', deleteTells: true },
  clock: fakeTimers,
  open: async () => ({ store: create(), close: async () => {} }),
})

const rows = (name: string, create: () => Rows): StoreCase => ({ ...rowsCase(name, create), clock: fakeTimers })

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
    storeCase: { ...rows('a case that declares what is not so', () => new Rows()), capabilities: untrue },
    finds: ['controls by key › declares what the store can do'],
    passes: ['controls › updates by running the function, whatever is stored'],
  },
]
