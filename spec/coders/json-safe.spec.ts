import { runInNewContext } from 'node:vm'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { createSafeWriter } from '../../lib/coders/json-safe.js'
import { slowSuperjson, superjson } from '../../lib/coders/superjson.js'

const pool = [{ n: 1 }, [1], {}, [], { list: [{}] }]
class Point {
  x = 1
}
class List extends Array {}

describe('the fast way of superjson', () => {
  it('refuses, as the slow way does, an array whose names are as many as its places and yet not these', () => {
    const array = [1, 2, 3]
    Object.defineProperty(array, 1, { value: 5, enumerable: false })
    Object.assign(array, { name: 'lost' })

    expect(outcomeOf(superjson.encode, array)).toEqual(outcomeOf(slowSuperjson.encode, array))
  })

  it('gives the text or the error of the slow way', () => {
    fc.assert(
      fc.property(anything, (value) => {
        expect(outcomeOf(superjson.encode, value)).toEqual(outcomeOf(slowSuperjson.encode, value))
      }),
      { numRuns: 2000 },
    )
  })

  it('takes all that is plainly JSON', () => {
    const writeSafe = createSafeWriter()

    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4, stringUnit: 'binary' }), (generated) => {
        const json = JSON.stringify(generated)
        fc.pre(!/"(?:__proto__|constructor|prototype)":/.test(json))
        const value: unknown = JSON.parse(json)

        expect(writeSafe(value)).toBe(slowSuperjson.encode(value))
        expect(writeSafe(value)).toBe(`{"json":${JSON.stringify(value)}}`)
      }),
      { numRuns: 1000 },
    )
  })

  it.each<[string, unknown]>([
    ['undefined', undefined],
    ['a member that is undefined', { a: undefined }],
    ['NaN', [Number.NaN]],
    ['Infinity in a long list', [...numbers(20), Number.POSITIVE_INFINITY]],
    ['-0', { a: -0 }],
    ['-0 in a long list', [...numbers(20), -0]],
    ['a bigint', [1n]],
    ['a Date', { at: new Date(0) }],
    ['a Buffer', [Buffer.from('a')]],
    ['a function', { toJSON: () => 1 }],
    ['an instance of a class', new Point()],
    ['an array of a derived class', List.from([1])],
    ['bytes as a plain object', Object.setPrototypeOf(new Uint8Array(2), Object.prototype)],
    ['no prototype', Object.assign(Object.create(null), { a: 1 })],
    ['an object of another realm', runInNewContext('({ a: 1 })')],
    ['an array of another realm', { list: runInNewContext('[1]') }],
    // biome-ignore lint/suspicious/noSparseArray: the hole is the case
    ['a hole', [1, , 3]],
    ['a hole and a named member', Object.assign(Array(1), { a: 1 })],
    ['a hole in a long list, and a named member', Object.assign(Array.from(numbers(20)), { length: 21, a: 1 })],
    ['a named member of an array', 'abc'.match(/b/)],
    ['a named member of a long array', Object.assign(numbers(20), { a: 1 })],
    ['an element that is not enumerable', Object.defineProperty([1, 2], 1, { enumerable: false })],
    ['a symbol that names a member', { [Symbol('s')]: 1 }],
    ['a symbol that names a member of an array', Object.assign([1], { [Symbol('s')]: 1 })],
    ['a member named __proto__', JSON.parse('{"a":{"__proto__":1}}')],
    ['a member named constructor', { constructor: 1 }],
    ['a member named prototype', [{ prototype: 1 }]],
    ['an object that is there twice', { a: pool[0], b: [pool[0]] }],
    ['an empty array that is there twice', [pool[3], pool[3]]],
    ['a cycle', cycle()],
    ['what lies deep', nest(501)],
    ['what lies too deep for the stack', nest(50_000)],
    ['a getter that throws', { a: { get b() { throw new Error('b') } }, get c() { throw new Error('c') } }], // biome-ignore format: one line as the others
    ['a proxy that was revoked', [revoked()]],
  ])('leaves %s to the slow way', (_name, value) => {
    const writeSafe = createSafeWriter()

    expect(writeSafe(value)).toBeUndefined()
    expect(outcomeOf(superjson.encode, value)).toEqual(outcomeOf(slowSuperjson.encode, value))
  })

  it.each<[string, unknown]>([
    ['a toJSON that is not enumerable', Object.defineProperty({ a: 1 }, 'toJSON', { value: () => 5 })],
    ["an array's toJSON that is not enumerable", Object.defineProperty(numbers(20), 'toJSON', { value: () => 5 })],
    ['a toJSON that is no function', { toJSON: 1 }],
    ['a member that is not enumerable', Object.defineProperty({ a: 1 }, 'b', { value: () => 5 })],
    ['a getter', { get a() { return { b: 1 } } }], // biome-ignore format: one line as the others
    ['a boxed number as a plain object', Object.setPrototypeOf(Object(2), Object.prototype)],
    ['a proxy of an object', new Proxy({ a: [1], b: 'c' }, {})],
    ['a proxy of an array', new Proxy([{ a: 1 }, 'b'], {})],
    ['lone surrogates', { '\ud800': ['\udfff', 'a\ud83d'], '😀': '😀' }],
    ['names and strings to be escaped', { 'a.b\\': '"\n\0\u2028', '': '' }],
    ['names that are numbers', { 10: 1, 2: 1, a: 1, '-1': 1 }],
    ['numbers of every form', [1e21, 1e-7, 0.1, -5, Number.MAX_VALUE, Number.MIN_VALUE, 2 ** 53]],
    ['more names than are remembered', Object.fromEntries(numbers(2500).map((n) => [`name ${n}`, n]))],
    ['a long name', { ['n'.repeat(1000)]: 1 }],
    ['what lies as deep as it goes', nest(500)],
  ])('writes %s as the slow way does', (_name, value) => {
    const writeSafe = createSafeWriter()

    expect(writeSafe(value)).toBe(slowSuperjson.encode(value))
    expect(writeSafe(value)).toBe(slowSuperjson.encode(value))
  })

  it('writes what a getter gave when it was looked at', () => {
    const given = [1, new Date(0)]
    const value = { get a() { return given.shift() } } // biome-ignore format: one line

    const text = superjson.encode(value)

    expect(text).toBe('{"json":{"a":1}}')
  })

  it('writes what the elements of a long list were when they were looked at', () => {
    const given = [1, 2, () => 3, () => 4]
    const list = Object.defineProperty(numbers(20), 0, { get: () => given.shift(), enumerable: true })

    const text = superjson.encode(list)

    expect(text).toBe(`{"json":[1,${numbers(20).slice(1)}]}`)
  })

  it.each<[string, object, PropertyDescriptor]>([
    ['toJSON', Object.prototype, { value: () => 'x' }],
    ['toJSON', Array.prototype, { value: () => 'x' }],
    ['extra', Object.prototype, { value: 1, enumerable: true }],
    ['1', Array.prototype, { value: 1, enumerable: true }],
  ])('leaves all to the slow way where a prototype has been given a member %s', (name, prototype, descriptor) => {
    // biome-ignore lint/suspicious/noSparseArray: the hole is the case
    const values = [{ a: 1 }, [1], [1, , 3], 'a']
    Object.defineProperty(prototype, name, { ...descriptor, configurable: true })
    let outcomes: [fast: unknown, slow: unknown][]

    try {
      outcomes = values.map((value) => [outcomeOf(superjson.encode, value), outcomeOf(slowSuperjson.encode, value)])
    } finally {
      Reflect.deleteProperty(prototype, name)
    }

    expect(outcomes.map(([fast]) => fast)).toEqual(outcomes.map(([, slow]) => slow))
  })
})

/** The text, or what is known of the error. */
function outcomeOf(encode: (value: unknown) => unknown, value: unknown): unknown {
  try {
    return { text: encode(value) }
  } catch (error) {
    return { error: String(error), cause: String((error as Error).cause) }
  }
}

function numbers(length: number): number[] {
  return Array.from({ length }, (_, n) => n)
}

function cycle(): unknown {
  const list: unknown[] = [1]
  list.push({ list })
  return list
}

function nest(depth: number): unknown {
  let value: unknown = 1
  for (let level = 0; level < depth; level++) value = level % 2 === 0 ? [value] : { a: value }
  return value
}

function revoked(): unknown {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

const safe: fc.Arbitrary<unknown> = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string(),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
  fc.constant(null),
)

const unsafe: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(undefined, Number.NaN, Number.NEGATIVE_INFINITY, -0, Symbol('s'), noop, Object('a')),
  fc.constantFrom('\ud800', '\udfff\ud800', '"', '\\', '\u007f', '\u2028'),
  fc.bigInt(),
  fc.date(),
  fc.uint8Array({ maxLength: 3 }),
  fc
    .constantFrom<() => unknown>(
      () => new Point(),
      () => new Map([[1, {}]]),
      () => new Set([1n]),
      () => /a/,
      () => new URL('http://a/'),
      () => Buffer.from('a'),
      () => new Error('a', { cause: 1 }),
      () => runInNewContext('({ a: [1] })'),
      cycle,
    )
    .map((make) => make()),
)

const nameOf = fc.oneof(
  { weight: 6, arbitrary: fc.string({ maxLength: 3, unit: 'binary' }) },
  { weight: 6, arbitrary: fc.constantFrom('a', 'b', 'name', '1', '0', '', 'then', 'a.b', '\\.', '\ud800') },
  { weight: 1, arbitrary: fc.constantFrom('__proto__', 'constructor', 'prototype', 'toJSON') },
)

/** What is done to an object or array after it was made. */
const changes: ((object: object) => object)[] = [
  (object) => Object.assign(object, { [Symbol('s')]: 1 }),
  (object) => Object.defineProperty(object, Symbol('s'), { value: 1 }),
  (object) => Object.defineProperty(object, 'toJSON', { value: () => 'x' }),
  (object) => Object.defineProperty(object, 'got', { get: () => 'x', enumerable: true, configurable: true }),
  (object) => Object.defineProperty(object, '0', { get: () => 'x', enumerable: true, configurable: true }),
  (object) => Object.defineProperty(object, 'hidden', { value: noop, configurable: true }),
  (object) => Object.defineProperty(object, 'broken', { get: fail, enumerable: true, configurable: true }),
  (object) => Object.assign(object, { self: object }),
  (object) => Object.assign(object, { named: 1 }),
  (object) => Object.setPrototypeOf(object, null),
  (object) => Object.setPrototypeOf(object, Point.prototype),
  (object) => new Proxy(object, {}),
  (object) => Object.freeze(object),
  (object) => (Array.isArray(object) ? Object.assign(object, { length: object.length + 1 }) : object),
]

const { anything } = fc.letrec<{ anything: unknown; object: object; array: object }>((tie) => ({
  anything: fc.oneof(
    { maxDepth: 4 },
    { weight: 8, arbitrary: safe },
    { weight: 1, arbitrary: unsafe },
    { weight: 1, arbitrary: fc.constantFrom(...pool) }, // there twice, if it is drawn twice
    { weight: 5, arbitrary: tie('object') },
    { weight: 4, arbitrary: tie('array') },
  ),
  object: changed(
    fc
      .array(fc.tuple(nameOf, tie('anything')), { maxLength: 5 })
      .map((entries) => Object.fromEntries(entries) as object),
  ),
  array: changed(
    fc.oneof(fc.array(tie('anything'), { maxLength: 5 }), fc.array(safe, { minLength: 14, maxLength: 20 })),
  ),
}))

function changed(made: fc.Arbitrary<object>): fc.Arbitrary<object> {
  const change = fc.oneof(
    { weight: 15, arbitrary: fc.constant((object: object) => object) },
    { weight: 1, arbitrary: fc.constantFrom(...changes) },
  )
  return fc.tuple(made, change).map(([object, apply]) => apply(object))
}

function noop(): void {}

function fail(): never {
  throw new Error('broken')
}
