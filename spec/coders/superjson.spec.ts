import { deserialize, serialize } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { SuperJSON } from 'superjson'
import { superjson } from '../../lib/coders/superjson.js'
import { CoderError } from '../../lib/errors.js'
import { values, written } from './fixtures.js'

const plain = new SuperJSON()
class Point {
  x = 1
}

function roundTrip(value: unknown): unknown {
  return superjson.decode(superjson.encode(value) as string)
}

describe('superjson', () => {
  it.each<[string, unknown]>([
    ['a Date, a Map, a Set', { at: new Date(5), map: new Map([[{ a: 1 }, [1n]]]), set: new Set([undefined]) }],
    [
      'errors by name, message and cause',
      [new Error('a', { cause: { at: new Date(0) } })].map(({ name, message, cause }) => ({ name, message, cause })),
    ],
    ['typed arrays', [new Uint8Array([1]), new Float64Array([0.1]), new Int16Array(0)]],
    [
      'names with dots, backslashes, digits and none',
      { 'a.b': 1n, '\\.': undefined, 0: 2n, '': Number.NaN, a: { b: 3n } },
    ],
    ['any string', ['\ud800', '\u2028', '\0', '@ring1']],
    ['the top-level primitives', undefined],
  ])('gives back %s', (_name, value) => {
    expect(written(roundTrip(value))).toBe(written(value))
  })

  it('gives back an Error as an Error, with its name', () => {
    const error = roundTrip(new TypeError('no', { cause: 1n })) as Error

    expect(error).toBeInstanceOf(Error)
    expect([error.name, error.message, error.cause]).toEqual(['TypeError', 'no', 1n])
  })

  it('gives back a Buffer as a Buffer, at any depth', () => {
    const { list } = roundTrip({ list: [Buffer.from([1, 254])] }) as { list: Buffer[] }

    expect(Buffer.isBuffer(list[0])).toBe(true)
    expect(list[0]).toEqual(Buffer.from([1, 254]))
  })

  it('gives a plain object for one without prototype, and looks into it', () => {
    const bare = Object.assign(Object.create(null), { at: new Date(7) })

    expect(roundTrip({ bare })).toEqual({ bare: { at: new Date(7) } })
  })

  it.each<[string, unknown, string]>([
    ['a function', { a: [() => 1] }, '$.a[0]'],
    ['a symbol', { a: Symbol('s') }, '$.a'],
    ['a member named by a symbol', { a: { [Symbol('s')]: 1 } }, '$.a'],
    ['an instance of a class', new Map([['k', new Point()]]), '$[0]'],
    ['a derived Map', new (class Cache extends Map {})(), '$'],
    ['an invalid Date', [new Date(Number.NaN)], '$[0]'],
    ['a boxed string', [Object('a')], '$[0]'],
    ['an ArrayBuffer', new ArrayBuffer(2), '$'],
    ['a SharedArrayBuffer', { s: new SharedArrayBuffer(2) }, '$.s'],
    ['a DataView', new DataView(new ArrayBuffer(2)), '$'],
    ['a BigInt64Array', new BigInt64Array(1), '$'],
    ['NaN in a Float64Array', new Float64Array([Number.NaN]), '$'],
    ['a Promise', [Promise.resolve(1)], '$[0]'],
    ['a WeakMap', [new WeakMap()], '$[0]'],
    ['a generator', [(function* () {})()], '$[0]'],
    ['URLSearchParams', [new URLSearchParams('a=1')], '$[0]'],
    // biome-ignore lint/suspicious/noSparseArray: the hole is the case
    ['an array with holes', [1, , 3], '$'],
    ['an array with named members', 'abc'.match(/b/), '$'],
    ['an array with a hole and a named member', Object.assign(Array(1), { a: 1 }), '$'],
    ['an array with a member named by a symbol', Object.assign([1], { [Symbol('s')]: 1 }), '$'],
    ['a Date with members of its own', [Object.assign(new Date(0), { zone: 'UTC' })], '$[0]'],
    ['a Date with a member named by a symbol', [Object.assign(new Date(0), { [Symbol('s')]: 1 })], '$[0]'],
    ['a Map with members of its own', Object.assign(new Map(), { size2: 1 }), '$'],
    ['a Set with members of its own', { a: Object.assign(new Set(), { b: 1 }) }, '$.a'],
    ['a RegExp with members of its own', Object.assign(/a/, { b: 1 }), '$'],
    ['a URL with members of its own', Object.assign(new URL('http://a'), { b: 1 }), '$'],
    ['a Buffer with members of its own', [Object.assign(Buffer.from('a'), { b: 1 })], '$[0]'],
    ['a typed array with members of its own', Object.assign(Uint8Array.of(1), { b: 1 }), '$'],
    ['an error with a member named by a symbol', Object.assign(new Error('a'), { [Symbol('s')]: 1 }), '$'],
    ['an error with members of its own', new Set([Object.assign(new Error('a'), { code: 1 })]), '$[0]'],
    ['an AggregateError', new AggregateError([1]), '$'],
    ['a member named __proto__', JSON.parse('{"a":{"__proto__":1}}'), '$.a'],
    ['a member named constructor', { constructor: 1 }, '$'],
  ])('refuses %s and names the place and the ways out', (_name, value, path) => {
    expect(() => superjson.encode(value)).toThrow(CoderError)
    expect(() => superjson.encode(value)).toThrow(` at ${path}; use a coder of your own`)
  })

  it('says what comes back from the way out for an instance of a class', () => {
    const act = () => superjson.encode(new Point())

    expect(act).toThrow("'v8' for what a structured clone keeps (an instance of a class comes back a plain object)")
  })

  it('keeps what is shared shared, and a cycle a cycle', () => {
    const node: Record<string, unknown> = { n: 1 }
    node.self = node

    const decoded = roundTrip({ a: node, b: node }) as Record<string, Record<string, unknown>>

    expect(decoded.a).toBe(decoded.b)
    expect(decoded.a?.self).toBe(decoded.a)
  })

  it('refuses a cycle that superjson would cut', () => {
    const a: Record<string, unknown> = {}
    const b = { a }
    a.b = b

    expect(plain.parse(plain.stringify({ a, b }))).not.toEqual({ a, b })
    expect(() => superjson.encode({ a, b })).toThrow(CoderError)
  })

  it('keeps every member of a Set whose members are shared, which plain superjson does not', () => {
    const [a, b] = [{ n: 'a' }, { n: 'b' }]
    const value = {
      list: [a, b],
      set: new Set([a, b]),
      map: new Map([
        [a, 1],
        [b, 2],
      ]),
    }

    expect(plain.parse(plain.stringify(value))).not.toEqual(value)
    expect(roundTrip(value)).toEqual(value)
  })

  it.each<[string, () => unknown]>([
    [
      'a vm context',
      () => runInNewContext(`({ at: new Date(5), map: new Map([[{ k: 1n }, new Set([/x/g])]]), list: [undefined] })`),
    ],
    [
      'a structured clone',
      () =>
        deserialize(serialize({ at: new Date(5), map: new Map([[{ k: 1n }, new Set([/x/g])]]), list: [undefined] })),
    ],
  ])('takes what comes from another realm: %s', (_name, foreign) => {
    const decoded = roundTrip(foreign())

    expect(decoded).toEqual({ at: new Date(5), map: new Map([[{ k: 1n }, new Set([/x/g])]]), list: [undefined] })
  })

  it('takes an error from another realm, and a cycle', () => {
    const error = roundTrip(runInNewContext('new RangeError("far", { cause: [new Date(1)] })')) as Error
    const cycle = roundTrip(runInNewContext('const list = [new Date(1)]; list.push(list); list')) as unknown[]

    expect([error.name, error.message, error.cause]).toEqual(['RangeError', 'far', [new Date(1)]])
    expect(cycle[1]).toBe(cycle)
  })

  it('refuses an instance of a class of another realm', () => {
    expect(() => superjson.encode(runInNewContext('new (class Foo {})()'))).toThrow('Foo')
  })

  it('reads what plain superjson wrote, and writes what plain superjson reads', () => {
    fc.assert(
      fc.property(values(), (value) => {
        expect(written(superjson.decode(plain.stringify(value)))).toBe(written(plain.parse(plain.stringify(value))))
        expect(superjson.encode(value)).toBe(plain.stringify(value))
      }),
      { numRuns: 300 },
    )
  })

  it('gives back any value built from one pool of shared objects, or refuses its cycle', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(5), fc.nat(5), fc.nat(4)), { maxLength: 12 }), (edges) => {
        const value = graph(edges)
        let decoded: unknown
        try {
          decoded = roundTrip(value)
        } catch (error) {
          expect(error).toBeInstanceOf(CoderError)
          expect(written(value)).toContain('[Circular')
          return
        }
        expect(written(decoded)).toBe(written(value))
      }),
      { numRuns: 1000 },
    )
  })

  it.each(['{}', '[]', '5', 'null', '"json"', '{"meta":{}}', 'nonsense', '', '{"__proto__":{"json":1}}'])(
    'does not decode %s',
    (stored) => {
      expect(() => superjson.decode(stored)).toThrow()
    },
  )
})

/** Six objects that point at each other, in members, arrays, Sets, and as keys and values of Maps. */
function graph(edges: [from: number, to: number, how: number][]): unknown {
  const pool = Array.from(
    { length: 6 },
    (_, n) => ({ n, list: [], set: new Set(), keys: new Map(), values: new Map() }) as Node,
  )
  for (const [from, to, how] of edges) {
    const [source, target] = [pool[from], pool[to]] as [Node, Node]
    if (how === 0) source[`to${to}`] = target
    if (how === 1) source.list.push(target)
    if (how === 2) source.set.add(target)
    if (how === 3) source.keys.set(target, to)
    if (how === 4) source.values.set(to, target)
  }
  return pool
}

interface Node {
  [name: `to${number}`]: Node
  n: number
  list: Node[]
  set: Set<Node>
  keys: Map<Node, number>
  values: Map<number, Node>
}
