import assert from 'node:assert/strict'
import type { AnyFunction, Cached } from '../index.js'
import { counting } from './functions.js'
import type { Suite } from './suite.js'

/** What two processes know of each other's runs. */
export function leases({ itLooking, wrap }: Suite): void {
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
}
