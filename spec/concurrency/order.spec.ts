import { beforeEach, describe, expect, it } from '@jest/globals'
import { type Cached, cached } from '../../lib/index.js'
import { type ControlledStore, controlledRuns, controlledStore, quiet, type Runs } from '../support/controlled-store.js'

type F = (n: number) => Promise<string>

let store: ControlledStore
let runs: Runs<string, [number]>
let f: Cached<F>
let other: Cached<F>

beforeEach(() => {
  store = controlledStore()
  runs = controlledRuns()
  f = cached(runs.fn, { store: store.adapter, keyPrefix: 'f' })
  other = cached(async (_n: number) => 'of the other', { store: store.adapter, keyPrefix: 'f', overload: true })
})

/** Where a plain call is held up when something else begins. */
const held: [where: string, hold: () => Promise<void>, release: () => Promise<void>][] = [
  ['its read is pending', async () => void (await store.next('get')), async () => answerThenRun()],
  [
    'its run is pending',
    async () => {
      ;(await store.next('get')).finish()
      await runs.next()
    },
    async () => (await runs.next()).resolve('stale'),
  ],
  [
    'its write is pending',
    async () => {
      await answerThenRun()
      await store.next('set')
    },
    async () => {},
  ],
]

async function answerThenRun(): Promise<void> {
  ;(await store.next('get')).finish()
  ;(await runs.next()).resolve('stale')
}

/** What begins meanwhile, and what is left of it. */
const writers: [name: string, write: () => Promise<unknown>, left: string | undefined][] = [
  ['delete', () => f.delete(1), undefined],
  ['set', () => f.set('new', 1), 'new'],
  ['storage.delete', () => f.storage.delete('f::1'), undefined],
  ["another wrapper's delete", () => other.delete(1), undefined],
  ["another wrapper's set", () => other.set('new', 1), 'new'],
  ["another wrapper's update", () => other.update(1), 'of the other'],
]

describe.each(held)('a call of which %s', (_where, hold, release) => {
  it.each(writers)(
    'gives its result and leaves nothing of it when a %s has begun since',
    async (_name, write, left) => {
      const call = f(1)
      await hold()

      const written = write()
      await release()
      await store.drain()

      expect(await call).toBe('stale')
      await written
      const read = f.get(1)
      await store.drain()
      expect(await read).toBe(left)
    },
  )

  it('is not joined by a call that begins after a delete has begun: that reads for itself', async () => {
    const call = f(1)
    await hold()
    const removed = f.delete(1)

    const next = f(1)

    await release()
    await finish('fresh')
    await Promise.all([call, removed, next])
    expect(store.count('get')).toBe(2)
  })
})

describe('an update', () => {
  it('always runs, and is joined by the plain calls that begin meanwhile', async () => {
    const updated = f.update(1)
    const calls = [f(1), f(1)]

    ;(await runs.next()).resolve('new')
    await store.drain()

    expect(await Promise.all([updated, ...calls])).toEqual(['new', 'new', 'new'])
    expect(runs.count).toBe(1)
    expect(store.count('get')).toBe(0)
  })

  it('does not join another update: the one that began later stands, though it ends first', async () => {
    const first = f.update(1)
    const second = f.update(1)
    const [early, late] = [...runs.pending]

    late?.resolve('second')
    await store.drain()
    early?.resolve('first')
    await store.drain()

    expect(await Promise.all([first, second])).toEqual(['first', 'second'])
    expect(await stored()).toBe('second')
  })

  it('that is overtaken leaves nothing older than itself, though what overtakes it fails', async () => {
    const seeded = f.set('old', 1)
    await store.drain()
    await seeded
    const first = f.update(1)
    const second = f.update(1)
    const [early, late] = [...runs.pending]

    late?.reject(new Error('no'))
    early?.resolve('first')
    await store.drain()

    expect(await first).toBe('first')
    await expect(second).rejects.toThrow('no')
    expect(await stored()).toBeUndefined()
  })

  it('is not joined by the call that begins when it has failed', async () => {
    const retried = f.update(1).catch(() => f(1))

    ;(await runs.next()).reject(new Error('no'))

    await finish('again')
    expect(await retried).toBe('again')
  })

  it('in memory is joined by a plain call, which would else get the old value at once', async () => {
    const inMemory = cached(runs.fn, { store: new Map() })
    await inMemory.set('old', 1)
    const updated = inMemory.update(1)

    const call = inMemory(1)

    ;(await runs.next()).resolve('new')
    expect(await Promise.all([updated, call])).toEqual(['new', 'new'])
  })
})

describe('get', () => {
  it('gives the old value while an update runs', async () => {
    const seeded = f.set('old', 1)
    await store.drain()
    await seeded
    const updated = f.update(1)

    const got = f.get(1)
    ;(await store.next('get')).finish()

    expect(await got).toBe('old')
    ;(await runs.next()).resolve('new')
    await store.drain()
    await updated
  })

  it('gives a miss while a call runs', async () => {
    const call = f(1)
    ;(await store.next('get')).finish()
    await runs.next()

    const got = f.get(1)
    ;(await store.next('get')).finish()

    expect(await got).toBeUndefined()
    await finish('new')
    await call
  })
})

describe('a read that began while a delete was under way', () => {
  it('is not joined once the delete has ended: it may have seen what was there before', async () => {
    const seeded = f.set('old', 1)
    await store.drain()
    await seeded
    const removed = f.delete(1)
    const early = f(1)
    ;(await store.next('get')).apply()
    ;(await store.next('delete')).finish()
    await removed

    const late = f(1)

    await finish('new')
    expect(await Promise.all([early, late])).toEqual(['old', 'new'])
  })
})

describe('two writes', () => {
  it.each(['set', 'update'] as const)(
    'of which the second is a %s are in the air one after the other',
    async (verb) => {
      const first = f.set('first', 1)
      await store.next('set')
      const second = verb === 'set' ? f.set('second', 1) : f.update(1)
      if (verb === 'update') (await runs.next()).resolve('second')
      await quiet()

      const inTheAir = store.pending.length

      expect(inTheAir).toBe(1)
      await store.drain()
      await Promise.all([first, second])
      expect(await stored()).toBe('second')
    },
  )

  it('of different keys do not wait for each other', async () => {
    const writes = [f.set('a', 1), f.set('b', 2), f.setMany([[3], [4]], ['c', 'd'])]

    await quiet()

    expect(store.pending.map(({ key }) => key)).toEqual(['f::1', 'f::2', 'f::3', 'f::4'])
    await store.drain()
    await Promise.all(writes)
  })

  it('end with the one that began later, though its value was ready first', async () => {
    const encodings = controlledRuns<string, [unknown]>()
    const map = new Map<string, unknown>()
    const slow = cached(runs.fn, { store: map, keyPrefix: 'f', coder: [encodings.fn, String] })
    const first = slow.set('first', 1)
    const second = slow.set('second', 1)
    const [early, late] = [...encodings.pending]

    late?.resolve('second')
    await second
    early?.resolve('first')
    await first

    expect(await slow.get(1)).toBe('second')
  })

  it('older than an update that was itself overtaken never come after it', async () => {
    const encodings = controlledRuns<string, [unknown]>()
    const slow = cached(runs.fn, { store: new Map(), keyPrefix: 'f', coder: [encodings.fn, String] })
    const set = slow.set('oldest', 1)
    const [encodedLast] = [...encodings.pending]
    const overtaken = slow.update(1)
    const running = slow.update(1)
    ;(await runs.next()).resolve('overtaken')
    await quiet()
    encodings.pending.find(({ args }) => args[0] === 'overtaken')?.resolve('overtaken')
    await overtaken

    encodedLast?.resolve('oldest')
    await set

    expect(await slow.get(1)).toBeUndefined()
    ;(await runs.next()).reject(new Error('no'))
    await expect(running).rejects.toThrow('no')
  })
})

/** What the store has, when all is done. */
async function stored(): Promise<string | undefined> {
  const read = f.get(1)
  await store.drain()
  return read
}

/** Finishes whatever the store has to do, and every run, with `value`. */
async function finish(value: string): Promise<void> {
  await store.drain()
  while (runs.pending.length > 0) {
    runs.pending[0]?.resolve(value)
    await store.drain()
  }
}

describe('the result of a plain call', () => {
  const read = async () => (await store.next('get')).finish()

  it('is not stored while an update runs, nor after that has failed', async () => {
    const call = f(1)
    await read()
    const run = await runs.next()
    const update = f.update(1).catch(() => 'failed')
    run.resolve('stale')

    expect(await call).toBe('stale')
    ;(await runs.next()).reject(new Error('no'))

    expect(await update).toBe('failed')
    await store.drain()
    expect([...store.data.keys()]).toEqual([])
    expect(store.count('set')).toBe(0)
  })

  it('is not stored after a delete that failed', async () => {
    const call = f(1)
    await read()
    const run = await runs.next()
    const deleting = f.delete(1).catch(() => 'failed')
    ;(await store.next('delete')).fail(new Error('no'))
    expect(await deleting).toBe('failed')
    run.resolve('stale')

    expect(await call).toBe('stale')
    await store.drain()
    expect(store.count('set')).toBe(0)
  })
})
