import { runInNewContext } from 'node:vm'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { composeKey, createKeyer, fitsMemcached, functionPart, hashedKey } from '../lib/key.js'
import type { Memo } from '../lib/memo.js'
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

  it('have every delimiter, white space and control character percent-encoded, and nothing else', () => {
    const unsafe = /[%:,=()[\]{}'\s\p{Cc}]/u
    const ascii = fc.string({ unit: 'binary-ascii', maxLength: 8 })
    fc.assert(
      fc.property(fc.oneof(ascii, text), (name) => {
        const expected = [...name].map((one) => {
          if (/\p{Cs}/u.test(one)) return `%u${one.charCodeAt(0).toString(16).toUpperCase()}`
          if (!unsafe.test(one)) return one
          return [...Buffer.from(one)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('')
        })

        expect(functionPart(name, undefined)).toBe(expected.join(''))
      }),
      { numRuns: 2_000 },
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

describe('keys that are remembered, over generated arguments', () => {
  /** Members of one object, in their order; odd ones make it what no memo may take for another. */
  const simple = fc.oneof(
    {
      weight: 3,
      arbitrary: fc.constantFrom<unknown>('', 'a', 'b', '1', 'null', 1, 0, -0, Number.NaN, true, null, undefined),
    },
    text,
    number,
  )
  const odd = fc.oneof(
    fc.constantFrom(
      'symbol',
      'hidden symbol',
      'symbol as undefined',
      'hidden',
      'inherited',
      'no prototype',
      'tag',
      'own tag',
    ),
    fc.constantFrom(
      'date',
      'arguments',
      'other realm',
      'getter',
      'turning getter',
      'proxy',
      'tagged proxy',
      'nested',
      'signal',
    ),
  )
  const members = fc.uniqueArray(fc.tuple(fc.constantFrom('a', 'b', 'c', '1', '', '__proto__', 'toString'), simple), {
    selector: ([name]) => name,
    maxLength: 4,
  })
  /** Each call makes its arguments anew, as callers do. */
  const argument = fc.oneof(
    { weight: 3, arbitrary: simple.map((value) => () => value) },
    { weight: 4, arbitrary: members.map((entries) => () => objectOf(entries)) },
    {
      weight: 2,
      arbitrary: fc.tuple(members, odd).map(
        ([entries, kind]) =>
          () =>
            oddObject(kind, entries),
      ),
    },
    fc.constantFrom(1n, Symbol('s'), () => 1, [], [1], new Map()).map((value) => () => value),
  )
  const calls = fc.array(fc.array(argument, { maxLength: 3 }), { minLength: 1, maxLength: 12 })

  it('are what is composed, or the same error, the first time and each time after it', () => {
    fc.assert(
      fc.property(calls, (lists) => {
        const keyOf = createKeyer({ functionPart: 'f' })
        const outcomes = (by: (list: unknown[]) => string) =>
          [...lists, ...lists, ...lists.toReversed()].map((list) => outcomeOf(() => by(list.map((make) => make()))))

        const remembered = outcomes(keyOf)

        expect(remembered).toEqual(outcomes((list) => composeKey('f', list)))
      }),
      { numRuns: 3_000 },
    )
  })

  it('are what is composed, or the same error, where too many came in vain to remember any more', () => {
    fc.assert(
      fc.property(calls, (lists) => {
        const { memo } = createKeyer({ functionPart: 'f' })
        const all = [...lists, ...lists, ...lists.toReversed()]
        const outcomes = (by: (list: unknown[]) => string) =>
          all.map((list) => outcomeOf(() => by(list.map((make) => make()))))
        fillInVain(memo)

        const remembered = outcomes((list) => {
          const known = memo?.find(list)
          const key = known ?? memo?.composeUnlessVain(list) ?? 'there is no memo'
          if (known === undefined) memo?.comeAgain()
          return key
        })

        expect(remembered).toEqual(outcomes((list) => composeKey('f', list)))
      }),
      { numRuns: 5 },
    )
  })

  it('are not remembered once it was filled and none came again, and from the first that does on they are', () => {
    const { memo } = createKeyer({ functionPart: 'f' })
    const composed = (list: unknown[]) => [memo?.composeUnlessVain(list), memo?.find(list)]
    fillInVain(memo)

    const inVain = composed(['a', 1])
    memo?.comeAgain()
    const after = composed(['a', 1])

    expect([inVain, after]).toEqual([
      ['f::a:1', undefined],
      ['f::a:1', 'f::a:1'],
    ])
  })

  it('are remembered as long as others are found now and then', () => {
    const { memo } = createKeyer({ functionPart: 'f' })

    const known = Array.from({ length: FILLS }, (_, i) => {
      memo?.composeUnlessVain([i])
      return memo?.find([i - (i % 1_000)])
    })

    expect([known.at(-1), memo?.find([FILLS - 1])]).toEqual([`f::${FILLS - 1000}`, `f::${FILLS - 1}`])
  })

  it('are found for no other arguments', () => {
    fc.assert(
      fc.property(args, (list) => {
        const keyOf = createKeyer({ functionPart: 'f' })
        const lists = [list, ...similarCalls(list)]
        for (const some of lists) keyOf(some)

        const found = [...lists, ...lists.flatMap((some) => [some.slice(1), some.slice(0, -1), [...some, 1]])].map(
          (some) => [keyOf.memo?.find(some), composeKey('f', some)],
        )

        expect(found.filter(([key, composed]) => key !== undefined && key !== composed)).toEqual([])
      }),
      { numRuns: 300 },
    )
  })

  it('are of what was read, where a getter gives something else each time', () => {
    let reads = 0
    const keyOf = createKeyer({ functionPart: 'f' })
    const turning = () => ({
      get a() {
        reads += 1
        return reads
      },
    })

    const keys = Array.from({ length: 4 }, () => keyOf([turning()]))

    const before = reads
    const others = Array.from({ length: before }, (_, i) => keyOf([{ a: i + 1 }]))
    expect(keys.every((key) => others.includes(key))).toBe(true)
    expect(others).toEqual(Array.from({ length: before }, (_, i) => `f::(a=${i + 1})`))
  })

  it('are of its own members, where every object inherits one', () => {
    const keyOf = createKeyer({ functionPart: 'f' })
    const keys = [keyOf([{ a: 1, everywhere: 1 }]), keyOf([{ a: 1 }])]

    Object.defineProperty(Object.prototype, 'everywhere', { value: 1, enumerable: true, configurable: true })
    try {
      keys.push(keyOf([{ a: 1 }]), keyOf([{ a: 1 }]))
    } finally {
      Reflect.deleteProperty(Object.prototype, 'everywhere')
    }

    expect(keys).toEqual(['f::(a=1,everywhere=1)', 'f::(a=1)', 'f::(a=1)', 'f::(a=1)'])
  })

  it('are of what was read, where a getter calls the function itself', () => {
    const keyOf = createKeyer({ functionPart: 'f' })
    const make = () => ({
      a: 1,
      get b() {
        return keyOf([{ a: 5, b: 6 }]).length
      },
      c: 2,
    })
    keyOf([{ a: 5, b: 6 }])
    keyOf([{ a: undefined, b: 12, c: 2 }])

    const keys = [keyOf([make()]), keyOf([make()]), keyOf([make()])]

    expect(keys).toEqual(Array(3).fill('f::(a=1,b=12,c=2)'))
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

/** More than a memo has room for. */
const FILLS = 32_000

function fillInVain(memo: Memo | undefined): void {
  for (let i = 0; i < FILLS; i++) memo?.composeUnlessVain([`in vain ${i}`])
}

/** No text on either side has two on the other. */
function expectOneToOne(pairs: [string, string][]) {
  const right = new Map(pairs)
  const left = new Map(pairs.map(([a, b]) => [b, a]))
  const torn = pairs.filter(([a, b]) => left.get(b) !== a || right.get(a) !== b)
  expect(torn).toEqual([])
}

function outcomeOf(act: () => string): string {
  try {
    return act()
  } catch (error) {
    return String(error)
  }
}

type Entries = readonly (readonly [name: string, value: unknown])[]

function objectOf(entries: Entries, object: object = {}): object {
  for (const [name, value] of entries) {
    Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true })
  }
  return object
}

const mark = Symbol('mark')

/** An object with these members that is not what it looks like, or not only. */
function oddObject(kind: string, entries: Entries): object {
  const object = objectOf(entries)
  switch (kind) {
    case 'symbol':
      return Object.assign(object, { [mark]: 1 })
    case 'symbol as undefined':
      return Object.assign(object, { [mark]: undefined })
    case 'hidden symbol':
      return Object.defineProperty(object, mark, { value: 1 })
    case 'hidden':
      return Object.defineProperty(object, 'hidden', { value: 1 })
    case 'inherited':
      return Object.setPrototypeOf(object, { inherited: 1 })
    case 'no prototype':
      return Object.setPrototypeOf(object, null)
    case 'tag':
      return Object.setPrototypeOf(object, { [Symbol.toStringTag]: 'Tagged' })
    case 'own tag':
      return Object.defineProperty(object, Symbol.toStringTag, { value: 'Tagged' })
    case 'date':
      return objectOf(entries, Object.setPrototypeOf(new Date(0), Object.prototype))
    case 'arguments':
      return argumentsObject()
    case 'other realm':
      return objectOf(entries, runInNewContext('({})'))
    case 'getter':
      return Object.defineProperty(object, 'a', { get: () => 1, enumerable: true, configurable: true })
    case 'turning getter':
      return Object.defineProperty(object, 'a', { get: thrown, enumerable: true, configurable: true })
    case 'proxy':
      return new Proxy(object, {})
    case 'tagged proxy':
      return new Proxy(object, {
        get: (target, name) => (name === Symbol.toStringTag ? 'Tagged' : Reflect.get(target, name)),
      })
    case 'nested':
      return { ...object, nested: { a: 1 } }
    default:
      return { ...object, signal: new AbortController().signal }
  }
}

function thrown(): never {
  throw new Error('no')
}

function argumentsObject(..._args: unknown[]): object {
  // biome-ignore lint/complexity/noArguments: it is what is meant
  return arguments
}
