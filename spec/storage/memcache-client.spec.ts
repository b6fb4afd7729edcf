import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { KeyvMemcache } from '@keyv/memcache'
import {
  checkLength,
  fitKey,
  isMemcacheClient,
  memcacheGate,
  memcacheSeconds,
} from '../../lib/storage/memcache-client.js'

const NOW = 1_800_000_000_000
const DAY = 24 * 60 * 60

describe('memcacheSeconds', () => {
  beforeEach(() => void jest.useFakeTimers({ now: NOW }))
  afterEach(() => void jest.useRealTimers())

  it.each([
    ['whole seconds as they are', 1_000, 1],
    ['30 days as they are', 30 * DAY * 1_000, 30 * DAY],
    ['a fraction with the second that the clock may take', 0.5, 2],
    ['1.5 seconds likewise', 1_500, 3],
    ['more than 30 days as a Unix time', 30 * DAY * 1_000 + 1_000, NOW / 1_000 + 30 * DAY + 1],
    [
      'a fraction short of 30 days as a Unix time too, where the second more is beyond',
      30 * DAY * 1_000 - 1,
      NOW / 1_000 + 30 * DAY + 1,
    ],
    ['what 32 bits cannot say as the latest time they can', Number.MAX_VALUE, 2 ** 32 - 1],
  ])('sends %s', (_name, ttl, expected) => {
    const seconds = memcacheSeconds(ttl)

    expect(seconds).toBe(expected)
  })
})

describe('the length of a key', () => {
  it('is at most 250 bytes with all that is put in front', () => {
    const fits = [fitKey('x'.repeat(250), 'f'), fitKey('x'.repeat(240), 'f', 10)]
    const hashed = [
      fitKey('x'.repeat(251), 'f'),
      fitKey('x'.repeat(241), 'f', 10),
      fitKey('a b', 'f'),
      fitKey('é', 'f'),
    ]

    expect(fits).toEqual(['x'.repeat(250), 'x'.repeat(240)])
    for (const key of hashed) expect(key).toMatch(/^f::sha256=[0-9a-f]{64}$/)
    expect(new Set(hashed).size).toBe(4)
  })

  it('is checked, and so is what the key is made of', () => {
    const checks = ['x'.repeat(251), '', 'a b', 'a\n', 'é'].map((key) => () => checkLength(key))

    for (const check of checks) expect(check).toThrow(/memcached takes keys of at most 250 bytes/)
    expect(() => checkLength('x'.repeat(241), 10)).toThrow(/at most 240 bytes/)
    expect(() => checkLength('x'.repeat(250))).not.toThrow()
  })
})

describe('a memjs client', () => {
  it('is recognised by its methods', () => {
    const adapter = new KeyvMemcache('127.0.0.1:1')

    const found = [adapter.client, { ...adapter.client }, adapter, new Map(), null, undefined].map(isMemcacheClient)

    expect(found).toEqual([true, false, false, false, false, false])
  })

  it('answers a command that was sent while its last connection was being closed', async () => {
    const free = createServer()
    await once(free.listen(0, '127.0.0.1'), 'listening')
    const { port } = free.address() as AddressInfo // it listens
    await once(free.close(), 'close')
    const { client } = new KeyvMemcache(`127.0.0.1:${port}`, { retries: 1, timeout: 0.2, logger: { log: () => {} } })
    memcacheGate(client)
    const server = createServer((socket) => void socket.on('data', () => socket.end()))

    const second = await new Promise<string>((resolve) => {
      client.get('a', () => {
        server.listen(port, '127.0.0.1') // the next connection will be taken
        client.get('b', () => resolve('answered'))
        setTimeout(() => resolve('lost'), 5_000).unref()
      })
    })

    expect(second).toBe('answered')
    client.close()
    server.close()
  })
})
