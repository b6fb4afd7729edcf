/** Orders of steps that were found to break a promise once. */
import { describe, expect, it } from '@jest/globals'
import { type Chooser, type Plan, play } from './interleaving.js'
import { stopTime } from './place-specs.js'

stopTime()

/** These steps one after the other, then always the first of what is possible. */
function inOrder(names: readonly string[]): Chooser {
  let at = 0
  return (steps) => {
    const name = names[at++]
    const step = name === undefined ? steps[0] : steps.find((one) => one.name === name)
    if (step === undefined)
      throw new Error(`'${name}' is not possible, but: ${steps.map((one) => one.name).join('; ')}`)
    return step
  }
}

const found: [name: string, plan: Plan, steps: string][] = [
  [
    'an expire that overtakes a set which is still being coded: the set is gone, and what is older with it',
    {
      ...{ place: 'map', stored: true, window: 'stale' },
      ops: [
        ['set', 0],
        ['expire', 0],
      ],
    },
    'begin set,0; begin expire,0; end encode set 0',
  ],
  [
    'an expire that overtakes an update whose function runs',
    {
      ...{ place: 'adapter', stored: true, window: 'fallback' },
      ops: [
        ['update', 0],
        ['expire', 1],
      ],
    },
    'begin update,0; begin expire,1; apply get 0; answer get 0; apply set 1; answer set 1; end run 0.0',
  ],
  [
    'an expire in another process that ends the lease of an update, and leaves what is older than that',
    {
      ...{ place: 'two processes', stored: true, window: 'stale' },
      ops: [
        ['update', 0],
        ['expire', 1],
      ],
    },
    'begin update,0; apply A lease replace 0; answer A lease replace 0; end A run 0.0; begin expire,1; apply B get 0; answer B get 0; apply B swap 1; apply A lease setMany 1; answer A lease setMany 1',
  ],
  [
    'a read that waits for the replay of a write that failed, while one that began later fails as well',
    {
      ...{ place: 'adapter', stored: true, faults: true },
      ops: [
        ['update', 0],
        ['get', 0],
        ['set', 0],
        ['touch', 0],
        ['call', 0],
      ],
    },
    [
      'begin update,0; begin get,0; apply get 0; answer get 0; end run 0.0; fail set 1',
      'begin set,0; begin touch,0; begin call,0; fail set 2; fail delete 3',
    ].join('; '),
  ],
]

describe('an order of steps that once broke a promise', () => {
  it.each(found)('breaks none: %s', async (_name, plan, steps) => {
    const played = await play(plan, inOrder(steps.split('; ')))

    expect(played.violation === undefined ? undefined : played.story).toBeUndefined()
  })
})
