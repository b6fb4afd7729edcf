/** The specs of a group of faults: what is promised of each, on its run. */
import { beforeAll, describe, expect, it } from '@jest/globals'
import { type Child, runInChild } from './child.js'
import type { Deed, Kind } from './load.js'
import { type Run, SETTLED } from './run.js'
import { type Fate, idOf, type Promised } from './scenario.js'
import { type GroupName, groups } from './scenarios.js'
import { figuresOf, isCall } from './summary.js'
import { FUNCTION_TIME } from './truth.js'

const STORE_TIMEOUT = 1_000

/** Few enough for two cores that do other things beside; each kind of operation comes several times in each part. */
const LOAD = {
  rate: 40,
  before: 1_000,
  during: 4_000,
  after: 2_500,
  storeTimeout: STORE_TIMEOUT,
  // A machine that is busy with other things must not be taken for a store that does not answer.
  patience: 10_000,
}

/** For a machine that is busy with other things. */
const SLACK = 2_500
/** Likewise, where nobody is to wait for the store: who does waits for all of `patience`. */
const ANSWER_SLACK = 0.8 * LOAD.patience
/** As many as begin in one and a half storeTimeout: until the first are given up, and those that try the store again. */
const MOST_WAIT = 1.5 * LOAD.rate
/** What the recordings of a group and the code that was compiled meanwhile need. */
const HEAP_SLACK = 30_000_000

const GIVES: Record<keyof Pick<Promised, 'reads' | 'writes' | 'removes'>, readonly Kind[]> = {
  reads: ['get', 'getMany', 'has'],
  writes: ['set', 'update'],
  removes: ['delete', 'deleteMany', 'touch', 'expire'],
}

export function describeFaults(name: GroupName): void {
  const seed = Number(process.env.FAULTS_SEED ?? Date.now() % 1_000_000)
  process.stderr.write(`${name}: FAULTS_SEED=${seed}\n`)

  describe(`${name} (seed ${seed})`, () => {
    let group: Child

    beforeAll(async () => {
      group = await runInChild({ ...LOAD, group: name, seed })
    }, 150_000)

    it('leave no handle, no warning and no memory behind', () => {
      const { left, warnings, stderr, heapGrowth } = group

      expect(left).toEqual([])
      expect({ warnings, stderr }).toEqual({ warnings: [], stderr: '' })
      expect(heapGrowth).toBeLessThan(HEAP_SLACK)
    })

    describe.each(groups[name].map((scenario) => [idOf(scenario), scenario] as const))('%s', (id, { promised }) => {
      const run = (): Run => {
        const found = group.runs.find((one) => one.id === id)
        if (found === undefined) throw new Error('it did not run')
        return found
      }

      it('has every call answered, and all that is answered right', () => {
        const { deeds, skipped } = run()

        const refused = deeds.filter((deed) => isCall(deed) && deed.error !== undefined)

        const { calls, wrong, stale } = figuresOf(run())
        expect(refused).toEqual([])
        expect(deeds.filter(({ saw }) => saw !== undefined)).toEqual([])
        expect({ wrong, stale, skipped }).toEqual({ wrong: 0, stale: 0, skipped: 0 })
        expect(calls).toBeGreaterThan(50)
      })

      it('has old values given where there are windows, and right ones', () => {
        const { deeds, staleServed } = run()

        const wrong = deeds.filter(({ windows, saw }) => windows && saw !== undefined)

        expect(wrong).toEqual([])
        expect(staleServed).toBeGreaterThan(0)
      })

      it('answers within storeTimeout and the time of the function', () => {
        const late = run().deeds.filter((deed) => tookOf(deed, run()) > promisedTime(deed.kind, promised))

        expect(late.map((deed) => `${deed.kind} ${deed.key}: ${tookOf(deed, run())} ms`)).toEqual([])
      })

      it('has few calls wait: the store is left alone once it is known not to answer', () => {
        const { deeds, times, storeTimeout } = run()

        // Who waits for the store waits for all of `storeTimeout`: what takes less is the machine.
        const calls = deeds.filter((deed) => isCall(deed) && deed.began > times.injected)
        const waited = calls.filter((deed) => tookOf(deed, run()) > 0.75 * storeTimeout)

        expect(waited.length).toBeLessThan(MOST_WAIT)
      })

      it.each(Object.entries(GIVES))(`has %s do what is promised while it lasts`, (what, kinds) => {
        const fate = promised[what as keyof typeof GIVES] // of GIVES

        const deeds = steady(run()).filter((deed) => kinds.includes(deed.kind) && !isFenced(deed, run()))

        expect(deeds.length).toBeGreaterThan(0)
        expect(deeds.filter((deed) => !fits(deed, writesOverWhatIsThere(deed) ? fateOfBoth(promised) : fate))).toEqual(
          [],
        )
      })

      it('tells of what failed, and of nothing else', () => {
        const { deeds, events } = run()

        const rejections = deeds.flatMap(({ error }) => error ?? [])

        const told = new Set([...rejections, ...events].map(({ failure }) => failure))
        expect([...told].filter((one) => !promised.failures.includes(one))).toEqual([])
        expect(told.size > 0).toBe(promised.failures.length > 0)
        if (promised.says !== undefined) {
          expect(rejections.length).toBeGreaterThan(0)
          for (const { says } of rejections) expect(says).toMatch(promised.says)
        }
      })

      if (promised.keeps) {
        it('has what was stored before found all the while', () => {
          const reads = steady(run()).filter(({ kind, key }) => kind === 'get' && key.startsWith('kept'))

          expect(reads.length).toBeGreaterThanOrEqual(2)
          expect(reads.filter(({ found }) => !found)).toEqual([])
        })
      }

      it('is over soon: what is called for is stored and found, and nothing fails any more', () => {
        const { deeds, events, times, health, cameBack } = run()

        const failed = deeds.filter(({ began, error }) => began > times.recovered && error !== undefined)

        const quiet = times.recovered + STORE_TIMEOUT + SLACK
        expect(times.recovered - times.healed).toBeLessThan(promised.recovery + SLACK)
        expect(failed).toEqual([])
        expect(health).toMatchObject({ state: 'closed', pendingReplays: 0 })
        expect(cameBack).toEqual([])
        // Garbage lies there until it is read.
        expect(events.filter(({ at, failure }) => at > quiet && failure !== 'data')).toEqual([])
        expect(deeds.filter(({ began }) => began > times.recovered).length).toBeGreaterThan(30)
      })

      it('leaves nothing behind in the function and its client', () => {
        const { left } = run()

        expect(left).toEqual([])
      })
    })
  })
}

/** What began and ended while the fault lasted, but for its beginning. */
function steady({ deeds, times }: Run): Deed[] {
  return deeds.filter(({ began, ended }) => began >= times.injected + SETTLED && ended <= times.healing)
}

/** Whether there was nothing left to be written when its turn came. */
function isFenced({ key, windows, began, ended }: Deed, { fenced }: Run): boolean {
  return fenced.some((one) => one.key === key && one.windows === windows && one.at >= began && one.at <= ended)
}

/** With windows, to touch or expire an entry is to change it, if there is anything to change. */
function writesOverWhatIsThere({ kind, windows }: Deed): boolean {
  return windows && (kind === 'touch' || kind === 'expire')
}

function fateOfBoth({ writes, removes }: Promised): Fate {
  return writes === 'work' && removes === 'work' ? 'work' : 'may fail'
}

function fits({ error }: Deed, fate: Fate): boolean {
  return fate === 'may fail' || (fate === 'work') === (error === undefined)
}

/** The longest that an operation may take, by what is promised and what the machine may add. */
function promisedTime(kind: Kind, { stalls }: Promised): number {
  return (
    (stalls ? STORE_TIMEOUT + SLACK : ANSWER_SLACK) + (['call', 'calls', 'update'].includes(kind) ? FUNCTION_TIME : 0)
  )
}

/** How long it took, but for the time in which this process got no turn. */
function tookOf({ began, ended }: Deed, { stalls }: Run): number {
  const lost = stalls.filter(({ at }) => at >= began && at <= ended).map(({ lasted }) => lasted)
  return ended - began - lost.reduce((sum, one) => sum + one, 0)
}
