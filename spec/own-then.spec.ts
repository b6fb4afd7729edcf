import { describe, expect, it } from '@jest/globals'
import { cached } from '../lib/index.js'

/** Members of a promise that stand in the place of its own `then`. */
const thens: [what: string, then: (next: (value: unknown) => void) => unknown][] = [
  ['that never calls', () => undefined],
  ['that gives something else', (next) => next('other')],
  [
    'that throws',
    () => {
      throw new Error('its own')
    },
  ],
  [
    'that calls twice',
    (next) => {
      next('one')
      next('two')
    },
  ],
]

describe('a promise with a `then` of its own', () => {
  it.each(thens)('is waited for as `await` does, by its value: %s', async (_what, then) => {
    let executed = 0
    const f = cached((_id: number): Promise<unknown> => Object.assign(Promise.resolve('value'), { then }) as never, {
      keyPrefix: 'f',
    })
    f.on('execute', () => {
      executed += 1
    })

    const given = [await f(1), await f.get(1), await f.update(2), await f.execute(3)]

    expect([given, executed]).toEqual([['value', 'value', 'value', 'value'], 3])
  })
})
