import { AsyncLocalStorage } from 'node:async_hooks'
import { isUtf8 } from 'node:buffer'
import { afterEach, describe, expect, it } from '@jest/globals'
import KeyvRedis, { createClient, type RedisClientType } from '@keyv/redis'
import fc from 'fast-check'
import { newBudget } from '../lib/budget.js'
import { gather } from '../lib/gather.js'
import { cached, StoreError, StoreTimeoutError } from '../lib/index.js'
import { openStorage } from '../lib/storage/open.js'
import type { Stored } from '../lib/storage/storage.js'
import { eventually, freeze, STORE_TIMEOUT, times } from './broken-store/support.js'
import { type RedisServer, startRedis } from './support/servers.js'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const end of cleanups.splice(0).reverse()) await end()
})

interface World {
  readonly server: RedisServer
  readonly store: KeyvRedis<unknown>
  readonly client: RedisClientType
  /** The commands that clients have sent since the last time, but for those of `client`. */
  readonly sent: () => Promise<string[][]>
}

async function world(): Promise<World> {
  const server = await startRedis()
  const store = new KeyvRedis<unknown>(server.url)
  store.on('error', () => {})
  const client: RedisClientType = createClient({ url: server.url })
  const watcher = client.duplicate()
  await Promise.all([client.connect(), watcher.connect()])
  const seen: string[][] = []
  await watcher.monitor((line) => seen.push([...line.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, word = '']) => word)))
  cleanups.push(async () => {
    watcher.destroy()
    client.destroy()
    await store.disconnect(true).catch(() => {})
    await server.stop()
  })
  let marks = 0
  const sent = async (): Promise<string[][]> => {
    const mark = `mark ${marks++}`
    await client.echo(mark)
    await eventually(() => seen.some(([name, text]) => name === 'ECHO' && text === mark))
    const all = seen.splice(0)
    return all.filter(([name = '']) => !['ECHO', 'CLIENT', 'HELLO', 'INFO'].includes(name.toUpperCase()))
  }
  return { server, store, client, sent }
}

/** A function on the store, with entries for the numbers below `count`; what it has run for, and what it has told of. */
async function filled(
  { store, sent }: World,
  count: number,
  options: { keyPrefix?: string; storeTimeout?: number } = {},
) {
  const runs: number[] = []
  const run = async (n: number) => {
    runs.push(n)
    return `run ${n}`
  }
  const f = cached(run, { store, keyPrefix: 'f', storeTimeout: 10_000, ...options })
  const errors: unknown[] = []
  f.on('error', ({ error }) => errors.push(error))
  const items = times(count, (n): [number] => [n])
  await f.setMany(
    items,
    items.map(([n]) => `value ${n}`),
  )
  await sent()
  return { f, runs, errors }
}

const values = (count: number) => times(count, (n) => `value ${n}`)

describe('lookups on Redis', () => {
  it('of one turn are one command', async () => {
    const here = await world()
    const { f, runs } = await filled(here, 64)

    const given = await Promise.all(times(64, (n) => f(n)))

    expect(given).toEqual(values(64))
    expect(runs).toEqual([])
    expect(await here.sent()).toEqual([['MGET', ...times(64, (n) => f.key(n))]])
  })

  it('of several functions, and those of get, are in it as well', async () => {
    const here = await world()
    const { f } = await filled(here, 2)
    const { f: g } = await filled(here, 2, { keyPrefix: 'g' })

    const given = await Promise.all([f(0), g(1), f.get(1)])

    expect(given).toEqual(['value 0', 'value 1', 'value 1'])
    expect(await here.sent()).toEqual([['MGET', 'f::0', 'g::1', 'f::1']])
  })

  it('that are alone are a GET, handed to the client a microtask later', async () => {
    const here = await world()
    const { f } = await filled(here, 1)
    const handed: string[] = []
    const { client } = here.store as unknown as { client: { sendCommand(words: string[]): unknown } } // a url makes a plain one
    const { sendCommand } = client
    client.sendCommand = (words, ...rest: unknown[]) => {
      handed.push(words[0] ?? '')
      return Reflect.apply(sendCommand, client, [words, ...rest])
    }

    const call = f(0)
    const atOnce = [...handed]
    await undefined
    const afterOneMicrotask = [...handed]

    expect([atOnce, afterOneMicrotask]).toEqual([[], ['GET']])
    expect(await call).toBe('value 0')
    expect(await here.sent()).toEqual([['GET', 'f::0']])
  })

  it('of one key share a flight, as ever', async () => {
    const here = await world()
    const { f } = await filled(here, 2)

    await Promise.all([f(0), f(1), f(0), f(1), f(0)])

    expect(await here.sent()).toEqual([['MGET', 'f::0', 'f::1']])
  })

  it('are sent before a write of the same turn', async () => {
    const here = await world()
    const { f } = await filled(here, 3)

    const [first, second, removed, third] = await Promise.all([f(0), f(1), f.delete(0), f(2)])

    expect([first, second, removed, third]).toEqual(['value 0', 'value 1', true, 'value 2'])
    const names = (await here.sent()).map(([name, key]) =>
      name === 'EVALSHA' || name === 'EVAL' ? 'delete' : `${name} ${key}`,
    )
    expect(names[0]).toBe('MGET f::0')
    expect(names.indexOf('delete')).toBe(1)
  })

  it('are sent before a write to the backend in the same turn', async () => {
    const here = await world()
    const { f } = await filled(here, 2)

    await Promise.all([f(0), f(1), f.storage.backend.set('f::1', '{"json":"other"}')])

    expect((await here.sent()).map(([name]) => name)).toEqual(['MGET', 'SET'])
  })

  it('are a thousand keys a command at most', async () => {
    const here = await world()
    const { f } = await filled(here, 2_500)

    const given = await Promise.all(times(2_500, (n) => f(n)))

    expect(given).toEqual(values(2_500))
    expect((await here.sent()).map(([name, ...keys]) => [name, keys.length])).toEqual([
      ['MGET', 1_000],
      ['MGET', 1_000],
      ['MGET', 500],
    ])
  })

  it('of functions with other time-outs are commands of their own', async () => {
    const here = await world()
    const { f } = await filled(here, 2)
    const { f: patient } = await filled(here, 2, { keyPrefix: 'patient', storeTimeout: 20_000 })

    const given = await Promise.all([f(0), f(1), patient(0), patient(1)])

    expect(given).toEqual(['value 0', 'value 1', 'value 0', 'value 1'])
    expect((await here.sent()).map(([name, key]) => `${name} ${key}`)).toEqual(['MGET f::0', 'MGET patient::0'])
  })

  it('of a key whose delete has failed give nothing of before that', async () => {
    const here = await world()
    const { f } = await filled(here, 2)
    await here.client.aclSetUser('default', ['-unlink', '-evalsha', '-eval'])
    await expect(f.delete(0)).rejects.toThrow(StoreError)
    await here.client.aclSetUser('default', '+@all')

    const given = await Promise.all([f(0), f(1)])

    expect(given).toEqual(['run 0', 'value 1'])
  })

  it('that are joined by a call which came after they were sent are looked at again by it', async () => {
    const here = await world()
    const { f } = await filled(here, 2)
    const { client } = here.store as unknown as { client: { sendCommand(words: string[]): Promise<unknown> } } // a url makes a plain one
    const { sendCommand } = client
    let answer = (): void => {}
    const held = new Promise<void>((resolve) => {
      answer = resolve
    })
    client.sendCommand = async (words, ...rest: unknown[]) => {
      const reply: unknown = await Reflect.apply(sendCommand, client, [words, ...rest])
      if (words[0] === 'MGET') await held
      return reply
    }
    const first = Promise.all([f(0), f(1)])
    await eventually(async () => (await here.sent()).some(([name]) => name === 'MGET'))
    await here.client.set('f::0', '{"json":"of another process"}')
    const second = f(0)

    answer()

    expect(await first).toEqual(['value 0', 'value 1'])
    expect(await second).toBe('of another process')
  })

  it('that find nothing run the function, each once', async () => {
    const here = await world()
    const { f, runs } = await filled(here, 2)

    const given = await Promise.all(times(4, (n) => f(n)))

    expect(given).toEqual(['value 0', 'value 1', 'run 2', 'run 3'])
    expect(runs).toEqual([2, 3])
    expect(await Promise.all(times(4, (n) => f.get(n)))).toEqual(given)
  })

  it('that find nothing run it in the AsyncLocalStorage of their own callers', async () => {
    const { store } = await world()
    const caller = new AsyncLocalStorage<number>()
    const f = cached(async (n: number) => [n, caller.getStore()], { store, keyPrefix: 'f', lease: false })

    const given = await Promise.all(times(3, (n) => caller.run(n * 10, () => f(n))))

    expect(given).toEqual([
      [0, 0],
      [1, 10],
      [2, 20],
    ])
  })

  it('tell of a key of another type by itself, which is then replaced', async () => {
    const here = await world()
    const { f, errors } = await filled(here, 3)
    await here.client.unlink('f::1')
    await here.client.lPush('f::1', 'a list')

    const given = await Promise.all(times(3, (n) => f(n)))

    expect(given).toEqual(['value 0', 'run 1', 'value 2'])
    expect(errors.map(String)).toEqual([expect.stringContaining('WRONGTYPE')])
    expect(await f.get(1)).toBe('run 1')
  })

  it('of a key that the server refuses fail alone', async () => {
    const here = await world()
    const { f } = await filled(here, 3)
    await here.client.aclSetUser('default', ['resetkeys', '~f::0', '~f::2'])

    const settled = await Promise.allSettled(times(3, (n) => f.get(n)))

    await here.client.aclSetUser('default', 'allkeys')
    expect(settled.map((one) => (one.status === 'fulfilled' ? one.value : 'refused'))).toEqual([
      'value 0',
      'refused',
      'value 2',
    ])
    expect(settled[1]).toMatchObject({ reason: { code: 'ERR_STORE', key: 'f::1', failure: 'reply', operation: 'get' } })
  })

  it('each end in time on a server that has stopped, with an error of their own', async () => {
    const here = await world()
    const { f } = await filled(here, 3, { storeTimeout: STORE_TIMEOUT })
    await eventually(async () => (await f.get(0)) === 'value 0')
    await freeze(here.server)

    const settled = await Promise.allSettled(times(3, (n) => f.get(n)))

    const reasons = settled.map((one) => (one.status === 'rejected' ? one.reason : one.value))
    expect(reasons).toEqual(times(3, () => expect.any(StoreTimeoutError)))
    expect(reasons.map(({ key, message }: StoreError) => [key, message])).toEqual(
      times(3, (n) => [
        `f::${n}`,
        `get of 'f::${n}' on redis failed: no answer within storeTimeout (${STORE_TIMEOUT} ms)`,
      ]),
    )
  })

  it('count each for whether the store is left alone', async () => {
    const here = await world()
    const { f } = await filled(here, 1, { storeTimeout: STORE_TIMEOUT })
    await eventually(async () => (await f.get(0)) === 'value 0')
    await freeze(here.server)

    await Promise.allSettled(times(5, (n) => f.get(n)))

    expect(f.storage.health.state).toBe('open')
  })

  it('leave what is waited for together to be waited for once: a run after them still has time to store', async () => {
    const here = await world()
    const { f, errors } = await filled(here, 0)

    await Promise.all(times(3, (n) => f(n)))

    expect(errors).toEqual([])
    expect(await Promise.all(times(3, (n) => f.has(n)))).toEqual([true, true, true])
  })

  it('give what each would give by itself, whatever lies under their keys', async () => {
    const here = await world()
    const { f } = await filled(here, 0)
    const stored = fc.oneof(
      fc.string().map((text) => JSON.stringify({ json: text })),
      fc.string({ unit: 'binary' }),
      fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
      fc.constantFrom(-1_000, -1, 100_000).map((left) => `@ring1{"expires":${Date.now() + left}}\n{"json":1}`),
      fc.constantFrom('', '{}', '@ring1', '@ring2{}\n{"json":1}', '@ring1{}\n{"json":"sealed"}', '{"json":"\uFFFD"}'),
      fc.constant(undefined),
    )

    await fc.assert(
      fc.asyncProperty(fc.array(stored, { minLength: 2, maxLength: 12 }), async (all) => {
        await here.client.flushAll()
        for (const [n, one] of all.entries()) if (one !== undefined) await here.client.set(f.key(n), one)

        const together = await Promise.all(all.map((_, n) => f.get(n)))

        const each: unknown[] = []
        for (const n of all.keys()) each.push(await f.get(n))
        expect(together).toEqual(each)
      }),
      { numRuns: 60 },
    )
  })
})

describe('reads for coders of text', () => {
  it('give the text of what the others give, and its bytes where it is none', async () => {
    const here = await world()
    const storage = openStorage(here.store)
    const attempt = { givenUp: false, onGiveUp: undefined, timeout: 10_000 }
    const bytes = fc.oneof(
      fc.string({ unit: 'binary' }).map((text) => Buffer.from(text)),
      fc.constantFrom('\uFFFD', '\uFEFFa', 'a\uFFFDb', '').map((text) => Buffer.from(text)),
      fc.uint8Array({ maxLength: 40 }).map((some) => Buffer.from(some)),
    )

    await fc.assert(
      fc.asyncProperty(fc.array(bytes, { minLength: 1, maxLength: 8 }), async (all) => {
        await here.client.flushAll()
        const keys = [...all.map((_, i) => `k${i}`), 'absent']
        for (const [i, one] of all.entries()) await here.client.set(`k${i}`, one)

        const found = (await storage.text?.getMany(keys, attempt)) ?? []
        const each = await Promise.all(keys.map((key) => storage.text?.get(key, attempt)))

        const expected = [...all.map((one) => ({ value: isUtf8(one) ? one.toString() : one })), undefined]
        expect(found.map(meant)).toEqual(expected)
        expect(each.map(meant)).toEqual(expected)
      }),
      { numRuns: 60 },
    )
  })

  /** Text that has `U+FFFD` in it may come as its bytes. */
  function meant(stored: Stored | undefined): Stored | undefined {
    const value = stored?.value
    return Buffer.isBuffer(value) && isUtf8(value) ? { value: value.toString() } : stored
  }
})

describe('a lookup', () => {
  it('of a call that has waited for the store before is not gathered: it has less time than the others', async () => {
    const { store } = await world()
    const bulks: number[] = []
    const base = openStorage(store)
    const { getMany: readMany } = base
    const getMany: typeof readMany = (keys, attempt) => {
      bulks.push(keys.length)
      return readMany(keys, attempt)
    }
    Object.assign(base, { getMany, text: undefined })
    const f = cached(async (n: number) => n, {
      store,
      keyPrefix: 'f',
      userInterface: (actions) => ({
        ...actions,
        async getOrUpdate(call) {
          await call.read()
          return actions.getOrUpdate(call)
        },
      }),
    })

    const given = await Promise.all([f(0), f(1)])

    expect(given).toEqual([0, 1])
    expect(bulks).toEqual([2])
  })
})

describe('what was waited for together', () => {
  it('is taken from the budget of each', async () => {
    const pause = () => new Promise((resolve) => setTimeout(resolve, 30))
    const getMany = async (keys: readonly string[]) => {
      await pause()
      return keys.map(() => undefined)
    }
    const storage = { ...openStorage(new Map()), gathers: true, getMany }
    const budgets = times(2, () => newBudget(10_000))

    await Promise.all(budgets.map((budget, n) => gather(storage, storage, `k${n}`, budget)))

    for (const { left, total } of budgets) {
      expect(left).toBeLessThanOrEqual(total - 29)
      expect(left).toBeGreaterThan(0)
    }
  })
})
