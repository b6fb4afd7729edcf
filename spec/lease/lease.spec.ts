import { afterEach, describe, expect, it } from '@jest/globals'
import { StoreError } from '../../lib/index.js'
import { elsewhere, type Kind, redisClient, running, until } from './elsewhere.js'

const KINDS: Kind[] = ['redis', 'memcached']
const waits = { lease: { ttl: 300, wait: 600 } }

describe.each(KINDS)('a function in two processes on %s', (kind) => {
  it('runs once for a cold key, for all calls of both', async () => {
    const { here, there, runs } = elsewhere(kind)
    const calls = [here(1), there(1), here(1), there(1)]
    await running(runs, 1)

    runs.pending[0]?.resolve('once')

    expect(await Promise.all(calls)).toEqual(['once', 'once', 'once', 'once'])
    expect(runs.count).toBe(1)
  })

  it('runs once for each cold key of bulk calls and single ones', async () => {
    const { here, there, runs } = elsewhere(kind)
    const calls = [here.getOrUpdateMany([1], [2]), there.getOrUpdateMany([2], [1]), there(2)]
    await running(runs, 2)

    for (const run of [...runs.pending]) run.resolve(`of ${run.args[0]}`)

    expect(await Promise.all(calls)).toEqual([['of 1', 'of 2'], ['of 2', 'of 1'], 'of 2'])
    expect(runs.count).toBe(2)
  })

  it('runs where the other waits when it failed there, whose caller has the error', async () => {
    const { here, there, runs } = elsewhere(kind)
    const failing = here(1)
    await running(runs, 1)
    const waiting = there(1)

    runs.pending[0]?.reject(new Error('no'))

    await expect(failing).rejects.toThrow('no')
    await running(runs, 1)
    runs.pending[0]?.resolve('second')
    expect(await waiting).toBe('second')
    expect(await here.get(1)).toBe('second')
  })

  it('has what could not be coded free for the other at once', async () => {
    const { here, there, runs } = elsewhere(kind)
    here.on('error', () => {})
    const uncoded = here(1)
    await running(runs, 1)
    const waiting = there(1)

    runs.pending[0]?.resolve(5 as never)

    expect(await uncoded).toBe(5)
    await running(runs, 1)
    runs.pending[0]?.resolve('text')
    expect(await waiting).toBe('text')
  })

  it.each([
    ['delete', undefined],
    ['set', 'set there'],
  ] as const)('does not store what ran while the other did a %s', async (control, left) => {
    const { here, there, runs } = elsewhere(kind)
    const call = here(1)
    await running(runs, 1)

    await (control === 'set' ? there.set('set there', 1) : there.delete(1))

    runs.pending[0]?.resolve('outdated')
    expect(await call).toBe('outdated')
    expect(await there.get(1)).toBe(left)
  })

  it('does not store what ran when an update began in the other, and stores the update', async () => {
    const { here, there, runs } = elsewhere(kind)
    const call = here(1)
    await running(runs, 1)
    const update = there.update(1)
    await running(runs, 2)

    runs.pending[0]?.resolve('outdated')
    await call
    const between = await here.get(1)
    runs.pending[0]?.resolve('updated')

    expect(await update).toBe('updated')
    expect(between).toBeUndefined()
    expect(await here.get(1)).toBe('updated')
  })

  it('has an update that was overtaken by a delete in the other leave nothing', async () => {
    const { here, there, runs } = elsewhere(kind)
    await here.set('old', 1)
    const update = here.update(1)
    await running(runs, 1)
    await there.delete(1)

    runs.pending[0]?.resolve('outdated')

    expect(await update).toBe('outdated')
    expect(await there.get(1)).toBeUndefined()
  })

  it('has an update that was overtaken by one that still runs remove what is older than itself', async () => {
    const { here, there, runs } = elsewhere(kind)
    await here.set('old', 1)
    const first = here.update(1)
    await running(runs, 1)
    const second = there.update(1)
    await running(runs, 2)

    runs.pending[0]?.resolve('first')
    await first

    expect(await here.get(1)).toBeUndefined()
    runs.pending[0]?.resolve('second')
    await second
    expect(await here.get(1)).toBe('second')
  })

  it('has a call that joined a run after a delete in the other get what was run since', async () => {
    const { here, there, runs } = elsewhere(kind)
    const before = here(1)
    await running(runs, 1)
    await there.delete(1)
    const after = here(1)

    runs.pending[0]?.resolve('outdated')

    expect(await before).toBe('outdated')
    await running(runs, 1)
    runs.pending[0]?.resolve('fresh')
    expect(await after).toBe('fresh')
    expect(await there.get(1)).toBe('fresh')
  })

  it('waits for the value of a run that the lease outlives, since it is renewed', async () => {
    const { here, there, runs } = elsewhere(kind, { lease: { ttl: kind === 'redis' ? 600 : 1_000, wait: 10_000 } })
    const running1 = here(1)
    await running(runs, 1)
    const started = performance.now()
    const waiting = there(1)

    await until(() => performance.now() - started > (kind === 'redis' ? 2_000 : 3_500), 'the time')
    runs.pending[0]?.resolve('slow')

    expect(await Promise.all([running1, waiting])).toEqual(['slow', 'slow'])
    expect(runs.count).toBe(1)
  })

  it('gives up waiting, runs by itself and stores nothing', async () => {
    const { here, there, runs } = elsewhere(kind, waits)
    const slow = here(1)
    await running(runs, 1)
    const waiting = there(1)
    await running(runs, 2)

    runs.pending[1]?.resolve('by itself')

    expect(await waiting).toBe('by itself')
    expect(await there.get(1)).toBeUndefined()
    runs.pending[0]?.resolve('slow')
    await slow
    expect(await there.get(1)).toBe('slow')
  })

  it('tells of a call that waited', async () => {
    const { here, there, runs } = elsewhere(kind)
    const heard: unknown[] = []
    there.on('wait', ({ key, args, duration }) => heard.push([key, args, Number(duration) > 0]))
    const call = here(1)
    await running(runs, 1)
    const waiting = there(1)
    // Each is answered after what went before it on the connection: the look, and what is asked about the lease.
    for (let i = 0; i < 3; i++) await there.has(1)

    runs.pending[0]?.resolve('value')
    await Promise.all([call, waiting])

    expect(heard).toEqual([[there.key(1), [1], true]])
  })

  it('has a touch leave the lease of a run alone', async () => {
    const { here, there, runs } = elsewhere(kind)
    const call = here(1)
    await running(runs, 1)

    const touched = await there.touch(1)

    runs.pending[0]?.resolve('stored')
    await call
    expect([touched, await there.get(1)]).toEqual([false, 'stored'])
  })

  it('has each run by itself with lease: false', async () => {
    const { here, there, runs } = elsewhere(kind, { lease: false })
    const calls = [here(1), there(1)]

    await running(runs, 2)

    for (const [i, run] of [...runs.pending].entries()) run.resolve(`run ${i}`)
    expect((await Promise.all(calls)).sort()).toEqual(['run 0', 'run 1'])
  })
})

describe('a lease on Redis', () => {
  const spares: (() => void)[] = []
  afterEach(() => {
    for (const spare of spares.splice(0)) spare()
  })

  it('lies in the slot of its entry, with a token, for the ttl of leases', async () => {
    const { here, runs } = elsewhere('redis')
    const client = await redisClient()
    const call = here(1)
    await running(runs, 1)
    const lease = `{${here.key(1)}}=lease`

    const left = await client.pTTL(lease)

    expect(await client.get(lease)).toMatch(/^[0-9a-f-]{36}$/)
    expect(left).toBeGreaterThan(5_000)
    expect(left).toBeLessThanOrEqual(10_000)
    runs.pending[0]?.resolve('value')
    await call
    expect(await client.exists(lease)).toBe(0)
  })

  it('is gone when the caller hears that the function failed', async () => {
    const { here, runs } = elsewhere('redis')
    const client = await redisClient()
    const call = here(1)
    await running(runs, 1)

    runs.pending[0]?.reject(new Error('no'))
    await expect(call).rejects.toThrow('no')

    expect(await client.exists(`{${here.key(1)}}=lease`)).toBe(0)
  })

  it('has another tag of the user take its place in the slot', async () => {
    const { wrap, runs } = elsewhere('redis', { key: (n: number) => `user:{42}:${n}` } as never)
    const f = wrap()
    const client = await redisClient()
    const call = f(1)
    await running(runs, 1)

    const there = await client.exists('user:{42}:1=lease')

    runs.pending[0]?.resolve('value')
    await call
    await f.delete(1)
    expect(there).toBe(1)
  })

  it('is not taken for a key with which none could share a slot: that is stored all the same', async () => {
    const { here, runs } = elsewhere('redis', { key: (n: number) => `odd}${process.pid}:${n}` } as never)
    const call = here(1)
    await running(runs, 1)
    runs.pending[0]?.resolve('value')
    await call

    const got = await here.get(1)

    expect(got).toBe('value')
    expect(await here.delete(1)).toBe(true)
  })

  it('is free again after its ttl when the process that had it is gone', async () => {
    const { here, runs } = elsewhere('redis', { lease: { ttl: 400, wait: 5_000 } })
    const client = await redisClient()
    const started = performance.now()
    await client.set(`{${here.key(1)}}=lease`, 'of a process that was killed', {
      expiration: { type: 'PX', value: 400 },
    })
    const call = here(1)

    await running(runs, 1)

    expect(performance.now() - started).toBeGreaterThan(300)
    runs.pending[0]?.resolve('value')
    expect(await call).toBe('value')
    expect(await here.get(1)).toBe('value')
  })

  it('is not broken by a DEL of another kind of client', async () => {
    const { here, runs } = elsewhere('redis')
    const client = await redisClient()
    const call = here(1)
    await running(runs, 1)
    await client.del(here.key(1))

    runs.pending[0]?.resolve('stored')
    await call

    expect(await here.get(1)).toBe('stored')
  })

  it('has a set that began after an update elsewhere stand, though the update ends last', async () => {
    const { here, there, runs } = elsewhere('redis')
    await here.set('old', 1)
    const update = here.update(1)
    await running(runs, 1)
    await there.set('later', 1)

    runs.pending[0]?.resolve('earlier')
    await update

    expect(await here.get(1)).toBe('later')
  })

  it('has the later one of two updates stand, though it ends first', async () => {
    const { here, there, runs } = elsewhere('redis')
    await here.set('old', 1)
    const first = here.update(1)
    await running(runs, 1)
    const second = there.update(1)
    await running(runs, 2)

    runs.pending[1]?.resolve('second')
    await second
    runs.pending[0]?.resolve('first')

    expect(await first).toBe('first')
    expect(await here.get(1)).toBe('second')
  })

  it('has a value that is found when the lease is asked for given without a run', async () => {
    const { here, there, runs } = elsewhere('redis')
    const call = here(1)
    await running(runs, 1)
    const waiting = there(1)
    await there.set('set meanwhile', 1)

    const got = await waiting

    expect(got).toBe('set meanwhile')
    expect(runs.count).toBe(1)
    runs.pending[0]?.resolve('outdated')
    await call
  })

  it('is taken over data that is none of ours, which is replaced', async () => {
    const { here, runs } = elsewhere('redis')
    const errors: unknown[] = []
    here.on('error', ({ error }) => errors.push(error))
    const client = await redisClient()
    await client.lPush(here.key(1), 'a list')
    const call = here(1)
    await running(runs, 1)

    runs.pending[0]?.resolve('value')
    await call

    expect(await here.get(1)).toBe('value')
    expect(errors).toHaveLength(1)
  })

  it('is taken over an entry that does not decode, with one event', async () => {
    const { wrap, runs } = elsewhere('redis', { coder: 'json' })
    const f = wrap()
    const errors: unknown[] = []
    f.on('error', ({ error }) => errors.push(error))
    const client = await redisClient()
    await client.set(f.key(1), '{')
    const call = f(1)
    await running(runs, 1)

    runs.pending[0]?.resolve('value')
    await call

    expect(await f.get(1)).toBe('value')
    expect(errors).toHaveLength(1)
  })

  it('works on after the server has forgotten the scripts', async () => {
    const { here, runs } = elsewhere('redis')
    const client = await redisClient()
    await client.scriptFlush()
    const call = here(1)
    await running(runs, 1)

    runs.pending[0]?.resolve('value')

    expect(await call).toBe('value')
    expect(await here.delete(1)).toBe(true)
  })

  it('has bytes and long values come back as they are', async () => {
    const { here, there, runs } = elsewhere('redis')
    const value = 'ä€😀'.repeat(10_000)
    const calls = [here(1), there(1)]
    await running(runs, 1)

    runs.pending[0]?.resolve(value)

    expect(await Promise.all(calls)).toEqual([value, value])
  })

  it.each(['{f::1}=lease', 'user:{42}=lease'])('has a key that no entry may have: %s', async (key) => {
    const { here } = elsewhere('redis')

    await expect(here.storage.set(key, 'value')).rejects.toMatchObject({ code: 'ERR_KEY' })
  })

  it('leaves a key alone that only looks like one', async () => {
    const { here } = elsewhere('redis')
    const key = `${here.key(1)}:page=lease`

    await here.storage.set(key, 'value')

    expect(await here.storage.get(key)).toBe('value')
  })

  it('asks for the leases of many in one round trip: all are sent before the first is answered', async () => {
    const { here, runs } = elsewhere('redis')
    const first = here(0) // it is connected then, and the server knows the scripts
    await running(runs, 1)
    runs.pending[0]?.resolve('value')
    await first
    const { client } = here.storage.backend.store as {
      client: { sendCommand: (...args: unknown[]) => Promise<unknown> }
    }
    const { sendCommand } = client
    const log: string[] = []
    client.sendCommand = (command, ...rest) => {
      const answer = Reflect.apply(sendCommand, client, [command, ...rest])
      const [name] = command as string[]
      const answered = () => log.push(`${name} answered`)
      log.push(`${name} sent`)
      answer.then(answered, answered)
      return answer
    }
    const call = here.getOrUpdateMany([1], [2], [3])

    await running(runs, 3)

    const [sent, answered] = [Array(3).fill('EVALSHA sent'), Array(3).fill('EVALSHA answered')]
    expect(log).toEqual(['MGET sent', 'MGET answered', ...sent, ...answered])
    for (const run of [...runs.pending]) run.resolve('value')
    expect(await call).toEqual(['value', 'value', 'value'])
  })

  it('has an explicit control tell of the store that fails, and a call run without it', async () => {
    const { here, runs } = elsewhere('redis', { storeTimeout: 300 })
    here.on('error', () => {})
    await here.get(1)
    await here.storage.backend.disconnect()
    const call = here(1)
    await running(runs, 1)

    runs.pending[0]?.resolve('without')

    expect(await call).toBe('without')
    await expect(here.delete(1)).rejects.toThrow(StoreError)
  })
})
