import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { composeKey, createKeyer, fitsMemcached, functionPart, hashedKey, receiverText, ringKey } from '../lib/key.js'

class User {
  constructor(readonly id: unknown) {}
  [ringKey]() {
    return this.id
  }
}

class Money {
  constructor(readonly amount: unknown) {}
  toJSON() {
    return this.amount
  }
}

/** Delimiters, what looks like other tokens, and the corners of Unicode. */
const pieces = [
  ...[
    '',
    ':',
    '::',
    ',',
    '=',
    '(',
    ')',
    '[',
    ']',
    '{',
    '}',
    "'",
    '"',
    '%',
    '\\',
    '/',
    '+',
    '-',
    '.',
    '_',
    '#',
    'a',
    'n',
    'u',
  ],
  ...[
    '0',
    '1',
    '-1',
    '-0',
    '1.5',
    '1e5',
    '1e+21',
    '10n',
    'true',
    'false',
    'null',
    'undefined',
    'NaN',
    'Infinity',
    '-Infinity',
  ],
  ...[
    "'1'",
    "''",
    '(a=1)',
    '[1]',
    '()',
    'Set(1)',
    'Map(1=1)',
    'Date(NaN)',
    'User(1)',
    'URL(http%3A//a/)',
    'sha256=',
    '%3A',
    '%25',
  ],
  ...[
    '%uD800',
    'D800',
    'http://a/',
    'user',
    'list',
    ' ',
    '\t',
    '\n',
    '\r',
    '\0',
    '\x1b',
    '\x7f',
    '\x85',
    '\x9f',
    '\u00a0',
    '\ufeff',
  ],
  ...[
    '\u2028',
    '\u200b',
    '\u3000',
    'é',
    'e\u0301',
    '日',
    '😀',
    '\ud83d',
    '\ude00',
    '\ud800',
    '\udc00',
    '\uffff',
    '__proto__',
  ],
]
const text = fc.oneof(
  { weight: 4, arbitrary: fc.array(fc.constantFrom(...pieces), { maxLength: 3 }).map((some) => some.join('')) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 4 }) },
)
const number = fc.oneof(fc.constantFrom(0, -0, 1, -1, 10, 1.5, 1e5, 1e21, Number.NaN, Infinity, -Infinity), fc.double())
const primitive = fc.oneof(
  { weight: 3, arbitrary: text },
  { weight: 2, arbitrary: number },
  fc.bigInt({ min: -11n, max: 11n }),
  fc.constantFrom(true, false, null, undefined),
)
const leaf = fc.oneof(
  { weight: 8, arbitrary: primitive },
  fc.constantFrom(0, 1, Number.NaN).map((time) => new Date(time)),
  fc.constantFrom('http://a', 'http://a/1', 'http://b/(1)').map((href) => new URL(href)),
  fc.constantFrom(/a/, /a/g, /\(1:/u),
  fc.uint8Array({ maxLength: 2 }),
  fc.uint8Array({ maxLength: 2 }).map((bytes) => Buffer.from(bytes)),
  fc.constant(undefined).map(() => new AbortController().signal),
)
const { value } = fc.letrec<{ value: unknown }>((tie) => {
  const below = tie('value')
  return {
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      { weight: 5, arbitrary: leaf },
      fc.array(below, { maxLength: 3 }),
      fc.dictionary(text, below, { maxKeys: 3, noNullPrototype: false }),
      fc.array(below, { maxLength: 3 }).map((items) => new Set(items)),
      fc.array(fc.tuple(below, below), { maxLength: 2 }).map((entries) => new Map(entries)),
      below.filter((id) => id !== undefined && !isSignal(id)).map((id) => new User(id)),
      below.filter((id) => id !== undefined && !isSignal(id)).map((id) => new Money(id)),
    ),
  }
})
const args = fc.array(value, { maxLength: 3 })

describe('keys, over generated arguments', () => {
  it('are the same if and only if the arguments are', () => {
    fc.assert(
      fc.property(fc.array(args, { minLength: 1, maxLength: 3 }), (lists) => {
        const calls = lists.flatMap((list) => [list, ...lookAlikes(list).filter(Array.isArray)])

        const pairs = calls.map((call): [string, string] => [composeKey('f', call), identity(call)])

        expectOneToOne(pairs)
      }),
      { numRuns: 1_500 },
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
          JSON.stringify([some, identity(list)]),
        ])

        expectOneToOne(pairs)
      }),
      { numRuns: 1_000 },
    )
  })

  it('differ between receivers of one function', () => {
    const receiver = fc.option(
      text.filter((some) => some !== ''),
      { nil: undefined },
    )
    fc.assert(
      fc.property(fc.array(fc.tuple(receiver, few), { minLength: 2, maxLength: 30 }), (calls) => {
        const pairs = calls.map(([some, list]): [string, string] => [
          composeKey('User.get', list, some === undefined ? undefined : receiverText(some)),
          JSON.stringify([some === undefined ? 'none' : ['one', some], identity(list)]),
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
      fc.property(fc.array(fc.tuple(long, fc.oneof(few, args)), { minLength: 2, maxLength: 10 }), (calls) => {
        const pairs = calls.map(([some, list]): [string, string] => {
          const part = functionPart('f', some)
          return [createKeyer({ functionPart: part, fit })(list), composeKey(part, list)]
        })

        expectOneToOne(pairs)
        for (const [key] of pairs) expect(key).toMatch(/^[!-~]{1,250}$/)
      }),
      { numRuns: 500 },
    )
  })
})

/** No text on either side has two on the other. */
function expectOneToOne(pairs: [string, string][]) {
  const right = new Map(pairs)
  const left = new Map(pairs.map(([a, b]) => [b, a]))
  for (const [a, b] of pairs) expect([left.get(b), right.get(a)]).toEqual([a, b])
}

function isSignal(some: unknown): boolean {
  return some instanceof AbortSignal
}

/** What arguments mean, by JSON instead of the grammar: the other way to the same answer. */
function identity(list: readonly unknown[]): string {
  const meanings = list.map(meaning)
  while (meanings.at(-1) === NOTHING) meanings.pop()
  return JSON.stringify(meanings)
}

const NOTHING = '["undefined"]'

function meaning(some: unknown): string {
  if (some === undefined || isSignal(some)) return NOTHING
  if (typeof some !== 'object' || some === null) return JSON.stringify([typeof some, String(some)])
  if (Array.isArray(some)) return JSON.stringify(['array', some.map(meaning)])
  if (some instanceof Set) return JSON.stringify(['set', [...some].map(meaning).sort()])
  if (some instanceof Map)
    return JSON.stringify(['map', [...some].map((entry) => JSON.stringify(entry.map(meaning))).sort()])
  if (some instanceof User) return JSON.stringify(['user', meaning(some.id)])
  if (some instanceof Money) return JSON.stringify(['money', meaning(some.amount)])
  if (some instanceof Date) return JSON.stringify(['date', some.getTime()])
  if (some instanceof URL) return JSON.stringify(['url', some.href])
  if (some instanceof RegExp) return JSON.stringify(['regexp', some.source, some.flags])
  if (ArrayBuffer.isView(some)) return JSON.stringify([Buffer.isBuffer(some) ? 'buffer' : 'bytes', Object.values(some)])
  const members = Object.entries(some).map(([name, member]) => [name, meaning(member)])
  return JSON.stringify(['object', members.filter(([, member]) => member !== NOTHING).sort()])
}

/** Values that a careless key would take for this one, at the top or at any one place within. */
function lookAlikes(some: unknown): unknown[] {
  const own = [[some], [[some]], { a: some }, new Set([some]), new Map([[some, undefined]]), inWords(some)]
  if (typeof some === 'string') own.push(Number(some), `'${some}'`, `${some}:`, encodeURIComponent(some.toWellFormed()))
  if (typeof some === 'string') own.push(some.normalize('NFD'), some.toWellFormed(), some.trim(), some.toUpperCase())
  if (typeof some === 'number') own.push(-some, some + 1, `${some}n`, Number.isSafeInteger(some) ? BigInt(some) : null)
  if (some instanceof User || some instanceof URL) own.push(new User(some instanceof URL ? some.href : `${some.id}`))
  if (Buffer.isBuffer(some)) own.push(Uint8Array.from(some), some.toString('base64'))
  if (some instanceof Set) own.push([...some], ...lookAlikes([...some]).map((items) => setOf(items)))
  if (some instanceof Map)
    own.push([...some], new Set(some.keys()), Object.fromEntries([...some].map(([k, v]) => [inWords(k), v])))
  if (Array.isArray(some)) own.push(...listLookAlikes(some))
  else if (isPlain(some)) own.push(...objectLookAlikes(some))
  return own
}

function listLookAlikes(list: unknown[]): unknown[] {
  const changed = list.flatMap((item, i) => lookAlikes(item).map((other) => list.with(i, other)))
  const joined = [':', ',', '=', ''].map((by) => [list.map(inWords).join(by)])
  return [
    ...changed,
    ...joined,
    list.slice(1),
    [...list, undefined],
    [...list, null],
    [...list].reverse(),
    [list, list],
    { ...list },
  ]
}

function objectLookAlikes(object: Record<string, unknown>): unknown[] {
  const entries = Object.entries(object)
  const changed = listLookAlikes(entries).filter((list): list is [string, unknown][] => isEntries(list))
  return [
    ...changed.map((list) => Object.fromEntries(list)),
    new Map(entries),
    entries,
    Object.keys(object),
    { ...object, b: undefined },
  ]
}

/** What stands in the key for this value, or what `String` makes of it: as a string. */
function inWords(some: unknown): string {
  const key = composeKey('', [some])
  return typeof some === 'string' ? some : decode(key.slice(2))
}

function decode(key: string): string {
  try {
    return decodeURIComponent(key)
  } catch {
    return key
  }
}

const isPlain = (some: unknown): some is Record<string, unknown> =>
  typeof some === 'object' && some !== null && [Object.prototype, null].includes(Object.getPrototypeOf(some))

const isEntries = (list: unknown) =>
  Array.isArray(list) &&
  list.every((entry) => Array.isArray(entry) && typeof entry[0] === 'string' && entry.length === 2)

const setOf = (items: unknown) => (Array.isArray(items) ? new Set(items) : items)

/** The same value, with everything whose order does not count the other way round. */
function reversed(some: unknown): unknown {
  if (Array.isArray(some)) return some.map(reversed)
  if (some instanceof Set) return new Set([...some].reverse().map(reversed))
  if (some instanceof Map) return new Map([...some].reverse().map(([key, item]) => [reversed(key), reversed(item)]))
  if (some instanceof User) return new User(reversed(some.id))
  if (!isPlain(some)) return some
  return Object.fromEntries(
    Object.entries(some)
      .reverse()
      .map(([name, item]) => [name, reversed(item)]),
  )
}
