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
  // What came when there was nothing else: calls one after the other make no property each, for which V8 would register its name.
  let firstKey: string | undefined
  let first: T | undefined
  const table = {
    size: 0, // a property that is written: every call looks at it, and a getter costs a call each time
    get: (key: string) => {
      if (table.size === 0) return undefined
      return key === firstKey ? first : entries[key]
    },
    set: (key: string, value: T) => {
      if (table.size === 0) {
        firstKey = key
        table.size = 1
      }
      if (key === firstKey) {
        first = value
        return
      }
      if (entries[key] === undefined) table.size += 1
      entries[key] = value
    },
    delete: (key: string) => {
      if (key === firstKey) {
        firstKey = undefined
        first = undefined
        table.size -= 1
      } else if (table.size > 0 && entries[key] !== undefined) {
        delete entries[key]
        table.size -= 1
      }
    },
  }
  return table
}
