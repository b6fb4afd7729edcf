import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals'
import KeyvRedis, { createClient } from '@keyv/redis'
import { Keyv } from 'keyv'
import { cached, OptionError } from '../../lib/index.js'
import { callsByCommand, newCalls } from '../conformance/stores/redis.js'
import { runTypeScript } from '../support/program.js'
import { type RedisServer, startRedis, uniquePrefix } from '../support/servers.js'
import { snapshot } from './trial.js'

let server: RedisServer
let past: ReturnType<typeof createClient>
const adapters: KeyvRedis<unknown>[] = []
beforeAll(async () => {
  server = await startRedis()
  past = createClient({ url: server.url })
  await past.connect()
})
afterAll(async () => {
  past.destroy()
  await server.stop()
})
afterEach(() => {
  for (const adapter of adapters.splice(0)) if (adapter.client.isOpen) adapter.client.destroy()
})

const openAdapter = () => {
  const adapter = new KeyvRedis<unknown>(server.url)
  adapters.push(adapter)
  return adapter
}
const counts = async () => callsByCommand(await past.info('commandstats'))
const connections = async () => Number(/total_connections_received:(\d+)/.exec(await past.info('stats'))?.[1])
const add = async (a: number, b: number) => a + b

describe('trap: Redis ttl with a fraction', () => {
  it.each([
    ['a bare KeyvRedis', () => openAdapter()],
    ["a user's Keyv on Redis", () => new Keyv(openAdapter())],
  ])('is rounded up to whole milliseconds: %s', async (_name, open) => {
    const f = cached(async (x: string) => x, { store: open(), keyPrefix: uniquePrefix('f'), ttl: 60_000.25 })

    await f('a')

    expect([await f.get('a'), await f.touch('a'), await f.get('a')]).toEqual(['a', true, 'a'])
    await f.storage.set(f.key('b'), 'B', 0.5)
    await f.set('C', 'c')
    expect(await f.get('c')).toBe('C')
  })
})

describe('trap: default Keyv on Redis', () => {
  it('keeps key and value as fn.key and fn.encode say', async () => {
    const keyPrefix = uniquePrefix('add')
    const f = cached(add, { store: openAdapter(), keyPrefix, coder: 'json' })

    await f(1, 2)

    expect(f.key(1, 2)).toBe(`${keyPrefix}::1:2`)
    expect(await past.get(`${keyPrefix}::1:2`)).toBe('3')
    expect(await f.encode(3)).toBe('3')
    expect(await past.keys(`*${keyPrefix}*`)).toEqual([`${keyPrefix}::1:2`])
  })

  it('reads what another language wrote', async () => {
    const f = cached(add, { store: openAdapter(), keyPrefix: uniquePrefix('add'), coder: 'json' })

    await past.set(f.key(1, 2), '42')

    expect(await f(1, 2)).toBe(42)
  })
})

describe('trap: a second Keyv over one adapter', () => {
  it('does not come to pass: the adapter of the user stays as it was', async () => {
    const adapter = openAdapter()
    const before = snapshot(adapter)
    const methods = snapshot(adapter.client)

    const f = cached(add, { store: adapter, keyPrefix: uniquePrefix('add') })
    await f(1, 2)

    expect(snapshot(adapter)).toEqual({ ...before })
    expect(Object.keys(snapshot(adapter.client))).toEqual(Object.keys(methods))
    expect(adapter.namespace).toBeUndefined()
    expect((f.storage.backend.store as { client: unknown }).client).toBe(adapter.client)
    expect(f.storage.backend.store).not.toBe(adapter)
  })

  it('leaves the functions alone when the user makes one', async () => {
    const adapter = openAdapter()
    const f = cached(add, { store: adapter, keyPrefix: uniquePrefix('add') })
    await f(1, 2)

    const theirs = new Keyv(adapter, { namespace: 'theirs' })
    await theirs.set('x', 'X')

    expect([await f.get(1, 2), await theirs.get('x')]).toEqual([3, 'X'])
    expect(await f.set(4, 1, 2).then(() => f.get(1, 2))).toBe(4)
  })

  it('refuses a bare adapter with a namespace, and names keyPrefix', () => {
    const wrapping = () => cached(add, { store: new KeyvRedis(server.url, { namespace: 'mine' }) })

    expect(wrapping).toThrow(OptionError)
    expect(wrapping).toThrow(/namespace.*'mine'.*keyPrefix/)
  })
})

describe('trap: bytes through @keyv/redis', () => {
  it('round-trip intact', async () => {
    const every = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))
    const f = cached(async (_x: string) => every, {
      store: openAdapter(),
      keyPrefix: uniquePrefix('f'),
      coder: 'bypass',
    })

    await f('a')

    const stored = await f.storage.backend.get(f.key('a'))
    expect([await f('a'), await f.get('a'), stored]).toEqual([every, every, every])
    expect(await past.strLen(f.key('a'))).toBe(256)
  })

  it('leaves the strings of the user’s own client alone', async () => {
    const adapter = openAdapter()
    const f = cached(async (x: string) => x, { store: adapter, keyPrefix: uniquePrefix('f'), coder: 'text' })

    await f('é')

    expect(await adapter.client.get(f.key('é'))).toBe('é')
    expect(await adapter.get(f.key('é'))).toBe('é')
  })
})

describe('trap: a corrupt payload', () => {
  it('is a miss with an event, alone among many', async () => {
    const f = cached(add, { store: openAdapter(), keyPrefix: uniquePrefix('add') })
    const heard = jest.fn()
    f.on('error', heard)
    await f.setMany(
      [
        [1, 1],
        [3, 3],
      ],
      [2, 6],
    )
    await past.set(f.key(2, 2), '{"json":')

    const answers = await f.getOrUpdateMany([1, 1], [2, 2], [3, 3])

    expect(answers).toEqual([2, 4, 6])
    expect(heard).toHaveBeenCalledTimes(1)
    expect(heard).toHaveBeenCalledWith(expect.objectContaining({ key: f.key(2, 2) }))
    expect(await f.get(2, 2)).toBe(4)
  })

  it.each([
    ['a bare KeyvRedis', (): object => openAdapter(), ''],
    ["a user's Keyv on Redis", (): object => new Keyv(openAdapter()), 'keyv::keyv:'],
  ])('of another type is a miss with an event, and replaced: %s', async (_name, open, prefix) => {
    const f = cached(add, { store: open(), keyPrefix: uniquePrefix('add') })
    const heard = jest.fn()
    f.on('error', heard)
    await past.lPush(prefix + f.key(1, 2), 'a list')

    const answers = [await f.get(1, 2), await f(1, 2), await f.get(1, 2)]

    expect(answers).toEqual([undefined, 3, 3])
    expect(heard).toHaveBeenCalledTimes(2)
  })
})

describe('trap: concurrent first calls on a new KeyvRedis; many functions on one adapter', () => {
  it('connects once', async () => {
    const adapter = openAdapter()
    const before = await connections()
    const fs = Array.from({ length: 50 }, (_, i) => cached(add, { store: adapter, keyPrefix: uniquePrefix(`add${i}`) }))

    const heard = jest.fn()
    for (const f of fs) f.on('error', heard)

    const answers = await Promise.all(fs.map((f, i) => f(i, i)))

    expect(answers).toEqual(fs.map((_, i) => 2 * i))
    expect(await connections()).toBe(before + 1)
    expect(heard).not.toHaveBeenCalled()
  })

  it('never makes Node.js warn of too many listeners', async () => {
    const program = join(import.meta.dirname, 'many-listeners.ts')

    const outcome = await runTypeScript(program, { exit: true })

    expect(outcome).toEqual({ code: 0, stdout: 'done\n', stderr: '' })
  })

  it('has one error listener of ours, however many functions share it', async () => {
    const adapter = openAdapter()
    const before = adapter.client.listenerCount('error')
    const fs = Array.from({ length: 100 }, () => cached(add, { store: adapter, keyPrefix: uniquePrefix('add') }))

    await Promise.all(fs.map((f) => f(1, 2)))

    expect(adapter.client.listenerCount('error')).toBe(before + 1)
    // More than ten would be a MaxListenersExceededWarning.
    const most = adapter.client.eventNames().map((event: string | symbol) => adapter.client.listenerCount(event))
    expect(Math.max(...most)).toBeLessThanOrEqual(10)
    expect(new Set(fs.map((f) => f.storage.backend)).size).toBe(1)
  })

  it("has one error listener of ours on a user's Keyv", async () => {
    const keyv = new Keyv(openAdapter())
    const before = keyv.listeners('error').length
    const fs = Array.from({ length: 150 }, () => cached(add, { store: keyv, keyPrefix: uniquePrefix('add') }))

    await fs[0]?.(1, 2)

    expect(keyv.listeners('error').length).toBe(before + 1)
    expect(fs[0]?.storage.backend).toBe(keyv)
  })
})

describe('trap: no touch in Keyv (Redis)', () => {
  it('is one PEXPIRE', async () => {
    const adapter = openAdapter()
    const f = cached(add, { store: adapter, keyPrefix: uniquePrefix('add'), ttl: 60_000.5 })
    await f(1, 2)
    const before = await counts()

    const touched = await f.touch(1, 2)

    expect(touched).toBe(true)
    expect(newCalls(before, await counts())).toEqual(['pexpire'])
    expect(await past.pTTL(f.key(1, 2))).toBeGreaterThan(50_000)
  })
})

describe('trap: clear() on Redis', () => {
  it('is refused, and the server keeps all it has', async () => {
    const f = cached(add, { store: openAdapter(), keyPrefix: uniquePrefix('add') })
    await f(1, 2)

    const clearing = f.storage.backend.clear()

    await expect(clearing).rejects.toThrow(/clear\(\) would empty the whole redis server/)
    expect(await f.get(1, 2)).toBe(3)
  })
})
