import { inspect } from 'node:util'
import fc from 'fast-check'
import { type Codec, fitCodec, type StoreValues } from '../../lib/codec.js'
import type { CoderOption } from '../../lib/coder.js'
import { classCoder } from '../../lib/coders/class.js'
import { coders } from '../../lib/coders/registry.js'
import { resolveCoder } from '../../lib/coders/resolve.js'

/** What one coder stored for a value when it was recorded. It must be readable for ever. */
export interface CoderFixture {
  name: string
  coder: CoderOption
  value: unknown
  /** The stored form: text, or bytes. */
  stored: string | Buffer
  /** `false` where another version of Node.js may write other bytes that mean the same. */
  exact: boolean
}

const shared = { n: 1 }

class User {
  constructor(
    readonly id: number,
    readonly since: Date,
    readonly friends: readonly User[] = [],
  ) {}
}
class Unit {}
const user = new User(1, new Date(0))
const unit: { self?: Unit } = new Unit()
unit.self = unit

export const fixtures: CoderFixture[] = [
  { name: 'text', coder: 'text', value: 'é€😀 "\n', stored: 'é€😀 "\n', exact: true },
  {
    name: 'json',
    coder: 'json',
    value: { a: [1, 'é', null, true], b: {} },
    stored: '{"a":[1,"é",null,true],"b":{}}',
    exact: true,
  },
  {
    name: 'superjson: plain data',
    coder: 'superjson',
    value: { a: [1, 'é', null] },
    stored: '{"json":{"a":[1,"é",null]}}',
    exact: true,
  },
  {
    name: 'superjson: undefined',
    coder: 'superjson',
    value: undefined,
    stored: '{"json":null,"meta":{"values":["undefined"],"v":1}}',
    exact: true,
  },
  {
    name: 'superjson: numbers',
    coder: 'superjson',
    value: [Number.NaN, Number.NEGATIVE_INFINITY, -0, 2n ** 64n],
    stored:
      '{"json":["NaN","-Infinity","-0","18446744073709551616"],"meta":{"values":{"0":["number"],"1":["number"],"2":["number"],"3":["bigint"]},"v":1}}',
    exact: true,
  },
  {
    name: 'superjson: built-ins',
    coder: 'superjson',
    value: { at: new Date(0), re: /a.b/gi, url: new URL('http://a/b') },
    stored:
      '{"json":{"at":"1970-01-01T00:00:00.000Z","re":"/a.b/gi","url":"http://a/b"},"meta":{"values":{"at":["Date"],"re":["regexp"],"url":["URL"]},"v":1}}',
    exact: true,
  },
  {
    name: 'superjson: collections',
    coder: 'superjson',
    value: { map: new Map<unknown, unknown>([['b', new Date(1)]]), set: new Set([1, 2n]), 'a.b\\c': undefined },
    stored:
      '{"json":{"map":[["b","1970-01-01T00:00:00.001Z"]],"set":[1,"2"],"a.b\\\\c":null},"meta":{"values":{"map":["map",{"0.1":["Date"]}],"set":["set",{"1":["bigint"]}],"a\\\\.b\\\\\\\\c":["undefined"]},"v":1}}',
    exact: true,
  },
  {
    name: 'superjson: bytes',
    coder: 'superjson',
    value: { buffer: Buffer.from([0, 255]), floats: new Float32Array([1.5, -2]) },
    stored:
      '{"json":{"buffer":"AP8=","floats":[1.5,-2]},"meta":{"values":{"buffer":[["custom","Buffer"]],"floats":[["typed-array","Float32Array"]]},"v":1}}',
    exact: true,
  },
  {
    name: 'superjson: shared references',
    coder: 'superjson',
    value: { p: shared, q: shared },
    stored: '{"json":{"p":{"n":1},"q":{"n":1}},"meta":{"referentialEqualities":{"p":["q"]},"v":1}}',
    exact: true,
  },
  {
    name: 'classCoder: an instance',
    coder: classCoder({ class: User, props: ['friends', 'since', 'id'] }),
    value: user,
    stored:
      '{"json":{"id":1,"since":"1970-01-01T00:00:00.000Z","friends":[]},"meta":{"values":[["class","User"],{"since":["Date"]}],"v":1}}',
    exact: true,
  },
  {
    name: 'classCoder: instances in each other, in collections, shared',
    coder: classCoder({ class: User, name: 'user.v1' }, Unit),
    value: { users: [user, new User(2, new Date(1), [user])], units: new Map([['a', new Unit()]]) },
    stored:
      '{"json":{"users":[{"id":1,"since":"1970-01-01T00:00:00.000Z","friends":[]},{"id":2,"since":"1970-01-01T00:00:00.001Z","friends":[{"id":1,"since":"1970-01-01T00:00:00.000Z","friends":[]}]}],"units":[["a",{}]]},"meta":{"values":{"users.0":[["class","user.v1"],{"since":["Date"]}],"users.1":[["class","user.v1"],{"since":["Date"],"friends.0":[["class","user.v1"],{"since":["Date"]}]}],"units":["map",{"0.1":[["class","Unit"]]}]},"referentialEqualities":{"users.0":["users.1.friends.0"]},"v":1}}',
    exact: true,
  },
  {
    name: 'classCoder: a cycle',
    coder: classCoder(Unit),
    value: unit,
    stored: '{"json":{"self":null},"meta":{"values":[["class","Unit"]],"referentialEqualities":[["self"]],"v":1}}',
    exact: true,
  },
  {
    name: 'v8',
    coder: 'v8',
    value: {
      a: [1, 'é', null, undefined, -0],
      at: new Date(0),
      big: -5n,
      map: new Map([['k', new Set([1])]]),
      bytes: Buffer.from([0, 255]),
      f: new Float32Array([1.5]),
    },
    stored: Buffer.from(
      'ff0f6f220161410549022201e9305f4e00000000000000802400052202617444000000000000000022036269675a11050000000000000022036d61' +
        '703b22016b2749022c013a02220562797465735c0a0200ff2201665c07040000c03f7b06',
      'hex',
    ),
    exact: false, // V8 raises the version in the second byte from time to time
  },
  {
    name: 'gzip',
    coder: 'gzip',
    value: Buffer.from('hello'),
    stored: Buffer.from('1f8b0800000000000003cb48cdc9c9070086a6103605000000', 'hex'),
    exact: false, // the tenth byte is the operating system
  },
  {
    name: 'brotli',
    coder: 'brotli',
    value: Buffer.from('hello'),
    stored: Buffer.from('0b028068656c6c6f03', 'hex'),
    exact: false,
  },
  {
    name: 'superjson and gzip',
    coder: ['superjson', 'gzip'],
    value: { a: 1 },
    stored: Buffer.from('1f8b0800000000000003ab56ca2acecf53b2aa564a54b232acad05005056e96710000000', 'hex'),
    exact: false,
  },
]

/** A coder of the shared registry, fitted to a kind of store. */
export function codecOf(coder: CoderOption, values: StoreValues = 'bytes'): Codec {
  return fitCodec(resolveCoder(coder, coders), values)
}

/** All that a value consists of, as text: it tells apart whatever differs, and does not mind the realm. */
export function written(value: unknown): string {
  return inspect(value, { depth: Number.POSITIVE_INFINITY, maxArrayLength: null, maxStringLength: null })
}

/** What `step` threw, or rejected with; `undefined` if it did not. */
export async function failureOf(step: () => unknown): Promise<unknown> {
  try {
    await step()
    return undefined
  } catch (error) {
    return error
  }
}

/** Values without shared references, of all that plain superjson keeps. */
export function values(): fc.Arbitrary<unknown> {
  const reserved = new Set(['__proto__', 'constructor', 'prototype'])
  const names = fc.string().filter((name) => !reserved.has(name))
  return fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.double(),
        fc.constantFrom(null, undefined, true, -0),
        fc.date({ noInvalidDate: true }),
        fc.uint8Array(),
      ),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(names, tie('value'), { maxKeys: 4, noNullPrototype: true }),
      fc.array(fc.tuple(fc.string(), tie('value')), { maxLength: 3 }).map((entries) => new Map(entries)),
      fc
        .array(tie('value'), { maxLength: 3 })
        .map((members) => new Set(members.filter((member) => typeof member !== 'number'))),
    ),
  })).value
}
