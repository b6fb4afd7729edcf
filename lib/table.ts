/**
 * What is under way, by key. A `Map` that grows and shrinks all the time leaves its old tables chained to the new one,
 * and dead ones keep what they held alive: with many calls in flight that cost more than all else.
 */
export interface Table<T> {
  readonly size: number
  get(key: string): T | undefined
  set(key: string, value: T): void
  delete(key: string): void
}

export function createTable<T>(): Table<T> {
  const entries: Record<string, T | undefined> = Object.create(null)
  const table = {
    size: 0, // a property that is written: every call looks at it, and a getter costs a call each time
    get: (key: string) => entries[key],
    set: (key: string, value: T) => {
      if (entries[key] === undefined) table.size += 1
      entries[key] = value
    },
    delete: (key: string) => {
      if (entries[key] === undefined) return
      table.size -= 1
      delete entries[key]
    },
  }
  return table
}
