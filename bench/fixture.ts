/** What the scenarios on servers read: an object of about 1 KB of JSON, under each of a hundred keys. */
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

/** One for each key that the benchmark reads. */
export const ids: readonly number[] = Array.from({ length: 100 }, (_, i) => i)

/** A cached function over `store` with all entries in it, and their keys, which the limit reads by its own client. */
export async function filled(store: object): Promise<{ findProduct: Cached<FindProduct, 'json'>; keys: string[] }> {
  const findProduct = cached(refuse, { store, coder: 'json', keyPrefix: 'findProduct' })
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
