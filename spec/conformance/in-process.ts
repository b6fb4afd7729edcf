/** What the cases of stores in this process share: their clock, and how one looks past ringcache at them. */
import { jest } from '@jest/globals'
import { envelopeOf } from '../../lib/testing/envelope.js'
import type { Clock, Opened } from '../../lib/testing.js'

/** Jest's fake timers, moving. */
export const fakeTimers: Clock = {
  begin: () => void jest.useFakeTimers(),
  tick: async (milliseconds) => void (await jest.advanceTimersByTimeAsync(milliseconds)),
  end: () => void jest.useRealTimers(),
}

/** `timeLeft` where the end is in the envelope. */
export function timeLeftOf(raw: unknown): number {
  const { expires } = envelopeOf(raw)
  return expires === undefined ? Number.POSITIVE_INFINITY : expires - Date.now()
}

/** An open store that notes what it is asked. */
export interface Recorded extends Opened {
  commandsOf(run: () => Promise<unknown>): Promise<string[]>
}

const OPERATIONS = ['get', 'set', 'delete', 'has', 'getMany', 'setMany', 'deleteMany', 'hasMany'] as const

/** Notes every operation on a store in this process. What a map is asked in one turn of the event loop counts as one. */
export function recorder(store: object, asOne?: 'asOne'): Recorded['commandsOf'] {
  let log: string[] = []
  let lastOfTurn: string | undefined
  for (const name of OPERATIONS) {
    const operation: unknown = Reflect.get(store, name)
    if (typeof operation !== 'function') continue
    Reflect.defineProperty(store, name, {
      configurable: true,
      value: (...args: unknown[]) => {
        if (asOne === undefined || lastOfTurn !== name) log.push(name)
        lastOfTurn = name
        queueMicrotask(() => {
          lastOfTurn = undefined
        })
        return Reflect.apply(operation, store, args)
      },
    })
  }
  return async (run) => {
    log = []
    await run()
    return log.toSorted()
  }
}
