/** What is read on servers: an object of about 1 KB of JSON under each key, as ours and the limits share it. */
import { type Cached, cached } from 'ringcache'

export interface Product {
  id: number
  name: string
  description: string
  prices: { currency: string; amount: number }[]
  tags: string[]
  inStock: boolean
}

type FindProduct = (id: number) => Promise<Product>

/** How many things the rotating loops go over. */
export const ROTATING = 100

export const numbered = (count: number): number[] => Array.from({ length: count }, (_, i) => i)

/** A cached function over `store` with `count` entries in it, and their keys, which the limits read by their own clients. */
export async function filled(
  store: object,
  count = ROTATING,
): Promise<{ findProduct: Cached<FindProduct, 'json'>; keys: string[] }> {
  const findProduct = cached(refuse, { store, coder: 'json', keyPrefix: 'findProduct' })
  const ids = numbered(count)
  await findProduct.setMany(
    ids.map((id) => [id]),
    ids.map(product),
  )
  return { findProduct, keys: ids.map((id) => findProduct.key(id)) }
}

async function refuse(id: number): Promise<Product> {
  throw new Error(`only hits are measured, and ${id} was missed`)
}

export function product(id: number): Product {
  return {
    id,
    name: `Product ${id}`,
    description: 'A thing of good quality that everybody needs, in three colours. '.repeat(9),
    prices: ['EUR', 'USD', 'GBP', 'JPY'].map((currency, i) => ({ currency, amount: id * 10 + i / 4 })),
    tags: ['new', 'garden', 'outdoor', 'sale', 'summer'],
    inStock: id % 2 === 0,
  }
}

/** What a client by hand does with what it read. */
export function parsed(text: string | null): unknown {
  if (text === null) throw new Error('only hits are measured')
  return JSON.parse(text)
}

/** The part of a `memjs` client that is used here: the package has no types. */
export interface Memjs {
  get(key: string): Promise<{ value: Buffer | null }>
  close(): void
}
