import { afterEach, describe, expect, it } from '@jest/globals'
import { cached } from '../../lib/index.js'
import { redis } from '../../lib/redis.js'
import { startLine } from '../broken-store/line.js'
import { eventually, timed } from '../broken-store/support.js'
import { sharedRedis, uniquePrefix } from '../support/servers.js'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

/** A function on Redis by a line of its own, which it is connected to. */
async function setup() {
  const server = new URL(sharedRedis().url)
  const line = await startLine(Number(server.port))
  server.port = String(line.port)
  const store = redis(server.href)
  closers.push(
    () => line.close(),
    () => store.disconnect(true).catch(() => {}),
  )
  let runs = 0
  const during = { run: (): void => {} }
  const f = cached(
    async (n: number) => {
      runs += 1
      during.run()
      return `run ${runs} of ${n}`
    },
    { store, keyPrefix: uniquePrefix('leases'), ttl: 60_000 },
  )
  f.on('error', () => {})
  await eventually(() => f(0).then(() => f.has(0)))
  return { f, line, during }
}

describe('leases on Redis, in one process', () => {
  it('do not withhold an update that began after two sets', async () => {
    const { f } = await setup()

    const doing = [f.set('first', 1), f.set('second', 1), f.update(1)]

    await Promise.all(doing)
    expect(await f.get(1)).toBe('run 2 of 1')
  })

  it('keep no call waiting for one whose answer was lost with its connection', async () => {
    const { f, line } = await setup()
    line.fallSilent()
    await f(1) // its read gets no answer
    line.cut('RST')
    await eventually(() => f.set('there', 2).then(() => true))
    // Now the read is answered, and the lease is taken, but of that no more than a byte is told.
    line.cutAfter('$-1\r\n:'.length)
    await f(3)

    const { value, took } = await timed(() => f(3))

    expect(value).toMatch(/of 3$/)
    expect(took).toBeLessThan(2_500)
    await eventually(() => f(3).then(() => f.has(3)))
  })

  it('keep no call waiting for one whose run could not store its result', async () => {
    const { f, line, during } = await setup()
    during.run = () => line.block() // it has its lease by now
    await f(1)
    during.run = () => {}
    line.unblock()
    await eventually(() => f.set('there', 2).then(() => true))

    const { value, took } = await timed(() => f(1))

    expect(value).toMatch(/of 1$/)
    expect(took).toBeLessThan(2_500)
    await eventually(() => f(1).then(() => f.has(1)))
  })
})
