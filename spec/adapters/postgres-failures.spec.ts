import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals'
import type { KeyvPostgres } from '@keyv/postgres'
import { Keyv } from 'keyv'
import { cached, StoreError } from '../../lib/index.js'
import type { TestServer } from '../support/server-process.js'
import { startPostgres } from './postgres-server.js'
import { openPostgres } from './postgres-store.js'

const NOBODY = 'postgresql://user:secret@127.0.0.1:1/postgres'

let server: TestServer
let adapter: KeyvPostgres
beforeAll(async () => {
  server = await startPostgres()
})
afterEach(() => adapter.disconnect())
afterAll(() => server.stop())

const kinds = {
  'bare KeyvPostgres': () => adapter,
  "a user's Keyv": () => new Keyv(adapter, { namespace: 'mine' }),
}

describe.each(Object.entries(kinds))('%s', (_name, over) => {
  function setup(uri = server.url, storeTimeout = 500) {
    adapter = openPostgres(uri)
    const half = cached(async (n: number) => n / 2, { store: over(), keyPrefix: 'half', storeTimeout })
    const heard = jest.fn()
    half.on('error', heard)
    return { half, heard }
  }

  it('carries on with the function where nobody listens, and controls reject', async () => {
    const { half, heard } = setup(NOBODY)

    const [answer, ...controls] = await Promise.allSettled([half(8), half.get(8), half.set(1, 8), half.delete(8)])

    expect(answer).toEqual({ status: 'fulfilled', value: 4 })
    expect(controls.map(reasonOf)).toEqual(['connection', 'connection', 'connection'])
    expect(heard).toHaveBeenCalledTimes(1)
  })

  it('carries on with the function where the password is wrong, and controls reject', async () => {
    const { half } = setup(server.url.replace(':secret@', ':guess@'), 5_000)

    const [answer, ...controls] = await Promise.allSettled([half(8), half.get(8), half.set(1, 8), half.delete(8)])

    expect(answer).toEqual({ status: 'fulfilled', value: 4 })
    expect(controls.map(reasonOf)).toEqual(['connection', 'connection', 'connection'])
  })

  it('survives a server that is killed, and finds what is stored when it is back', async () => {
    const { half } = setup()
    await half(2)

    await server.kill()
    const [answer, ...controls] = await Promise.allSettled([half(8), half.get(8), half.set(1, 8), half.delete(8)])
    await server.restart()

    expect(answer).toEqual({ status: 'fulfilled', value: 4 })
    expect(controls.map(reasonOf)).toEqual(['connection', 'connection', 'connection'])
    expect(await until(() => half.get(2))).toBe(1)
    expect([await half(8), await half.get(8)]).toEqual([4, 4])
  })

  it('waits no longer than storeTimeout for a server that does not answer', async () => {
    server.pause()
    const { half } = setup()

    const begin = performance.now()
    const [answer, ...controls] = await Promise.allSettled([half(8), half.get(8), half.set(1, 8), half.delete(8)])
    const took = performance.now() - begin
    server.resume()

    expect(answer).toEqual({ status: 'fulfilled', value: 4 })
    expect(controls.map(reasonOf)).toEqual(['timeout', 'timeout', 'timeout'])
    expect(took).toBeLessThan(2_000)
    expect(await until(() => half.has(9))).toBe(false)
  })

  it('waits no longer than storeTimeout for a table that is locked', async () => {
    const { half } = setup()
    await half(2)
    const unlock = await lock(adapter)

    const [answer, ...controls] = await Promise.allSettled([half(8), half.get(2), half.set(1, 8)])
    await unlock()

    expect(answer).toEqual({ status: 'fulfilled', value: 4 })
    expect(controls.map(reasonOf)).toEqual(['timeout', 'timeout'])
    expect(await until(() => half.get(2))).toBe(1)
  })
})

describe('what a column of PostgreSQL holds', () => {
  function setup() {
    adapter = openPostgres(server.url)
    return cached(async (x: string) => x, { store: adapter, keyPrefix: 'f', storeTimeout: 10_000 })
  }

  it('refuses a key above 255 characters: the call answers, a control rejects, the rest of a bulk is kept', async () => {
    const f = setup()
    const heard = jest.fn()
    f.on('error', heard)
    const [fitting, long] = ['é'.repeat(252), 'é'.repeat(253)]

    const answer = await f(long)
    const controls = await Promise.allSettled([f.set('x', long), f.setMany([[fitting], [long]], ['y', 'y'])])

    expect(answer).toBe(long)
    expect(controls.map(reasonOf)).toEqual(['reply', 'reply'])
    expect(heard).toHaveBeenCalledWith(expect.objectContaining({ error: expect.any(StoreError) }))
    expect(await f.getMany([fitting], [long])).toEqual(['y', undefined])
  })

  it('refuses a key with a NUL of your own making, and takes arguments and values with one', async () => {
    const f = setup()

    const byHand = await Promise.allSettled([f.storage.set('a\0b', 'x'), f.storage.get('a\0b')])

    expect(byHand.map(reasonOf)).toEqual(['reply', 'reply'])
    expect([await f('a\0b'), await f.get('a\0b')]).toEqual(['a\0b', 'a\0b'])
  })

  it('keeps a value of ten million bytes', async () => {
    const f = setup()
    const value = 'é'.repeat(5_000_000)

    await f.set(value, 'large')

    expect((await f.get('large')) === value).toBe(true)
  })

  it('keeps one of the values that two writers give one key, whole', async () => {
    const f = setup()
    const other = cached(async (x: string) => x, {
      store: new Keyv(adapter, { useKeyPrefix: false }),
      keyPrefix: 'f',
    })
    const texts = Array.from({ length: 50 }, (_, i) => String(i).repeat(1_000))

    await Promise.all(texts.map((text, i) => (i % 2 ? f : other).set(text, 'same')))

    expect(texts).toContain(await f.get('same'))
    expect(await other.get('same')).toBe(await f.get('same'))
  })
})

/** How the store failed. */
function reasonOf(outcome: PromiseSettledResult<unknown>): unknown {
  if (outcome.status === 'fulfilled') return 'none'
  return outcome.reason instanceof StoreError ? outcome.reason.failure : outcome.reason
}

/** What the store gives as soon as it works again. */
async function until<T>(ask: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + 10_000
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (Date.now() > deadline) throw error
      await sleep(20)
    }
  }
}

/** Locks the table as someone else's transaction would; gives what ends it. */
async function lock({ opts, query }: KeyvPostgres): Promise<() => Promise<void>> {
  const locked = `SELECT pid FROM pg_locks WHERE relation = '${opts.table}'::regclass AND mode = 'AccessExclusiveLock' AND granted`
  const holding = query(`BEGIN; LOCK TABLE ${opts.table}; SELECT pg_sleep(60)`)
  const ended = holding.then(
    () => {},
    () => {}, // it is ended by force
  )
  while ((await query(locked)).length === 0) await sleep(5)
  return async () => {
    await query(`SELECT pg_terminate_backend(pid) FROM (${locked}) AS holder`)
    await ended
  }
}
