import { describe, expect, it } from '@jest/globals'
import { cachedSync, StoreError } from '../../lib/index.js'

describe('a Map-like that runs other code before it stores', () => {
  it('does not keep a value whose key that code has deleted', () => {
    const rows = new Map<string, unknown>()
    let evicted = (): void => {}
    const store = {
      get size() {
        return rows.size
      },
      get: (key: string) => rows.get(key),
      has: (key: string) => rows.has(key),
      delete: (key: string) => rows.delete(key),
      set: (key: string, value: unknown) => {
        evicted()
        rows.set(key, value)
      },
    }
    const f = cachedSync((n: number) => n, { store, keyPrefix: 'f' })
    evicted = () => void f.delete(1)
    const heard: string[] = []
    f.on('fenced', () => heard.push('fenced'))

    const answer = f(1)

    expect(answer).toBe(1)
    expect([...rows.keys()]).toEqual([])
    expect(heard).toEqual(['fenced'])
  })
})

describe('a Map-like that throws', () => {
  const failure = new Error('full')
  const broken = () => ({
    size: 0,
    get: (): unknown => undefined,
    has: () => false,
    delete: () => false,
    set: () => {
      throw failure
    },
  })

  it('does not fail a call, which tells of it, and fails the control that asked', () => {
    const f = cachedSync((n: number) => n, { store: broken(), keyPrefix: 'f' })
    const seen: unknown[] = []
    f.on('error', ({ error }) => seen.push(error))

    const answers = [f(1), ...f.getOrUpdateMany([2])]

    expect(answers).toEqual([1, 2])
    expect(seen).toEqual([expect.any(StoreError), expect.any(StoreError)])
    expect(seen[0]).toMatchObject({ operation: 'set', key: 'f::1', cause: failure })
    for (const act of [() => f.set(1, 1), () => f.update(1), () => f.updateMany([1])]) expect(act).toThrow(StoreError)
  })

  it('fails the call too with onStoreError: throw', () => {
    const f = cachedSync((n: number) => n, { store: broken(), keyPrefix: 'f', onStoreError: 'throw' })

    expect(() => f(1)).toThrow(StoreError)
  })

  it('is asked by a read that fails as well', () => {
    const store = {
      ...broken(),
      get: () => {
        throw failure
      },
      set: () => undefined,
    }
    const f = cachedSync((n: number) => n, { store, keyPrefix: 'f' })
    f.on('error', () => {})

    expect(f(1)).toBe(1)
    for (const act of [() => f.get(1), () => f.has(1), () => f.delete(1)]) expect(act).toThrow(StoreError)
  })
})
