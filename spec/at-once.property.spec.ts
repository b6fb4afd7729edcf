import { setImmediate as allElse } from 'node:timers/promises'
import { afterEach, beforeEach, expect, it, jest } from '@jest/globals'
import fc from 'fast-check'
import { type CacheEvent, cached, type EventName } from '../lib/index.js'

const EVENTS: EventName[] = [
  ...(['hit', 'miss', 'stale', 'wait', 'execute', 'write', 'set', 'update', 'delete', 'expire', 'touch'] as const),
  ...(['fenced', 'error'] as const),
]

const id = fc.constantFrom('a', 'b', 'a:b')
const step = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(fc.constant('call' as const), id) },
  { weight: 4, arbitrary: fc.tuple(fc.constantFrom('give' as const, 'fail' as const, 'drop' as const), fc.nat(9)) },
  fc.tuple(fc.constantFrom('call with a signal' as const, 'abort' as const), id),
  fc.tuple(
    fc.constantFrom('set' as const, 'delete' as const, 'expire' as const, 'update' as const, 'get' as const),
    id,
  ),
  fc.tuple(fc.constantFrom('junk' as const, 'unreadable' as const, 'full' as const, 'sound' as const), id),
  fc.tuple(fc.constant('wait' as const), fc.constantFrom(40, 101)),
)
const options = fc.record({
  ttl: fc.constantFrom(undefined, 100),
  staleIfError: fc.constantFrom(undefined, 60),
  earlyRefresh: fc.boolean(),
  hardTimeout: fc.constantFrom(undefined, 90),
  onStoreError: fc.constantFrom('execute' as const, 'throw' as const),
})

type Run = { give(value: unknown): void; fail(error: Error): void }

/** One function on one Map, and all that can be seen of it. `complete`: its store is not known to answer at once. */
function world({ staleIfError, earlyRefresh, ...given }: Given, complete: boolean) {
  const seen: unknown[] = []
  const runs: Run[] = []
  let state: 'sound' | 'unreadable' | 'full' = 'sound'
  const map = new Map<string, unknown>()
  const failing = (name: 'get' | 'set', when: string) => {
    const real = map[name] as (...args: unknown[]) => unknown
    Object.assign(map, {
      [name]: (...args: unknown[]) => {
        if (state === when) throw new Error(`the Map is ${when}`)
        return real.apply(map, args)
      },
    })
  }
  failing('get', 'unreadable')
  failing('set', 'full')
  const f = cached(
    (n: string, _signal?: AbortSignal): Promise<unknown> => {
      seen.push(`run of ${n}`)
      return new Promise((give, fail) => runs.push({ give, fail }))
    },
    {
      ...given,
      ...(given.ttl !== undefined && { staleIfError, earlyRefresh }),
      store: map,
      keyPrefix: 'f',
      cacheIf: (value) => value !== 'drop',
      ...(complete && { storageInterface: (_backend, { storage }) => storage }),
    },
  )
  for (const name of EVENTS) {
    f.on(name, ({ duration: _, error, ...event }: CacheEvent) => {
      seen.push([name, event.key, event.args[0], event.value, String(error)])
    })
  }
  const watch = (what: string, promise: Promise<unknown>): void => {
    promise.then(
      (value) => seen.push([what, 'gave', value]),
      (error) => seen.push([what, 'failed', String(error)]),
    )
  }
  return { f, map, runs, seen, watch, turn: (to: typeof state) => (state = to), leaver: new AbortController() }
}

type Given = typeof options extends fc.Arbitrary<infer T> ? T : never

function act({ f, map, runs, watch, turn, ...one }: ReturnType<typeof world>, [name, what]: readonly unknown[]): void {
  const n = String(what)
  if (name === 'call') watch(`call of ${n}`, f(n))
  else if (name === 'call with a signal') watch(`leaver of ${n}`, f(n, one.leaver.signal))
  else if (name === 'abort') one.leaver.abort(new Error('left'))
  else if (name === 'give') runs.shift()?.give(`value ${n}`)
  else if (name === 'drop') runs.shift()?.give('drop')
  else if (name === 'fail') runs.pop()?.fail(new Error(`failure ${n}`))
  else if (name === 'set') watch(`set of ${n}`, f.set('set', n))
  else if (name === 'delete') watch(`delete of ${n}`, f.delete(n))
  else if (name === 'expire') watch(`expire of ${n}`, f.expire(n))
  else if (name === 'update') watch(`update of ${n}`, f.update(n))
  else if (name === 'get') watch(`get of ${n}`, f.get(n))
  else if (name === 'junk') map.set('f::a', 'junk')
  else if (name !== 'wait') turn(name as never)
}

beforeEach(() => {
  jest.spyOn(Math, 'random').mockReturnValue(0.5)
  jest.useFakeTimers({ now: 0, doNotFake: ['setImmediate', 'queueMicrotask', 'nextTick'] })
})

afterEach(() => {
  jest.useRealTimers()
  jest.restoreAllMocks()
})

it('what is done at once in memory is what the complete way does', async () => {
  await fc.assert(
    fc.asyncProperty(options, fc.array(step, { maxLength: 25 }), async (given, steps) => {
      const [quick, complete] = [world(given, false), world(given, true)]
      const trail: unknown[] = []

      for (const one of steps) {
        for (const side of [quick, complete]) {
          try {
            act(side, one)
          } catch (error) {
            side.seen.push(String(error))
          }
        }
        if (one[0] === 'wait') jest.advanceTimersByTime(Number(one[1]))
        await allElse()
        await allElse()
        trail.push(one)

        expect({ trail, seen: sorted(quick.seen) }).toEqual({ trail, seen: sorted(complete.seen) })
        expect([...quick.map]).toEqual([...complete.map])
      }
      for (const { runs } of [quick, complete]) for (const run of runs) run.give('at last')
      await allElse()
    }),
    { numRuns: 400 },
  )
})

/** In which order callers of one turn of the event loop are told is promised by none. */
function sorted(seen: readonly unknown[]): string[] {
  return seen.map((one) => JSON.stringify(one)).sort()
}
