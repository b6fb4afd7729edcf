import { afterAll, describe, expect, it } from '@jest/globals'
import { type Cached, cached } from '../../lib/index.js'
import { lined } from './line.js'
import { answered, type Bench, cleanUp, eventually, freeze, SLACK, setup, times, type Way, ways } from './support.js'

// The specs run side by side, each with a server of its own: mostly they wait.
afterAll(cleanUp)

type F = Cached<(n: number) => Promise<string>>

/** A store whose server cannot be reached for a while and keeps its data, and another process that can reach it. */
async function separated(way: Way): Promise<Bench & { f: F; other: F; reach(): void; end(): Promise<unknown> }> {
  const { way: byLine, line } = lined(way)
  const bench = await setup(byLine)
  const keys = times(20, (i): [number] => [i])
  const olds = times(20, () => 'old')
  await eventually(() => bench.f.setMany(keys, olds).then(() => true))
  const { store, close } = way.open(bench.server.url.replace(String(line().port), String(bench.server.port)))
  const other = cached(async (n: number) => `${n} of the other`, {
    store,
    keyPrefix: 'f',
    ttl: 3_600_000,
    storeTimeout: SLACK,
  })
  line().block()
  return { ...bench, other, reach: () => line().unblock(), end: async () => close() }
}

const readers: [name: string, read: (f: F) => Promise<unknown>, gone: unknown][] = [
  ['a call', (f) => f(1), 'value of 1'],
  ['get', (f) => f.get(1), undefined],
  ['has', (f) => f.has(1), false],
  ['touch', (f) => f.touch(1), false],
  ['getMany', async (f) => (await f.getMany([2], [1]))[1], undefined],
  ['getOrUpdateMany', async (f) => (await f.getOrUpdateMany([2], [1]))[1], 'value of 1'],
  ['storage.get', (f) => f.storage.get(f.key(1)), undefined],
]

describe.each(ways)('%s', (_name, way) => {
  it.concurrent.each(readers)('never gives %s what a delete failed to remove', async (_reader, read, gone) => {
    const { f, reach, end } = await separated(way)
    const removed = await f.delete(1).catch((error) => error)
    expect(removed).toMatchObject({ code: expect.stringMatching(/^ERR_STORE/) })
    reach()

    const answer = await eventually(async () => ({ of: await read(f) }))

    expect(answer).toEqual({ of: gone })
    await eventually(async () => (await f.get(3)) === 'old')
    await end()
  })

  it.concurrent.each([
    ['delete', (f: F) => f.delete(1)],
    ['set', (f: F) => f.set('later', 1)],
    ['update', (f: F) => f.update(1)],
  ])('has what a %s failed to replace removed for other processes, without a call here', async (_failed, act) => {
    const { f, other, reach, end } = await separated(way)
    await act(f).catch(() => {})
    const pending = f.storage.health.pendingReplays
    reach()

    await eventually(async () => (await other.get(1)) !== 'old')

    await eventually(() => f.storage.health.pendingReplays === 0)
    expect(pending).toBe(1)
    expect(await other.get(3)).toBe('old')
    await end()
  })

  it.concurrent('does not undo what was stored after it was back', async () => {
    const { f, other, reach, end } = await separated(way)
    const keys = times(20, (i): [number] => [i])
    await f.deleteMany(...keys).catch(() => {})
    reach()

    await Promise.all(keys.map(([i]) => eventually(() => f.set('new', i).then(() => true))))

    await eventually(() => f.storage.health.pendingReplays === 0)
    expect(await answered(() => f.getMany(...keys))).toEqual(keys.map(() => 'new'))
    expect(await other.getMany(...keys)).toEqual(keys.map(() => 'new'))
    await end()
  })

  it.concurrent('makes good what failed while its server was frozen and it was left alone', async () => {
    const { server, f } = await setup(way)
    const keys = times(20, (i): [number] => [i])
    const olds = keys.map(() => 'old')
    await eventually(() => f.setMany(keys, olds).then(() => true))
    await freeze(server)
    await eventually(async () => {
      await f.get(0).catch(() => {})
      return f.storage.health.state === 'open'
    })
    const removed = await Promise.allSettled(keys.map(([i]) => f.delete(i)))
    const pending = f.storage.health.pendingReplays
    server.resume()

    const answers = await Promise.all(keys.map(([i]) => eventually(async () => ({ of: await f(i) }))))

    for (const { status } of removed) expect(status).toBe('rejected')
    expect(pending).toBe(20)
    expect(answers).toEqual(keys.map(([i]) => ({ of: `value of ${i}` })))
    await eventually(() => f.storage.health.pendingReplays === 0)
  })
})
