import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from '@jest/globals'
import { cached } from '../lib/index.js'

describe('a write to a store that answers at once', () => {
  it.each(['set', 'update', 'a call'])('waits for one on the same Map that takes its time: %s', async (how) => {
    const map = new Map<string, unknown>()
    const slow = cached(async (_id: number) => 'old', {
      store: map,
      keyPrefix: 'f',
      overload: true,
      storageInterface: (_backend, { storage }) => ({
        ...storage,
        peek: undefined,
        setMany: async (items, attempt) => {
          await sleep(20)
          return storage.setMany(items, attempt)
        },
      }),
    })
    const quick = cached(async (_id: number) => 'new', { store: map, keyPrefix: 'f', overload: true })
    const older = slow.set('old', 1)
    await sleep(5)

    const newer = how === 'set' ? quick.set('new', 1) : how === 'update' ? quick.update(1) : quick(1)
    await Promise.all([older, newer])

    expect(await quick.get(1)).toBe('new')
  })

  it.each(['delete', 'expire'] as const)(
    'leaves nothing where the Map has called %s before it stored',
    async (control) => {
      const done: Promise<boolean>[] = []
      class Calling extends Map<string, unknown> {
        override set(key: string, value: unknown): this {
          if (done.length === 0) done.push(f[control](1))
          return super.set(key, value)
        }
      }
      const f = cached(async (_id: number) => 'value', { store: new Calling(), keyPrefix: 'f' })

      const given = await f.update(1)

      await Promise.all(done)
      expect([given, await f.get(1)]).toEqual(['value', undefined])
    },
  )
})
