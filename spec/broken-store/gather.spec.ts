import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it } from '@jest/globals'
import KeyvRedis from '@keyv/redis'
import { newBudget } from '../../lib/budget.js'
import { gather } from '../../lib/gather.js'
import { cached } from '../../lib/index.js'
import { openStorage } from '../../lib/storage/open.js'
import { startRedis } from '../support/servers.js'
import { startLine } from './line.js'
import { eventually, freeze, times } from './support.js'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const end of cleanups.splice(0).reverse()) await end()
})

function opened(url: string): KeyvRedis<unknown> {
  const store = new KeyvRedis<unknown>(url)
  store.on('error', () => {})
  cleanups.push(() => store.disconnect(true).catch(() => {}))
  return store
}

async function server() {
  const redis = await startRedis()
  cleanups.push(() => redis.stop())
  return redis
}

describe('lookups that are gathered', () => {
  it('are hits in time on a store whose every answer is in time, though one beside them is a miss', async () => {
    const { port } = await server()
    const line = await startLine(port)
    cleanups.push(() => line.close())
    const store = opened(`redis://127.0.0.1:${line.port}`)
    const f = cached(async (n: number) => `run ${n}`, { store, keyPrefix: 'f', lease: false, storeTimeout: 1_700 })
    await f.set('value', 0)
    line.delay(1_000)

    const given = await Promise.allSettled([f.get(0), f.get(1)])

    expect(given.map((one) => (one.status === 'fulfilled' ? one.value : String(one.reason)))).toEqual([
      'value',
      undefined,
    ])
  })

  it('of one budget take from it once what passes once', async () => {
    const getMany = async (keys: readonly string[]) => {
      await sleep(100)
      return keys.map(() => undefined)
    }
    const storage = { ...openStorage(new Map()), gathers: true, getMany }
    const budget = newBudget(10_000)
    const started = performance.now()

    await Promise.all(times(3, (n) => gather(storage, storage, `k${n}`, budget)))

    const passed = performance.now() - started
    expect(budget.total - budget.left).toBeLessThan(2 * passed)
    expect(budget.left).toBeLessThan(budget.total)
  })

  it('say nothing of a store whose state has changed since they began', async () => {
    const redis = await server()
    const store = opened(redis.url)
    const slow = cached(async (n: number) => n, { store, keyPrefix: 'slow', lease: false, storeTimeout: 1_500 })
    const quick = cached(async (n: number) => n, { store, keyPrefix: 'quick', lease: false, storeTimeout: 50 })
    await slow.get(0)
    await freeze(redis)
    const late = Promise.allSettled(times(10, (n) => slow.get(n)))
    await sleep(5)
    await Promise.allSettled(times(5, (n) => quick.get(n)))
    await eventually(() => slow.storage.health.state === 'half-open')

    await late

    expect(slow.storage.health.state).toBe('half-open')
  })

  it('are sent before the client is closed in the same turn', async () => {
    const redis = await server()
    const f = cached(async (n: number) => `run ${n}`, { store: opened(redis.url), keyPrefix: 'f', lease: false })
    await f.set('value', 0)

    const [given] = await Promise.allSettled([f.get(0), f.storage.backend.disconnect()])

    expect(given).toEqual({ status: 'fulfilled', value: 'value' })
  })
})
