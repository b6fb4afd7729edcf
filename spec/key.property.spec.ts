import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { composeKey, createKeyer, fitsMemcached, functionPart, hashedKey } from '../lib/key.js'
import { receiverText } from '../lib/receiver.js'
import { args, meaningOf, number, reversed, similarCalls, text } from './support/arguments.js'

describe('keys, over generated arguments', () => {
  it('are the same if and only if the arguments are', () => {
    fc.assert(
      fc.property(fc.array(args, { minLength: 1, maxLength: 3 }), (lists) => {
        const calls = lists.flatMap((list) => [list, ...similarCalls(list)])

        const pairs = calls.map((call): [string, string] => [composeKey('f', call), meaningOf(call)])

        expectOneToOne(pairs)
      }),
      { numRuns: 150 },
    )
  })

  it('do not depend on the order of members, items and entries, nor on trailing undefined', () => {
    fc.assert(
      fc.property(args, fc.nat(2), (list, trailing) => {
        const other = [...list.map(reversed), ...Array(trailing).fill(undefined)]

        const keys = [composeKey('f', list), composeKey('f', other)]

        expect(keys[1]).toBe(keys[0])
      }),
      { numRuns: 500 },
    )
  })

  it('are well-formed Unicode without braces, white space and control characters', () => {
    fc.assert(
      fc.property(text, args, (name, list) => {
        const key = composeKey(functionPart(name, undefined), list)

        expect(key).not.toMatch(/[{}\s\p{Cc}\p{Cs}]/u)
      }),
      { numRuns: 1_000 },
    )
  })

  it('are the same whichever way they are made', () => {
    const keyOf = createKeyer({ functionPart: 'f' })
    const simple = fc.array(fc.oneof(text, number), { minLength: 1, maxLength: 2 })
    fc.assert(
      fc.property(fc.oneof({ weight: 3, arbitrary: simple }, args), (list) => {
        const keys = [keyOf(list), keyOf([...list])]

        expect(keys).toEqual(Array(2).fill(composeKey('f', list)))
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('keys, over generated functions and receivers', () => {
  const prefix = fc
    .array(fc.constantFrom('user', 'list', ':', '1', 'a', '{', '}', ' ', 'é', '=', 'sha256=', '%'), {
      minLength: 1,
      maxLength: 4,
    })
    .map((some) => some.join(''))
    .filter((some) => !some.includes('::') && !some.endsWith(':'))
  const few = fc.array(fc.constantFrom<unknown>('user', 'list', ':', ':list', '', 1, '1', 'a', '=', '%', [], {}), {
    maxLength: 2,
  })

  it('differ between prefixes, also where one extends the other', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(prefix, few), { minLength: 2, maxLength: 30 }), (calls) => {
        const pairs = calls.map(([some, list]): [string, string] => [
          composeKey(functionPart('f', some), list),
          JSON.stringify([some, meaningOf(list)]),
        ])

        expectOneToOne(pairs)
      }),
      { numRuns: 1_000 },
    )
  })

  it('differ between receivers of one function', () => {
    const piece = fc.constantFrom('user', 'list', '1', 'a', ':', '::', '%', '%3A', ' ', '\ud800')
    const some = fc.array(piece, { minLength: 1, maxLength: 3 }).map((pieces) => pieces.join(''))
    const receiver = fc.option(some, { nil: undefined })
    fc.assert(
      fc.property(fc.array(fc.tuple(receiver, few), { minLength: 2, maxLength: 30 }), (calls) => {
        const pairs = calls.map(([some, list]): [string, string] => [
          composeKey('User.get', list, some === undefined ? undefined : receiverText(some)),
          JSON.stringify([some === undefined ? 'none' : ['one', some], meaningOf(list)]),
        ])

        expectOneToOne(pairs)
      }),
      { numRuns: 1_000 },
    )
  })

  it('on memcached fit, and differ as the whole keys do', () => {
    const long = fc.oneof(
      prefix,
      fc.tuple(prefix, fc.nat(300)).map(([some, length]) => `${some}${'x'.repeat(length)}`),
    )
    const fit = (key: string, part: string) => (fitsMemcached(key, 250) ? key : hashedKey(key, part, 250))
    fc.assert(
      fc.property(long, long, args, (some, other, list) => {
        const calls = [some, other].flatMap((each) =>
          [list, ...similarCalls(list)].map((call) => [each, call] as const),
        )

        const pairs = calls.map(([each, call]): [string, string] => {
          const part = functionPart('f', each)
          return [createKeyer({ functionPart: part, fit })(call), composeKey(part, call)]
        })

        expectOneToOne(pairs)
        expect(pairs.filter(([key]) => !/^[!-~]{1,250}$/.test(key))).toEqual([])
      }),
      { numRuns: 60 },
    )
  })
})

/** No text on either side has two on the other. */
function expectOneToOne(pairs: [string, string][]) {
  const right = new Map(pairs)
  const left = new Map(pairs.map(([a, b]) => [b, a]))
  const torn = pairs.filter(([a, b]) => left.get(b) !== a || right.get(a) !== b)
  expect(torn).toEqual([])
}
