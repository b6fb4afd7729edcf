import { afterEach, describe, expect, it, jest } from '@jest/globals'
import { cached, StoreError } from '../lib/index.js'

afterEach(() => {
  jest.restoreAllMocks()
})

const junk: [string, unknown][] = [
  ['an object without a prototype', Object.create(null)],
  [
    'an error that cannot be read',
    Object.defineProperty(new Error('x'), 'message', {
      get: () => {
        throw new Error('unreadable')
      },
    }),
  ],
  [
    'a proxy that throws',
    new Proxy(
      {},
      {
        getPrototypeOf: () => {
          throw new Error('no')
        },
      },
    ),
  ],
  ['a symbol', Symbol('s')],
  ['undefined', undefined],
]
const throwing = (what: unknown) => {
  const act = async (): Promise<never> => {
    throw what
  }
  return { get: act, set: act, delete: act, clear: act }
}

describe.each(junk)('a store that throws %s', (_name, what) => {
  it('fails no call, and is a StoreError to a control', async () => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const f = cached(async (n: number) => n, { store: throwing(what), keyPrefix: 'f' })

    const called = await f(1)

    expect(called).toBe(1)
    await expect(f.delete(1)).rejects.toThrow(StoreError)
    await expect(f.get(1)).rejects.toThrow(StoreError)
    expect(warn).toHaveBeenCalledTimes(1)
  })
})

describe.each(junk)('a listener that throws %s', (_name, what) => {
  it('is warned of once, and no call fails: neither a miss nor a hit', async () => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const f = cached(async (n: number) => n)
    const listener = () => {
      throw what
    }
    f.on('hit', listener)
    f.on('miss', listener)

    const called = [await f(1), await f(1), await f(1)]

    expect(called).toEqual([1, 1, 1])
    expect(warn).toHaveBeenCalledTimes(1)
  })

  it('later, by a promise, is warned of too, and is no unhandled rejection', async () => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const f = cached(async (n: number) => n)
    f.on('execute', async () => {
      throw what
    })

    await f(1)
    await f.update(1)

    expect(warn).toHaveBeenCalledTimes(1)
  })
})

describe('a value that cannot even be looked at', () => {
  it('does not make a hit throw', async () => {
    const { proxy, revoke } = Proxy.revocable({}, {})
    const f = cached(async () => 'run')
    await f.set(proxy as never)
    revoke()
    f.on('error', () => {})

    const calling = f()

    expect(calling).toBeInstanceOf(Promise)
    await calling.catch(() => {})
  })
})
