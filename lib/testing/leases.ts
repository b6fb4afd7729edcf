import assert from 'node:assert/strict'
import type { AnyFunction, Cached, Leases, Storage } from '../index.js'
import { counting } from './functions.js'
import { patient, type Suite } from './suite.js'

/** What two processes know of each other's runs. */
export function leases({ storeCase, it, itLooking, wrap, storageOf, ttlWherePossible }: Suite): void {
  /** A function whose runs end when the test says so, in one order. */
  const controlled = () => {
    const ends: ((value: string) => void)[] = []
    const begun: (() => void)[] = []
    const run = counting(
      (_x: string) =>
        new Promise<string>((resolve) => {
          ends.push(resolve)
          begun.shift()?.()
        }),
    )
    const next = () => new Promise<void>((resolve) => void begun.push(resolve))
    return { run, next, end: (i: number, value: string) => ends[i]?.(value) }
  }
  const both = <F extends AnyFunction>(fn: F, other: object): [Cached<F>, Cached<F>] => [
    wrap(fn, { lease: true }),
    wrap(fn, { lease: true, store: other }),
  ]

  itLooking(['elsewhere'], 'runs once for a cold key in two processes', async ({ elsewhere }) => {
    const { run, next, end } = controlled()
    const [here, there] = both(run, await elsewhere())
    const begun = next()
    const calls = [here('a'), there('a'), here.getOrUpdateMany(['a'])]
    await begun

    end(0, 'once')

    assert.deepEqual(await Promise.all(calls), ['once', 'once', ['once']])
    assert.equal(run.runs, 1)
  })

  itLooking(['elsewhere'], 'stores no run that was under way when another process deleted', async ({ elsewhere }) => {
    const { run, next, end } = controlled()
    const [here, there] = both(run, await elsewhere())
    const begun = next()
    const call = here('a')
    await begun
    await there.delete('a')

    end(0, 'outdated')

    assert.equal(await call, 'outdated')
    assert.deepEqual([await here.get('a'), await there.get('a')], [undefined, undefined])
  })

  itLooking(['elsewhere'], 'has what another process set meanwhile stand', async ({ elsewhere }) => {
    const { run, next, end } = controlled()
    const [here, there] = both(run, await elsewhere())
    const begun = next()
    const call = here('a')
    await begun
    await there.set('set', 'a')

    end(0, 'outdated')

    await call
    assert.equal(await here.get('a'), 'set')
  })

  itLooking(['elsewhere'], 'has the update that began later stand', async ({ elsewhere }) => {
    const { run, next, end } = controlled()
    const [here, there] = both(run, await elsewhere())
    await here.set('old', 'a')
    const [first, second] = [next(), next()]
    const earlier = here.update('a')
    await first
    const later = there.update('a')
    await second

    end(0, 'earlier')
    await earlier
    const between = await here.get('a')
    end(1, 'later')

    assert.equal(await later, 'later')
    assert.equal(between, undefined)
    assert.equal(await here.get('a'), 'later')
  })

  itLooking(['elsewhere'], 'lets another process run when the function has failed', async ({ elsewhere }) => {
    const failing = counting(async (_x: string): Promise<string> => {
      if (failing.runs === 1) throw new Error('no')
      return 'second'
    })
    const [here, there] = both(failing, await elsewhere())

    await assert.rejects(here('a'), { message: 'no' })

    assert.equal(await there('a'), 'second')
  })

  const LONG = 600_000
  const { ttl } = ttlWherePossible(LONG)
  const value = (text: string) => (storeCase.capabilities.values === 'bytes' ? Buffer.from(text) : text)
  /** Two runs for one key, the first of which has the lease. */
  const twoRuns = async () => {
    const leases = leasesOf(storageOf())
    const key = wrap(counting(async (x: string) => x)).key('a')
    const [mine, yours] = [
      { key, token: 'mine' },
      { key, token: 'yours' },
    ]
    const before = [
      ...(await leases.take([mine], LONG, false, patient())),
      ...(await leases.take([yours], LONG, false, patient())),
    ]
    assert.deepEqual(before, ['taken', 'held'])
    const store = (lease: typeof mine, text: string) =>
      leases.setMany([{ key, value: value(text), ttl, lease }], patient())
    return { leases, key, mine, yours, store }
  }

  it('gives a lease that was left to the next who asks', async () => {
    const { leases, key, mine, yours, store } = await twoRuns()
    const left = await leases.yield([mine], LONG, patient())

    const taken = await leases.take([yours], LONG, false, patient())

    assert.deepEqual([left, taken], [[true], ['taken']])
    assert.deepEqual(await leases.take([{ key, token: 'third' }], LONG, false, patient()), ['held'])
    assert.deepEqual(await leases.yield([mine], LONG, patient()), [false])
    assert.deepEqual(await leases.renew([mine], LONG, patient()), [false])
    assert.deepEqual(await store(mine, 'outdated'), ['refused'])
    assert.deepEqual(await store(yours, 'value'), [undefined])
  })

  it('has a lease that was left stand for its own run until then', async () => {
    const { leases, mine, yours, store } = await twoRuns()
    await leases.yield([mine], LONG, patient())

    const told = [await leases.renew([mine], LONG, patient()), await store(mine, 'value')]

    assert.deepEqual(told, [[true], [undefined]])
    const [found] = await leases.take([yours], LONG, false, patient())
    assert.ok(typeof found === 'object' && Buffer.from(found.value as string).toString() === 'value')
  })

  it('leaves a lease that was renewed to the next all the same', async () => {
    const { leases, mine, yours } = await twoRuns()
    await leases.yield([mine], LONG, patient())
    await leases.renew([mine], LONG, patient())

    const taken = await leases.take([yours], LONG, false, patient())

    assert.deepEqual(taken, ['taken'])
  })

  it('ends a lease that was left like any other', async () => {
    const { leases, key, mine } = await twoRuns()
    const ends: [string, () => unknown][] = [
      ['release', () => leases.release([mine], patient())],
      ['replace', () => leases.replace([{ key, token: 'update' }], LONG, patient())],
      ['deleteMany', () => leases.deleteMany([key], patient())],
      ['setMany', () => leases.setMany([{ key, value: value('set'), ttl }], patient())],
    ]

    const told: unknown[] = []
    for (const [name, end] of ends) {
      await leases.deleteMany([key], patient())
      await leases.take([mine], LONG, true, patient())
      await leases.yield([mine], LONG, patient())
      await end()
      told.push([name, ...(await leases.release([mine], patient()))])
    }

    assert.deepEqual(
      told,
      ends.map(([name]) => [name, false]),
    )
  })

  it('takes an entry that is known for none, and gives any other', async () => {
    const storage = storageOf()
    const leases = leasesOf(storage)
    const f = wrap(counting(async (x: string) => x))
    const head = '@ring1{"cost":1}\n'
    const forms = [`${head}value`, '@ring1{"cost":2}\nvalue', 'plain', `plain${head}`]
    const keys = forms.map((_, i) => f.key(`entry ${i}`))
    await storage.setMany(
      forms.map((form, i) => ({ key: keys[i] ?? '', value: value(form), ttl })),
      patient(),
    )
    const wanted = keys.map((key) => ({ key, token: 'mine', known: head }))

    const told = await leases.take(wanted, LONG, false, patient())

    const found = told.map((one) => (typeof one === 'string' ? one : Buffer.from(one.value as string).toString()))
    assert.deepEqual(found, ['taken', ...forms.slice(1)])
    assert.deepEqual(await leases.release(wanted, patient()), [true, false, false, false])
  })
}

function leasesOf({ leases }: Storage): Leases {
  assert.ok(leases)
  return leases
}
