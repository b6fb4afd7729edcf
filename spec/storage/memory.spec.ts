import { afterEach, describe, expect, it } from '@jest/globals'
import { cached, StoreError } from '../../lib/index.js'
import { quiet } from '../support/controlled-store.js'

const unhandled: unknown[] = []
const onUnhandled = (error: unknown): void => void unhandled.push(error)

afterEach(() => {
  process.off('unhandledRejection', onUnhandled)
})

describe('a Map-like with asynchronous methods', () => {
  const broken = async (): Promise<never> => {
    throw new Error('disk full')
  }
  it.each([
    ['that reject', { size: 0, get: broken, set: broken, delete: broken, has: broken }],
    [
      'that resolve',
      {
        size: 0,
        get: async () => {},
        set: async () => {},
        delete: async () => true,
        has: async (): Promise<boolean> => true,
      },
    ],
    [
      'of which only set and delete are',
      { size: 0, get: () => {}, set: broken, delete: broken, has: (): boolean => false },
    ],
  ])('%s is told to be an adapter, and leaves no rejection unhandled', async (_name, store) => {
    process.on('unhandledRejection', onUnhandled)
    const f = cached(async (n: number) => n, { store, keyPrefix: 'f' })
    const errors: unknown[] = []
    f.on('error', ({ error }) => errors.push(error))

    const answer = await f(1)

    await quiet()
    expect(answer).toBe(1)
    expect(errors).toContainEqual(
      expect.objectContaining({ message: expect.stringMatching(/it is an adapter; pass it in a Keyv/) }),
    )
    await expect(f.set(2, 1)).rejects.toThrow(StoreError)
    await expect(f.delete(1)).rejects.toThrow(/answers with promises/)
    await quiet()
    expect(unhandled).toEqual([])
  })
})
