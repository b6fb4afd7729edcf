import { types } from 'node:util'
import { afterEach, describe, expect, it } from '@jest/globals'
import { StoreError } from '../../lib/index.js'
import type { TestServer } from '../support/server-process.js'
import { answered, cleanUp, eventually, freeze, SLACK, STORE_TIMEOUT, setup, timed, times, ways } from './support.js'

afterEach(cleanUp)

const breaks: [name: string, brk: (server: TestServer) => Promise<void>][] = [
  ['killed', (server) => server.kill()],
  ['frozen', freeze],
]

describe.each(ways)('%s', (_name, way) => {
  describe.each(breaks)('whose server is %s', (_broken, brk) => {
    it('answers calls with the result of the function, within storeTimeout, and tells of it', async () => {
      const { server, f, ready, runs, errors } = await setup(way)
      await ready(1)
      await brk(server)

      const { value, took } = await timed(() => Promise.all([f(1), f(2), f.getOrUpdateMany([3], [4])]))

      expect(value).toEqual(['value of 1', 'value of 2', ['value of 3', 'value of 4']])
      expect(took).toBeLessThan(STORE_TIMEOUT + SLACK)
      expect(runs()).toBe(4)
      expect(errors.every((error) => error instanceof StoreError)).toBe(true)
      expect(errors.length).toBeGreaterThanOrEqual(3)
    })

    it('rejects explicit controls with a StoreError that says what was being done, where and why', async () => {
      const { server, f, ready } = await setup(way)
      await ready(1)
      await brk(server)
      const controls: [operation: string, act: () => Promise<unknown>][] = [
        ['get', () => f.get(1)],
        ['set', () => f.set('x', 1)],
        ['update', () => f.update(1)],
        ['delete', () => f.delete(1)],
        ['has', () => f.has(1)],
        ['touch', () => f.touch(1)],
        ['get', () => f.getMany([1], [2])],
        ['set', () => f.setMany([[1]], ['x'])],
        ['delete', () => f.deleteMany([1], [2])],
      ]

      const { value, took } = await timed(() => Promise.allSettled(controls.map(([, act]) => act())))

      for (const [i, [operation]] of controls.entries()) {
        const error = value[i]?.status === 'rejected' ? value[i].reason : undefined
        expect(error).toBeInstanceOf(StoreError)
        expect(error).toMatchObject({ operation, key: f.key(1), store: expect.stringMatching(/redis|memcached|keyv/) })
        if (error.code === 'ERR_STORE_TIMEOUT') expect(error.failure).toBe('timeout')
        else expect([error.code, types.isNativeError(error.cause)]).toEqual(['ERR_STORE', true])
      }
      expect(took).toBeLessThan(STORE_TIMEOUT + SLACK)
    })

    it("rejects a call too where onStoreError is 'throw', and does not run the function", async () => {
      const { server, f, ready, runs } = await setup(way, { onStoreError: 'throw' })
      await ready(1)
      await brk(server)

      const settled = await Promise.allSettled([f(1), f.getOrUpdateMany([2])])

      for (const { status, ...rest } of settled) {
        expect(status).toBe('rejected')
        expect(rest).toEqual({ reason: expect.any(StoreError) })
      }
      expect(runs()).toBe(0)
    })
  })

  it('answers every one of many calls in the middle of which the server is killed', async () => {
    const { server, f, ready } = await setup(way)
    await ready(0)

    const calls = times(200, (i) => f(i))
    await server.kill()
    const { value, took } = await timed(() => Promise.all(calls))

    expect(value).toEqual(times(200, (i) => `value of ${i}`))
    expect(took).toBeLessThan(STORE_TIMEOUT + SLACK)
  })

  it('uses the server again when it is back after it was killed', async () => {
    const { server, f, ready } = await setup(way)
    await ready(1)
    await server.kill()
    await Promise.allSettled([f(1), f.set('x', 1), f.delete(1), f(2)])

    await server.restart()

    await eventually(() => f.set('new', 1).then(() => true))
    expect(await answered(() => f.get(1))).toBe('new')
  })

  it('uses the server again when it wakes after it was frozen', async () => {
    const { server, f, ready } = await setup(way)
    await ready(1)
    await freeze(server)
    await Promise.allSettled([f(1), f.set('x', 1), f.delete(1), f(2)])

    server.resume()

    await eventually(() => f.set('new', 1).then(() => true))
    expect(await answered(() => f.get(1))).toBe('new')
  })

  it('answers while there was never a server, and uses it when there is one', async () => {
    const { server, f, runs } = await setup(way)
    await server.kill()

    const { value, took } = await timed(() => Promise.all([f(1), f(1), f(2)]))

    expect(value).toEqual(['value of 1', 'value of 1', 'value of 2'])
    expect(took).toBeLessThan(STORE_TIMEOUT + SLACK)
    expect(runs()).toBe(2)
    await server.restart()
    await eventually(async () => (await f(3)) && (await f.has(3)))
  })
})
