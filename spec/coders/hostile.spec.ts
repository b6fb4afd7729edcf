import { serialize } from 'node:v8'
import { afterEach, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { CoderOption } from '../../lib/coder.js'
import { classCoder } from '../../lib/coders/class.js'
import { CoderError } from '../../lib/errors.js'
import { codecOf, failureOf } from './fixtures.js'

const prototypes = [
  Object.prototype,
  Array.prototype,
  Function.prototype,
  Map.prototype,
  Set.prototype,
  Date.prototype,
  Error.prototype,
]
let touched: unknown
class User {
  a: unknown = 1
  get name(): unknown {
    return this.a
  }
  set name(name: unknown) {
    touched = name
  }
  save(): void {}
}
class Admin {
  a: unknown = 1
}
const classes = classCoder(User, Admin)
prototypes.push(User.prototype, Admin.prototype)
const before = prototypes.map(Reflect.ownKeys)

afterEach(() => {
  expect(prototypes.map(Reflect.ownKeys)).toEqual(before)
  expect(({} as Record<string, unknown>).polluted).toBeUndefined()
})

describe('hostile data in the store', () => {
  it.each([
    ['a number', '5', '["class","User"]'],
    ['null', 'null', '["class","User"]'],
    ['a string', '"abc"', '["class","User"]'],
    ['a list', '[1,2]', '["class","User"]'],
    ['a setter', '{"name":1}', '["class","User"]'],
    ['a method', '{"a":1,"save":1}', '["class","User"]'],
    ['a method of Object', '{"a":1,"hasOwnProperty":1}', '["class","User"]'],
    ['a constructor', '{"a":1,"constructor":{}}', '["class","User"]'],
    ['__proto__', '{"a":1,"__proto__":{"polluted":1}}', '["class","User"]'],
    ['another class', '{"a":1}', '["class","Object"]'],
    ['a class named __proto__', '{"a":1}', '["class","__proto__"]'],
    ['a class that is no name', '{"a":1}', '["class",{"User":1}]'],
    ['no class', '{"a":1}', '["class"]'],
    ['a custom type', '{"a":1}', '["custom","User"]'],
  ])('makes no instance of %s', (_name, json, type) => {
    const codec = codecOf(classes)

    expect(() => codec.decode(`{"json":${json},"meta":{"values":[${type}],"v":1}}`)).toThrow(CoderError)
    expect(() => codec.decode(`{"json":{"in":[${json}]},"meta":{"values":{"in.0":[${type}]},"v":1}}`)).toThrow(
      CoderError,
    )
    expect(touched).toBeUndefined()
  })

  it.each([
    '{"json":[{"a":1}],"meta":{"values":{"0":[["class","User"]],"00":[["class","Admin"]]},"v":1}}',
    '{"json":[{"a":1}],"meta":{"values":{"0":[["class","User"]],"00":["map"]},"v":1}}',
    '{"json":[{"a":1}],"meta":{"values":{"0":[["class","User"]],"0.__proto__":["Date"]},"v":1}}',
    '{"json":[{"a":1},1],"meta":{"values":{"0":[["class","User"]]},"referentialEqualities":{"1":["0.__proto__"]},"v":1}}',
    '{"json":[{"a":1},1],"meta":{"values":{"0":[["class","User"]]},"referentialEqualities":{"0.toString":["0.a"]},"v":1}}',
    '{"json":[{"a":1},1],"meta":{"values":{"0":[["class","User"]]},"referentialEqualities":{"1":["0.name"]},"v":1}}',
  ])('makes no instance where what it has is changed once more: %s', (stored) => {
    expect(() => codecOf(classes).decode(stored)).toThrow(CoderError)
    expect(touched).toBeUndefined()
  })

  it.each<[CoderOption, string | Buffer]>([
    ['json', '{"__proto__":{"polluted":1}}'],
    ['superjson', '{"json":{"__proto__":{"polluted":1}}}'],
    ['superjson', '{"json":{"__proto__":{"polluted":1},"at":"2020-01-01"},"meta":{"values":{"at":["Date"]},"v":1}}'],
    [
      'v8',
      Buffer.from(
        serialize({ '--proto--': { polluted: 1 } })
          .toString('latin1')
          .replace('--proto--', '__proto__'),
        'latin1',
      ),
    ],
  ])('keeps a member named __proto__ a member like any other: %s, %s', (coder, stored) => {
    const decoded = codecOf(coder).decode(stored) as Record<string, unknown>

    expect(Object.hasOwn(decoded, '__proto__')).toBe(true)
    expect(Object.getPrototypeOf(Object.getPrototypeOf(decoded))).toBeNull()
    expect(decoded.polluted).toBeUndefined()
  })

  it.each([
    '"values":{"__proto__.polluted":["Date"]}',
    '"values":{"__proto__":["Date"]}',
    '"values":{"constructor":["map",{"prototype.polluted":["Date"]}]}',
    '"values":{"a.constructor.prototype.polluted":["bigint"]}',
    '"values":{"a.__proto__":[["typed-array","Uint8Array"]]}',
    '"referentialEqualities":{"a":["__proto__"]}',
    '"referentialEqualities":{"a":["__proto__.polluted"]}',
    '"referentialEqualities":{"a":["constructor.prototype.polluted"]}',
    '"referentialEqualities":{"__proto__":["a"]}',
    '"referentialEqualities":{"a.__proto__":["b"]}',
    '"referentialEqualities":{"constructor.prototype":["b"]}',
    '"referentialEqualities":[["__proto__"]]',
  ])('does not follow a path of superjson to a prototype: %s', (meta) => {
    const stored = (v: number) => `{"json":{"a":{"polluted":1},"b":2},"meta":{${meta},"v":${v}}}`

    for (const version of [0, 1]) expect(() => codecOf('superjson').decode(stored(version))).toThrow(CoderError)
  })

  it.each([
    '["class","Object"]',
    '["class","__proto__"]',
    '["custom","__proto__"]',
    '["custom","constructor"]',
    '["symbol","iterator"]',
    '["typed-array","__proto__"]',
    '"constructor"',
    '"__proto__"',
    '"toString"',
  ])('makes nothing of an unknown type: %s', (type) => {
    const stored = `{"json":{"a":{"polluted":1}},"meta":{"values":{"a":[${type}]},"v":1}}`

    expect(() => codecOf('superjson').decode(stored)).toThrow(CoderError)
  })

  it('cannot place a function, which as `then` would hang whoever awaits the value', () => {
    const stored = '{"json":{"a":1},"meta":{"referentialEqualities":{"toString":["then"]},"v":1}}'

    expect(() => codecOf('superjson').decode(stored)).toThrow(CoderError)
  })

  it('cannot allocate through a Buffer that is not base64', () => {
    const stored = '{"json":{"length":1000000000},"meta":{"values":[["custom","Buffer"]],"v":1}}'

    expect(() => codecOf('superjson').decode(stored)).toThrow(CoderError)
  })

  it.each<[string, CoderOption]>([
    ['superjson', 'superjson'],
    ['classCoder', classes],
  ])('is a CoderError or a value, whatever superjson is told to do with it: %s', async (_name, coder) => {
    const word = fc.constantFrom(
      'a',
      'b',
      '0',
      '1',
      '__proto__',
      'constructor',
      'prototype',
      'toString',
      'polluted',
      'length',
      'then',
    )
    const path = fc.array(word, { minLength: 1, maxLength: 4 }).map((words) => words.join('.'))
    const json = fc.letrec((tie) => ({
      value: fc.oneof(
        fc.constantFrom(1, 'x', null),
        fc.array(tie('value'), { maxLength: 2 }),
        fc.dictionary(word, tie('value'), { maxKeys: 3 }),
      ),
    })).value
    const type = fc.oneof(
      fc.constantFrom('Date', 'map', 'set', 'undefined', 'bigint', 'Error', 'regexp'),
      fc.tuple(fc.constantFrom('class', 'custom'), word),
      fc.tuple(fc.constant('class'), fc.constantFrom('User', 'Admin')),
    )
    const meta = fc.record({
      values: fc.dictionary(path, fc.tuple(type)),
      referentialEqualities: fc.dictionary(path, fc.array(path, { minLength: 1, maxLength: 2 })),
      v: fc.constantFrom(0, 1),
    })

    await fc.assert(
      fc.asyncProperty(json, meta, async (json, meta) => {
        const failure = await failureOf(() => codecOf(coder).decode(JSON.stringify({ json, meta })))
        if (failure !== undefined) expect(failure).toBeInstanceOf(CoderError)
        expect(prototypes.map(Reflect.ownKeys)).toEqual(before)
        expect(touched).toBeUndefined()
      }),
      { numRuns: 500 },
    )
  })

  it.each(['json', 'superjson', 'v8', 'gzip', 'brotli', 'text'])(
    'is a CoderError for %s where bytes are not even UTF-8',
    async (coder) => {
      expect(await failureOf(() => codecOf(coder).decode(Buffer.from([0xc3, 0x28, 0xff])))).toBeInstanceOf(CoderError)
    },
  )

  it.each(['json', 'superjson'])('is a CoderError for %s where it nests without end', async (coder) => {
    const stored = `${'{"json":'.repeat(200_000)}1${'}'.repeat(200_000)}`

    const failure = await failureOf(() => codecOf(coder).decode(stored))

    if (failure !== undefined) expect(failure).toBeInstanceOf(CoderError)
  })
})
