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
  let size = 0
  return {
    get size() {
      return size
    },
    get: (key) => entries[key],
    set: (key, value) => {
      if (entries[key] === undefined) size += 1
      entries[key] = value
    },
    delete: (key) => {
      if (entries[key] === undefined) return
      size -= 1
      delete entries[key]
    },
  }
}
