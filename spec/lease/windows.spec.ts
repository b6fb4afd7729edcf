/** Windows, `expire` and waits after failures on real servers, where another process looks on. */
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from '@jest/globals'
import { type Elsewhere, elsewhere, type Kind, redisClient, running, until, type Wrapped } from './elsewhere.js'

interface Told {
  readonly value: string
  readonly meta: Record<string, unknown>
}

/** What is stored for 1, whatever holds it. */
async function entryOf(f: Wrapped): Promise<Told | undefined> {
  const stored = await f.storage.backend.get(f.key(1))
  if (stored === undefined || stored === null) return undefined
  const [, meta = '{}', value = ''] = /^(?:@ring1(.*)\n)?(.*)$/.exec(String(stored)) ?? []
  return { value, meta: JSON.parse(meta) }
}

/** How long a call took that is to wait for nobody: less than any run of these specs. */
async function atOnce(f: Wrapped): Promise<string> {
  const late = new Promise<string>((resolve) => setTimeout(resolve, 2_000, 'it waited').unref())
  return Promise.race([f(1), late])
}

function eventsOf(f: Wrapped): string[] {
  const events: string[] = []
  for (const name of ['hit', 'miss', 'stale', 'execute', 'write', 'fenced', 'error', 'expire'] as const) {
    f.on(name, () => events.push(name))
  }
  return events
}

const LONG = { staleWhileRevalidate: 30_000, staleIfError: 60_000 }

/** One entry that is outdated, and whose windows have just begun. */
async function outdated(kind: Kind, options: object): Promise<Elsewhere> {
  const place = elsewhere(kind, options)
  await place.here.set('old', 1)
  await place.there.expire(1)
  return place
}

describe.each<[name: string, kind: Kind, options: object, isTold: boolean]>([
  ['Redis', 'redis', {}, true],
  ['memcached with leases', 'memcached', {}, true],
  ['memcached', 'memcached', { lease: undefined }, false],
  ["a Keyv of the user's over Redis", 'keyv', {}, false],
])('on %s', (_name, kind, own, isTold) => {
  it('an entry goes through its windows in real time, and is gone after them', async () => {
    const { here, there, runs } = elsewhere(kind, {
      ...own,
      ttl: 400,
      staleWhileRevalidate: 600,
      staleIfError: 1_200,
      retryAfter: 30_000,
    })
    const events = eventsOf(here)
    await there.set('old', 1)
    const [{ expires = 0 } = {}] = [(await entryOf(there))?.meta as { expires?: number }]

    const fresh = [await here(1), await here.has(1)]
    await until(() => Date.now() > expires, 'the end of ttl')
    const stale = [await atOnce(here), await here.has(1), await here.get(1)]
    await running(runs, 1)
    runs.pending[0]?.reject(new Error('no'))
    await here.idle()
    await until(() => Date.now() > expires + 600, 'the end of staleWhileRevalidate')
    const fallback = [await atOnce(here), await atOnce(there)]
    await until(() => Date.now() > expires + 1_200, 'the end of staleIfError')
    const gone = here(1).catch((error) => error.message)
    await running(runs, 1)
    runs.pending[0]?.reject(new Error('no value is left'))

    expect(fresh).toEqual(['old', true])
    expect(stale).toEqual(['old', false, undefined])
    expect(fallback).toEqual(['old', 'old'])
    expect(await gone).toBe('no value is left')
    expect(events).toEqual(['hit', 'stale', 'miss', 'execute', 'error', 'stale', 'miss', 'execute'])
    expect(runs.count).toBe(2)
  })

  it('a stale value is given at once by all, while it is refreshed behind them', async () => {
    const { here, there, runs } = await outdated(kind, { ...own, ...LONG })

    const given = [await atOnce(here), await atOnce(here)]
    await running(runs, 1)
    given.push(await atOnce(there), await atOnce(there))
    await running(runs, isTold ? 1 : 2)
    for (const run of [...runs.pending]) run.resolve('new')
    await Promise.all([here.idle(), there.idle()])

    expect(given).toEqual(['old', 'old', 'old', 'old'])
    expect([await there(1), await here(1)]).toEqual(['new', 'new'])
    expect(runs.count).toBe(isTold ? 1 : 2)
  })

  it('a value to fall back on is waited for by who refreshes it, and by nobody else', async () => {
    const { here, there, runs } = await outdated(kind, { ...own, staleIfError: 60_000 })
    here.on('error', () => {})

    const refreshing = [here(1), here(1)]
    await running(runs, 1)
    const other = isTold ? await atOnce(there) : 'old'
    runs.pending[0]?.reject(new Error('no'))

    expect(await Promise.all(refreshing)).toEqual(['old', 'old'])
    expect(other).toBe('old')
    expect(runs.count).toBe(1)
  })

  it('after a failure no process tries again, until the time has come', async () => {
    const { here, there, runs } = await outdated(kind, { ...own, ...LONG, retryAfter: 700 })
    for (const f of [here, there]) f.on('error', () => {})

    await here(1)
    await running(runs, 1)
    runs.pending[0]?.reject(new Error('no'))
    await here.idle()
    const { failures, retryAt } = (await entryOf(there))?.meta ?? {}
    const meanwhile = [await atOnce(there), await atOnce(here), await atOnce(there)]
    const early = [Date.now() < Number(retryAt), runs.count]
    await until(() => Date.now() >= Number(retryAt), 'the time to try again')
    const again = await atOnce(there)
    await running(runs, 1)
    runs.pending[0]?.reject(new Error('no'))
    await there.idle()

    expect([failures, early, meanwhile, again]).toEqual([1, [true, 1], ['old', 'old', 'old'], 'old'])
    const after = (await entryOf(here))?.meta ?? {}
    expect(after.failures).toBe(2)
    expect(Number(after.retryAt) - Date.now()).toBeGreaterThan(700)
    expect(Number(after.retryAt) - Date.now()).toBeLessThanOrEqual(1_400)
    expect(after.expires).toBeLessThan(Date.now())
  })

  it.each(['expire', 'set', 'update'] as const)('%s ends the wait after a failure', async (control) => {
    const { here, there, runs } = await outdated(kind, { ...own, ...LONG, retryAfter: 60_000 })
    here.on('error', () => {})
    await here(1)
    await running(runs, 1)
    runs.pending[0]?.reject(new Error('no'))
    await here.idle()

    if (control === 'set') await there.set('new', 1)
    else if (control === 'expire') expect(await there.expire(1)).toBe(true)
    else {
      const updated = there.update(1)
      await running(runs, 1)
      runs.pending[0]?.resolve('new')
      await updated
    }

    const { meta, value } = (await entryOf(here)) ?? { meta: {}, value: '' }
    expect([meta.failures, meta.retryAt]).toEqual([undefined, undefined])
    expect(value).toBe(control === 'expire' ? 'old' : 'new')
    await here(1)
    await running(runs, control === 'expire' ? 1 : 0)
  })

  it.each(['delete', 'set', 'expire'] as const)(
    'a refresh that fails leaves what a %s of the other process has left',
    async (control) => {
      const { here, there, runs } = elsewhere(kind, { ...own, ...LONG, ttl: 1 })
      here.on('error', () => {})
      await here.set('old', 1)
      await until(async () => !(await there.has(1)), 'the end of ttl')
      await here(1)
      await running(runs, 1)

      if (control === 'set') await there.set('set there', 1)
      else await there[control](1)
      const before = await entryOf(there)
      runs.pending[0]?.reject(new Error('no'))
      await here.idle()

      expect(await entryOf(here)).toEqual(before)
      expect(before?.value).toBe({ delete: undefined, set: 'set there', expire: 'old' }[control])
    },
  )

  it('touch renews every window of what is fresh, and nothing of what is not', async () => {
    const { here, there } = elsewhere(kind, { ...own, ...LONG, ttl: 20_000 })
    await here.set('value', 1)
    const before = Number((await entryOf(here))?.meta.expires)
    await until(() => Date.now() > before - 20_000 + 5, 'some time')

    const fresh = await there.touch(1)
    const after = Number((await entryOf(here))?.meta.expires)
    await there.expire(1)
    const expired = await there.touch(1)
    const left = (await entryOf(here))?.meta.outdated
    await here.delete(1)
    const gone = [await there.touch(1), await entryOf(here)]

    expect(after).toBeGreaterThan(before)
    expect([fresh, expired, left, gone]).toEqual([true, false, true, [false, undefined]])
  })

  it('expire tells whether there was an entry of use, for each', async () => {
    const { here, there } = elsewhere(kind, { ...own, ...LONG })
    await here.setMany([[1], [2]], ['one', 'two'])

    const told = [await there.expireMany([1], [2], [3], [1]), await there.expire(1), await there.expire(9)]

    expect(told).toEqual([[true, true, false, true], true, false])
    expect(await here.hasMany([1], [2])).toEqual([false, false])
  })
})

describe.each<[name: string, kind: Kind]>([
  ['Redis', 'redis'],
  ['memcached with leases', 'memcached'],
])('expire on %s', (_name, kind) => {
  it.each([
    ['a refresh', true],
    ['a run of what was absent', false],
  ])('fences %s of the other process', async (_what, isAged) => {
    const { here, there, runs } = isAged ? await outdated(kind, LONG) : elsewhere(kind, LONG)
    const events = eventsOf(here)
    const call = here(1)
    await running(runs, 1)

    const expired = await there.expire(1)
    runs.pending[0]?.resolve('from before')
    await call
    await here.idle()

    expect(expired).toBe(isAged)
    expect(events).toContain('fenced')
    expect((await entryOf(there))?.value).toBe(isAged ? 'old' : undefined)
  })

  it('fences a refresh of its own process', async () => {
    const { here, runs } = await outdated(kind, LONG)
    const events = eventsOf(here)
    await here(1)
    await running(runs, 1)

    await here.expire(1)
    runs.pending[0]?.resolve('from before')
    await here.idle()

    expect(events).toEqual(['stale', 'expire', 'execute', 'fenced'])
    expect((await entryOf(here))?.value).toBe('old')
  })
})

describe('what redis-cli sees', () => {
  it('is one line with the end of ttl, and the value; the entry is kept to the end of its longer window', async () => {
    const { here } = elsewhere('redis', { ttl: 10_000, ...LONG })
    const client = await redisClient()
    const before = Date.now()

    await here.set('value', 1)

    const [header = '', value] = String(await client.get(here.key(1))).split('\n')
    const { expires } = JSON.parse(header.slice('@ring1'.length))
    expect([header, value]).toEqual([`@ring1{"expires":${expires}}`, 'value'])
    expect(expires - before).toBeGreaterThanOrEqual(10_000)
    expect(expires - Date.now()).toBeLessThanOrEqual(10_000)
    const left = await client.pTTL(here.key(1))
    expect(Math.abs(expires + 60_000 - Date.now() - left)).toBeLessThan(1_000)
    expect(left).toBeLessThanOrEqual(70_000)
  })

  it('tells of expire, of failures, and of the cost where that is asked for', async () => {
    const { here, runs } = elsewhere('redis', { ttl: 10_000, ...LONG, earlyRefresh: true, retryAfter: 5_000 })
    here.on('error', () => {})
    const client = await redisClient()
    const key = here.key(1)
    const first = here(1)
    await running(runs, 1)
    runs.pending[0]?.resolve('value')
    await first
    const made = await client.get(key)
    await here.touch(1)
    const touched = await client.get(key)
    await here.expire(1)
    const [expired, left] = [await client.get(key), await client.pTTL(key)]
    await here(1)
    await running(runs, 1)

    runs.pending[0]?.reject(new Error('no'))
    await here.idle()

    const [failed, stillLeft] = [await client.get(key), await client.pTTL(key)]
    expect(made).toMatch(/^@ring1\{"expires":\d{13},"cost":\d+\}\nvalue$/)
    expect(touched).toMatch(/^@ring1\{"expires":\d{13},"cost":\d+\}\nvalue$/)
    expect(expired).toMatch(/^@ring1\{"expires":\d{13},"cost":\d+,"outdated":true\}\nvalue$/)
    expect(failed).toMatch(
      /^@ring1\{"expires":\d{13},"cost":\d+,"outdated":true,"failures":1,"retryAt":\d{13}\}\nvalue$/,
    )
    expect(left).toBeLessThanOrEqual(60_000)
    expect(stillLeft).toBeLessThanOrEqual(left)
  })

  it('without windows is the value alone, kept to the end of ttl', async () => {
    const { here } = elsewhere('redis', { ttl: 10_000 })
    const client = await redisClient()

    await here.set('value', 1)

    expect(await client.get(here.key(1))).toBe('value')
    expect(await client.pTTL(here.key(1))).toBeLessThanOrEqual(10_000)
  })
})

describe('memcached, which counts in whole seconds,', () => {
  it.each([
    { ttl: 500, staleWhileRevalidate: 500 },
    { ttl: 1_000, earlyRefresh: true },
  ])('ends no entry before its time: %p', async (options) => {
    const { here } = elsewhere('memcached', { ...options, lease: false })
    const lives = await Promise.all(
      Array.from({ length: 10 }, async (_, n) => {
        await sleep(n * 100) // at every part of a second
        const begin = Date.now()
        await here.set('value', n)
        await until(async () => !(await here.has(n)), 'its end')
        return Date.now() - begin
      }),
    )

    expect(Math.min(...lives)).toBeGreaterThanOrEqual(options.ttl)
  })
})

describe('a call whose old value ends while it waits for a refresh', () => {
  it('is given what another process makes by then, and not the old value', async () => {
    const { here, wrap, runs } = elsewhere('redis', { ttl: 50, staleWhileRevalidate: 400, staleIfError: 900 })
    await here.set('old', 1)
    const stored = Date.now()
    await until(() => Date.now() > stored + 100, 'the end of its ttl')
    await here(1) // its refresh goes on behind it
    await running(runs, 1)
    await until(() => Date.now() > stored + 500, 'the end of staleWhileRevalidate')
    const call = here(1)
    await until(() => Date.now() > stored + 1_000, 'the end of the windows')
    const update = wrap({ ttl: 60_000 }).update(1)
    await running(runs, 2)

    runs.pending[0]?.resolve('outdated')

    expect(await Promise.race([call, sleep(300, 'it waits')])).toBe('it waits')
    runs.pending[0]?.resolve('updated')
    expect(await Promise.all([call, update])).toEqual(['updated', 'updated'])
  })
})
