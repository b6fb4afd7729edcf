import { setImmediate } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { cached, ringKey } from '../lib/index.js'

const unhandled: unknown[] = []
const note = (reason: unknown) => void unhandled.push(reason)

beforeEach(() => {
  unhandled.length = 0
  process.on('unhandledRejection', note)
})
afterEach(() => void process.off('unhandledRejection', note))

/** What answers with a promise where it must answer at once. */
const late = async (): Promise<never> => {
  throw new Error('late')
}
const run = async (_n?: unknown) => 1

const cases: [what: string, act: () => unknown][] = [
  ['store', () => cached(run, { store: late, keyPrefix: 'f' })()],
  ['storageInterface', () => cached(run, { storageInterface: late as never })],
  ['userInterface', () => cached(run, { userInterface: late as never })],
  ['[ringKey]', () => cached(run, { receiver: true, keyPrefix: 'f' }).bind({ [ringKey]: late })()],
  ['key', () => cached(run, { key: late as never })()],
  ['keyRefactor', () => cached(run, { keyRefactor: late as never })()],
  ['ttl', () => cached(run, { ttl: late as never }).set(1)],
]

describe('a promise that is refused', () => {
  it.each(cases)('does not end the process by its rejection: %s', async (_what, act) => {
    const failed = await new Promise((resolve) => resolve(act())).then(
      () => false,
      () => true,
    )
    await setImmediate()

    expect(failed).toBe(true)
    expect(unhandled).toEqual([])
  })
})
