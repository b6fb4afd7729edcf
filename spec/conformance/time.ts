import { expect, it } from '@jest/globals'
import type { StoreCase } from './store-case.js'
import { livesOf, numbered, useStore } from './subject.js'

const DAY = 24 * 60 * 60 * 1_000
/** How late the answer of a server may come on a busy machine. */
const SLACK = 2_000

/** How long entries live. */
export function time(storeCase: StoreCase): void {
  const subject = useStore(storeCase)
  const { early = 0 } = storeCase

  it('keeps an entry exactly as long as its ttl', async () => {
    const ttls = [1, 30.5, 400, 1_000, 1_500]
    const fs = ttls.map((ttl) => subject.wrap(numbered(), { ttl }))
    const [shortest] = fs

    await Promise.all(fs.map((f, i) => f.set('value', i)))
    const lives = await livesOf(
      subject,
      fs.map((f, i) => async () => (await f.get(i)) === 'value'),
      1_500 + SLACK,
    )

    for (const [i, ttl] of ttls.entries()) {
      const least = ttl % 1_000 === 0 ? ttl - early : ttl
      expect([ttl, lives[i]]).toEqual([ttl, expect.closeTo(ttl, -4)])
      expect(lives[i]).toBeGreaterThanOrEqual(Math.max(0, least - 100))
      expect(lives[i]).toBeLessThanOrEqual(ttl + SLACK)
    }
    expect(await shortest?.has(0)).toBe(false)
  })

  it('has no expired entry: has, get, touch, delete and the bulk ones agree', async () => {
    const f = subject.wrap(numbered(), { ttl: 30.5 })
    const longer = subject.wrap(numbered(), { ttl: 60_000 })
    await f.setMany([['a'], ['b']], ['A', 'B'])
    await longer.set('C', 'c')
    await livesOf(subject, [() => f.has('a'), () => f.has('b')], SLACK)

    const told = [await f.has('a'), await f.get('a'), await f.touch('a'), await f.hasMany(['a'], ['c'])]

    expect(told).toEqual([false, undefined, false, [false, true]])
    expect(await f.getMany(['a'], ['c'], ['b'])).toEqual([undefined, 'C', undefined])
    expect(await f.touchMany(['b'], ['c'])).toEqual([false, true])
    expect(await f('a')).toBe('a #1')
  })

  it('starts the ttl anew by touch', async () => {
    const short = subject.wrap(numbered(), { ttl: 5_000 })
    const long = subject.wrap(numbered(), { ttl: 600_000 })
    await short('a')
    const before = await subject.opened.timeLeft(short.key('a'))

    const touched = await long.touch('a')

    expect(before).toBeLessThanOrEqual(5_000)
    expect(touched).toBe(true)
    expect(await subject.opened.timeLeft(short.key('a'))).toBeGreaterThan(590_000)
    expect(await short.get('a')).toBe('a #1')
  })

  it('shortens the life of an entry by touch, to the millisecond', async () => {
    const long = subject.wrap(numbered(), { ttl: 600_000 })
    const short = subject.wrap(numbered(), { ttl: 250.5 })
    await long('a')

    const touched = await short.touch('a')
    const [life] = await livesOf(subject, [() => long.has('a')], SLACK)

    expect(touched).toBe(true)
    expect(life).toBeGreaterThan(100)
    expect(life).toBeLessThan(SLACK)
  })

  it('gives an entry the ttl that a function of the value and the arguments says', async () => {
    const f = subject.wrap(async (ttl: number) => ttl, { ttl: (value, ttl) => (value === ttl ? ttl : 1) })

    await f.getOrUpdateMany([100_000], [500_000])

    const left = await Promise.all([100_000, 500_000].map((ttl) => subject.opened.timeLeft(f.key(ttl))))
    expect(left[0]).toBeGreaterThan(90_000)
    expect(left[0]).toBeLessThanOrEqual(100_000)
    expect(left[1]).toBeGreaterThan(490_000)
    expect(left[1]).toBeLessThanOrEqual(500_000)
    expect(await f.touch(100_000)).toBe(true)
  })

  it('keeps an entry with a ttl of more than 30 days, and ends it in time', async () => {
    const f = subject.wrap(numbered(), { ttl: 40 * DAY })

    const answers = [await f('a'), await f('a')]

    expect(answers).toEqual(['a #1', 'a #1'])
    const left = await subject.opened.timeLeft(f.key('a'))
    expect(left).toBeGreaterThan(40 * DAY - 5_000)
    expect(left).toBeLessThanOrEqual(40 * DAY + early + 1_000)
  })

  it('keeps the touched entry for more than 30 days', async () => {
    const f = subject.wrap(numbered(), { ttl: 40 * DAY })
    await f.storage.set(f.key('a'), 'A', 5_000)

    const touched = await f.touch('a')

    expect([touched, await f.get('a')]).toEqual([true, 'A'])
    expect(await subject.opened.timeLeft(f.key('a'))).toBeGreaterThan(40 * DAY - 5_000)
  })

  it('keeps an entry without a ttl until it is removed', async () => {
    const f = subject.wrap(numbered())

    await f('a')

    expect(await subject.opened.timeLeft(f.key('a'))).toBe(Number.POSITIVE_INFINITY)
  })

  it('starts the ttl anew by set and update', async () => {
    const f = subject.wrap(numbered(), { ttl: 600_000 })
    const key = f.key('a')
    await f.storage.set(key, 'A', 5_000)

    const left: number[] = []
    for (const renew of [() => f.set('B', 'a'), () => f.update('a')]) {
      await f.storage.set(key, 'A', 5_000)
      await renew()
      left.push(await subject.opened.timeLeft(key))
    }

    expect(Math.min(...left)).toBeGreaterThan(590_000)
  })
}
