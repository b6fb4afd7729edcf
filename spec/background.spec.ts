import { beforeAll, describe, expect, it } from '@jest/globals'
import { cached } from '../lib/index.js'
import { until } from './lease/elsewhere.js'
import { controlledRuns, quiet } from './support/controlled-store.js'
import { requireBuild, runTypeScript } from './support/program.js'
import { uniquePrefix } from './support/servers.js'

/** With old values of 1 and 2, each refreshed behind its calls. */
async function setup(options: object = {}) {
  const runs = controlledRuns<string, [number]>()
  const f = cached(runs.fn, {
    keyPrefix: 'f',
    ttl: (value) => (value === 'old' ? 1 : 60_000),
    staleWhileRevalidate: 60_000,
    ...options,
  })
  const errors: unknown[] = []
  f.on('error', ({ error }) => errors.push(error))
  await f.setMany([[1], [2]], ['old', 'old'])
  await until(async () => !(await f.has(2)), 'the end of the ttl')
  return { f, runs, errors }
}

/** Whether a promise has settled by now. */
async function isDone(promise: Promise<unknown>): Promise<boolean> {
  let done = false
  void promise.then(() => {
    done = true
  })
  await quiet()
  return done
}

describe('idle', () => {
  it('resolves at once where nothing was ever begun', async () => {
    const { f } = await setup()

    expect(await isDone(f.idle())).toBe(true)
  })

  it('resolves when all refreshes have ended, those begun meanwhile included', async () => {
    const { f, runs } = await setup()
    await f(1)
    await quiet()
    const idle = f.idle()
    await f(2)
    await quiet()

    runs.pending[0]?.resolve('new')
    const between = await isDone(idle)
    runs.pending[0]?.resolve('new')

    expect(between).toBe(false)
    expect(await isDone(idle)).toBe(true)
    expect(await f.getMany([1], [2])).toEqual(['new', 'new'])
  })

  it('resolves when what is behind has failed', async () => {
    const { f, runs, errors } = await setup()
    await f(1)
    await quiet()

    runs.pending[0]?.reject(new Error('no'))
    await f.idle()

    expect(errors).toEqual([new Error('no')])
  })

  it('does not wait for a call', async () => {
    const { f, runs } = await setup()
    const call = f(3)
    await quiet()

    const done = await isDone(f.idle())

    expect(done).toBe(true)
    runs.pending[0]?.resolve('value')
    await call
  })
})

describe('waitUntil', () => {
  it('is given a promise of each work, which resolves when that has ended', async () => {
    const works: Promise<void>[] = []
    const { f, runs } = await setup({ waitUntil: (work: Promise<void>) => void works.push(work) })
    await Promise.all([f(1), f(1), f(2)])
    await quiet()
    const between = await Promise.all(works.map(isDone))

    runs.pending[0]?.reject(new Error('no'))
    runs.pending[0]?.resolve('new')

    expect(between).toEqual([false, false])
    expect(await Promise.all(works)).toEqual([undefined, undefined])
  })

  it('is not given what calls wait for', async () => {
    const works: Promise<void>[] = []
    const { f, runs } = await setup({ waitUntil: (work: Promise<void>) => void works.push(work) })
    const call = f(3)
    ;(await runs.next()).resolve('value')

    await call

    expect(works).toEqual([])
  })

  it.each([
    [
      'throws',
      () => {
        throw new Error('the host')
      },
    ],
    ['rejects', async () => Promise.reject(new Error('the host'))],
  ])('that %s is an event: the call has its value, and the work goes on', async (_, waitUntil) => {
    const { f, runs, errors } = await setup({ waitUntil })

    const given = await f(1)
    await quiet()

    expect(given).toBe('old')
    expect(errors).toEqual([new Error('the host')])
    runs.pending[0]?.resolve('new')
    await f.idle()
    expect(await f.get(1)).toBe('new')
  })
})

describe('a process', () => {
  beforeAll(requireBuild)

  const ends = async (name: string) => {
    const started = performance.now()
    const { code, stdout, stderr } = await runTypeScript('spec/support/behind.ts', {
      args: [name, uniquePrefix('behind')],
      timeout: 10_000,
    })
    return { code, given: stdout && JSON.parse(stdout), stderr, isLate: performance.now() - started > 9_000 }
  }

  it.each([
    ['a refresh behind that never ends', 'old'],
    ['a run left by softTimeout that never ends', 'old'],
    ['a run that all have left and that never ends', 'TimeoutError'],
    ['a refresh that waits to be tried again', 'old'],
    ['a lease that is held', 'old'],
  ])('ends by itself with %s', async (name, given) => {
    expect(await ends(name)).toEqual({ code: 0, given, stderr: '', isLate: false })
  })

  it.each([
    ['a call that waits for softTimeout', 'old'],
    ['a call that waits for hardTimeout', 'ERR_TIMEOUT'],
    ['a call that waits to be gathered', 1],
    ['a refresh that others join which never ends', 'old'],
  ])('lives as long as %s', async (name, given) => {
    expect(await ends(name)).toEqual({ code: 0, given, stderr: '', isLate: false })
  })

  it.each([
    ['failures behind calls', ['old', 'no', 'the host']],
    ['an abort that nobody waits for', 'no more'],
    ['a bulk call that one has left while it looks', 'no more'],
    ['a bulk call that has joined what fails', ['no', 'no']],
  ])('hears of no unhandled rejection by %s', async (name, given) => {
    expect(await ends(name)).toEqual({ code: 0, given, stderr: '', isLate: false })
  })
})
