import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import fc from 'fast-check'
import { type Chooser, type Op, play, playAll, type StoreKind } from './interleaving.js'

const STORES: StoreKind[] = ['adapter', 'keyv', 'map']
const READERS: Op[] = [
  ['call', 0],
  ['get', 0],
]
const WRITERS: Op[] = [
  ['set', 0],
  ['update', 0],
  ['delete', 0],
  ['set', 1],
  ['update', 1],
  ['delete', 1],
]

const VERB = fc.constantFrom<Op[0]>('call', 'get', 'set', 'update', 'delete', 'touch', 'many', 'updateMany')
const PLANS = fc.record({
  ops: fc.array(fc.tuple(VERB, fc.constantFrom<Op[1]>(0, 1)), { minLength: 3, maxLength: 5 }),
  stored: fc.boolean(),
})

const CHOICES = fc.uint8Array({ minLength: 100, maxLength: 100 })

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] })
})
afterEach(() => {
  jest.useRealTimers()
})

describe.each(STORES)('the order of operations on one key, on a store that is a %s', (store) => {
  it.each(WRITERS)(
    'holds in every order of a call and a %s of wrapper %i, whether or not something was stored',
    async (...writer) => {
      let played = 0
      for (const reader of READERS) {
        for (const stored of [false, true]) {
          played += await playAll({ store, stored, ops: [reader, writer] })
          played += await playAll({ store, stored, ops: [writer, reader] })
        }
      }

      expect(played).toBeGreaterThan(2)
    },
  )

  it.each(WRITERS)('holds in every order of two writes, the second one a %s of wrapper %i', async (...writer) => {
    let played = 0
    for (const other of WRITERS.slice(0, 3)) played += await playAll({ store, stored: true, ops: [other, writer] })

    expect(played).toBeGreaterThan(2)
  })

  it('holds in every order of a set, an update and another update', async () => {
    const played = await playAll({
      store,
      stored: true,
      ops: [
        ['set', 0],
        ['update', 1],
        ['update', 0],
      ],
    })

    expect(played).toBeGreaterThan(2)
  })

  it.each(WRITERS)('holds in every order of two calls while a %s of wrapper %i is under way', async (...writer) => {
    const played = await playAll({ store, stored: true, ops: [writer, ['call', 0], ['call', 0]] })

    expect(played).toBeGreaterThan(2)
  })

  it('holds in any order of three to five operations', async () => {
    await fc.assert(
      fc.asyncProperty(PLANS, CHOICES, (plan, choices) => play({ ...plan, store }, from(choices))),
      {
        numRuns: 1_000,
      },
    )
  })

  it('holds where operations and runs fail and time runs out', async () => {
    await fc.assert(
      fc.asyncProperty(PLANS, CHOICES, (plan, choices) => play({ ...plan, store, faults: true }, from(choices))),
      { numRuns: 1_000 },
    )
  })
})

/** The choices one after the other, then always the first of what is possible. */
function from(choices: Uint8Array): Chooser {
  let used = 0
  return (count) => (choices[used++] ?? 0) % count
}
