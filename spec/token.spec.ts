import { runInNewContext } from 'node:vm'
import { afterEach, describe, expect, it, jest } from '@jest/globals'
import { KeyError } from '../lib/errors.js'
import { composeKey } from '../lib/key.js'
import { ringKey } from '../lib/token.js'

class User {
  constructor(readonly id: unknown) {}
  [ringKey]() {
    return this.id
  }
}

class Money {
  constructor(readonly amount: number) {}
  toJSON() {
    return { amount: this.amount }
  }
}

class Version {
  constructor(readonly major: number) {}
  toString() {
    return `v${this.major}`
  }
}

class Silent {}

class Rows<T> extends Array<T> {}

class Zoned extends Date {
  constructor(
    readonly time: number,
    readonly zone: string,
  ) {
    super(time)
  }
}

class Shown extends Zoned {
  override toString() {
    return `${this.time} ${this.zone}`
  }
}

class Price extends Money {}

const signal = () => new AbortController().signal
const namesakeOf = (name: string, members: object) => {
  const type = { [name]: class {} }[name] ?? Silent
  Object.assign(type.prototype, members)
  return new type()
}
const doubled = (levels: number) => {
  let value: unknown = 'leaf'
  for (let i = 0; i < levels; i++) value = [value, value]
  return value
}
const nested = (depth: number) => {
  let value: unknown = 1
  for (let i = 0; i < depth; i++) value = [value]
  return value
}
function argumentsOf(..._values: unknown[]): unknown {
  // biome-ignore lint/complexity/noArguments: it is the case
  return arguments
}
const thrownBy = (act: () => unknown): unknown => {
  try {
    act()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

describe('a token', () => {
  it.each<[text: string, value: unknown]>([
    // strings that stand bare
    ['abc', 'abc'],
    ['user-1', 'user-1'],
    ['a+b/c?d&e#f@g!h*i~j_k;l"m\\n|o^p`q<r>s$t', 'a+b/c?d&e#f@g!h*i~j_k;l"m\\n|o^p`q<r>s$t'],
    ['1e5', '1e5'],
    ['0x1', '0x1'],
    ['-0', '-0'],
    ['01', '01'],
    ['1.0', '1.0'],
    ['.5', '.5'],
    ['+1', '+1'],
    ['1e21', '1e21'],
    ['-0n', '-0n'],
    ['01n', '01n'],
    ['n', 'n'],
    ['True', 'True'],
    ['trueish', 'trueish'],
    ['+Infinity', '+Infinity'],
    ['-NaN', '-NaN'],
    ['9007199254740993', '9007199254740993'],
    ['é日本😀', 'é日本😀'],
    ['\u200b', '\u200b'],
    // strings that look like another token
    ["''", ''],
    ["'1'", '1'],
    ["'0'", '0'],
    ["'-1'", '-1'],
    ["'1.5'", '1.5'],
    ["'1e+21'", '1e+21'],
    ["'1e-7'", '1e-7'],
    ["'true'", 'true'],
    ["'false'", 'false'],
    ["'null'", 'null'],
    ["'undefined'", 'undefined'],
    ["'NaN'", 'NaN'],
    ["'Infinity'", 'Infinity'],
    ["'-Infinity'", '-Infinity'],
    ["'10n'", '10n'],
    ["'-10n'", '-10n'],
    ["'0n'", '0n'],
    // strings with something to encode
    ['%25', '%'],
    ['%253A', '%3A'],
    ['%3A%2C%3D%28%29%5B%5D%7B%7D%27', ":,=()[]{}'"],
    ['a%20b%09%0A%0D', 'a b\t\n\r'],
    ['%00%1F%7F', '\0\x1f\x7f'],
    ['%C2%80%C2%85%C2%9F', '\x80\x85\x9f'],
    ['%C2%A0%EF%BB%BF%E2%80%A8%E2%80%A9%E3%80%80', '\u00a0\ufeff\u2028\u2029\u3000'],
    ['%uD800', '\ud800'],
    ['%uDC00%uD800', '\udc00\ud800'],
    ['%25uD800', '%uD800'],
    ['Date%282026-01-01T00%3A00%3A00.000Z%29', 'Date(2026-01-01T00:00:00.000Z)'],
    ['%271%27', "'1'"],
    ['%201', ' 1'],
    // other primitives
    ['1', 1],
    ['0', -0],
    ['1.5', 1.5],
    ['1e+21', 1e21],
    ['1e-7', 1e-7],
    ['NaN', Number.NaN],
    ['-Infinity', -Infinity],
    ['10n', 10n],
    ['-10n', -10n],
    ['true', true],
    ['null', null],
    // arrays and plain objects
    ['[]', []],
    ["['']", ['']],
    ['[1,[2,a],undefined]', [1, [2, 'a'], undefined]],
    ['[undefined,1]', Object.assign([], { 1: 1 })],
    ['[undefined]', [signal()]],
    ['()', {}],
    ['()', Object.create(null)],
    ['(a=1,b=(c=[()]))', { b: { c: [{}] }, a: 1 }],
    ['(a=1)', { a: 1, b: undefined, c: signal() }],
    ["(''='')", { '': '' }],
    ['(1=1,10=1,2=1,a%20b=1,null=null)', { 2: 1, 10: 1, 1: 1, null: null, 'a b': 1 }],
    ['(A=1,a=1,😀=1,\ue000=1)', { '\ue000': 1, '😀': 1, a: 1, A: 1 }],
    ['(__proto__=1)', JSON.parse('{"__proto__":1}')],
    // collections
    ['Set()', new Set()],
    ["Set('1',(a=1),1,b)", new Set([{ a: 1 }, 'b', 1, '1'])],
    ['Map()', new Map()],
    [
      "Map('1'=x,(a=1)=[],1=y,k=undefined)",
      new Map<unknown, unknown>([
        ['k', signal()],
        [1, 'y'],
        ['1', 'x'],
        [{ a: 1 }, []],
      ]),
    ],
    // other built-ins
    ['Date(2026-01-01T00:00:00.000Z)', new Date('2026-01-01')],
    ['Date(NaN)', new Date(Number.NaN)],
    ['URL(https%3A//u%3Ap@a.org/b?c%3D%2528#d)', new URL('https://u:p@a.org/b?c=%28#d')],
    ['RegExp(/a%28b%29%20/gi)', /a(b) /gi],
    ['Uint8Array(AQID)', Uint8Array.of(1, 2, 3)],
    ['Uint8Array(Ag==)', Uint8Array.of(1, 2, 3).subarray(1, 2)],
    ['Uint16Array(AQACAA==)', Uint16Array.of(1, 2)],
    ['Float64Array()', new Float64Array()],
    [
      `Float64Array(${Buffer.alloc(520, 255).toString('base64')})`,
      new Float64Array(Buffer.alloc(520, 255).buffer.slice(0, 520)),
    ],
    ['Buffer(AQID)', Buffer.from([1, 2, 3])],
    ['ArrayBuffer(AQI=)', Uint8Array.of(1, 2).buffer],
    ['SharedArrayBuffer(AAA=)', new SharedArrayBuffer(2)],
    ['DataView(Ag==)', new DataView(Uint8Array.of(1, 2, 3).buffer, 1, 1)],
    ['URLSearchParams(a%3D1)', new URLSearchParams('a=1')],
    ["Number('1')", Object(1)],
    ['String(a)', Object('a')],
    // instances
    ['User(42)', new User(42)],
    ["User('42')", new User('42')],
    ['User([a,(b=1)])', new User(['a', { b: 1 }])],
    ['User(User(1))', new User(new User(1))],
    ['Money((amount=5))', new Money(5)],
    ['Version(v2)', new Version(2)],
    ['%C2%A0x(1)', new ({ '\u00a0x': class extends User {} }['\u00a0x'] ?? User)(1)],
    ['Price((amount=5))', new Price(5)],
    ['Shown(0%20UTC)', new Shown(0, 'UTC')],
  ])('%s', (text, value) => {
    const key = composeKey('f', [value, 0])

    expect(key).toBe(`f::${text}:0`)
  })

  it('is the same for values of another realm', () => {
    const code = `[{ a: [1, null] }, new Date(0), /a/g, new Map([[1, new Set([2])]]), Uint8Array.of(1), new ArrayBuffer(1)]`

    const key = composeKey('f', runInNewContext(code))

    expect(key).toBe(
      'f::(a=[1,null]):Date(1970-01-01T00:00:00.000Z):RegExp(/a/g):Map(1=Set(2)):Uint8Array(AQ==):ArrayBuffer(AA==)',
    )
  })

  it('is the same for an object that stands in two places', () => {
    const shared = { a: 1 }

    const key = composeKey('f', [shared, [shared, shared]])

    expect(key).toBe('f::(a=1):[(a=1),(a=1)]')
  })

  it('takes values up to 500 levels deep', () => {
    const key = composeKey('f', [nested(500)])

    expect(key).toBe(`f::${'['.repeat(500)}1${']'.repeat(500)}`)
  })

  it.each<[what: string, text: string, value: unknown]>([
    ['string', 'a'.repeat(2 ** 21), 'a'.repeat(2 ** 21)],
    ['array of bytes', `Uint8Array(${'AAAA'.repeat(2 ** 19)})`, new Uint8Array(3 * 2 ** 19)],
  ])('takes a %s of any length as an argument', (_what, text, value) => {
    const key = composeKey('f', [value])

    expect(key === `f::${text}`).toBe(true) // a difference would be printed
  })

  it('takes up to 4,194,304 characters inside one argument, in as many arguments as there are', () => {
    const list = ['a'.repeat(2 ** 21), ['b'.repeat(2 ** 21 - '[]'.length)]]

    const key = composeKey('f', [list, list])

    expect(key).toHaveLength('f::'.length + 2 * 2 ** 22 + 2 * '[,]'.length + ':'.length)
  })
})

describe('a token under fake timers', () => {
  afterEach(() => {
    jest.useRealTimers()
  })

  it('is that of a real Date', () => {
    jest.useFakeTimers({ now: 0 })

    const key = composeKey('f', [new Date(), new Date(1)])

    expect(key).toBe('f::Date(1970-01-01T00:00:00.000Z):Date(1970-01-01T00:00:00.001Z)')
  })
})

describe('an argument that cannot be part of a key', () => {
  const cycle: Record<string, unknown> = {}
  cycle.list = [cycle]
  const self = { toJSON: () => self }
  Object.setPrototypeOf(self, new Silent())
  const failing = {
    get since() {
      throw new Error('boom')
    },
  }

  it.each<[message: RegExp, args: unknown[]]>([
    [
      /^\$\[0\]\.filter\.since cannot be part of a key: it is a function; pass .* `key` option$/,
      [{ filter: { since() {} } }],
    ],
    [/^\$\[1\] .* is a symbol/, [1, Symbol('a')]],
    [/^\$\[0\]\["a b"\]\[2\] .* is a symbol/, [{ 'a b': [1, 2, Symbol.iterator] }]],
    [/^\$\[0\] .* member named by a symbol, Symbol\(a\)/, [{ [Symbol('a')]: undefined }]],
    [/^\$\[0\]\[1\] .* is a promise/, [[1, Promise.resolve()]]],
    [/^\$\[0\] .* a weak collection/, [new WeakMap()]],
    [/^\$\[0\] .* a weak collection/, [new WeakSet()]],
    [/^\$\[0\] .* a generator/, [(function* () {})()]],
    [/^\$\[0\] .* WeakRef, which does not say what identifies it/, [new WeakRef({})]],
    [/^\$\[0\]\.list\[0\] .* it is a cycle/, [cycle]],
    [/^\$\[0\](\[0\]){18}\.\.\. .* more than 500 levels deep/, [nested(501)]],
    [/^\$\[0\](\[0\]){18}\.\.\. .* more than 500 levels deep/, [nested(100_000)]],
    [/^\$\[0\]\[0\] .* function/, [new Set([() => 1])]],
    [/^\$\[0\]\.keys\(\) .* function/, [new Map([[() => 1, 1]])]],
    [/^\$\[0\]\.get\(a\) .* function/, [new Map([['a', () => 1]])]],
    [
      /^\$\[0\]\.a .* instance of Silent, .*; add a \[ringKey\]\(\) or toJSON\(\) method to Silent, or/,
      [{ a: new Silent() }],
    ],
    [/^\$\[0\] .* class without a name/, [new (class extends User {})(1)]],
    [/^\$\[0\] .* not the built-in Date, though/, [namesakeOf('Date', { toJSON: () => 1 })]],
    [/^\$\[0\] .* not the built-in URL, though/, [namesakeOf('URL', { toString: () => 'http://a' })]],
    [/^\$\[0\] .* not the built-in Buffer, though/, [namesakeOf('Buffer', { [ringKey]: () => 1 })]],
    [/^\$\[0\] .* not the built-in Map, though/, [new { Map: class extends Map {} }.Map()]],
    [/^\$\[0\] .* not the built-in Map, though/, [new Proxy(new Map(), {})]],
    [/^\$\[0\] .* not the built-in Symbol, though/, [Object(Symbol('a'))]],
    [/^\$\[0\] .* instance of Rows, which does not say/, [Rows.of<unknown>([1], 2)]],
    [/^\$\[0\] .* instance of TypeError, which does not say/, [new TypeError('a')]],
    [/^\$\[0\] .* instance of Bytes, which does not say/, [new (class Bytes extends Uint8Array {})(1)]],
    [
      /^\$\[0\] .* instance of Zoned, which does not say what identifies it \(what it has from Date says .*\); add a \[ringKey\]/,
      [new Zoned(0, 'UTC')],
    ],
    [/^\$\[0\] .* Tagged, which does not say .* from String says/, [new (class Tagged extends String {})('a')]],
    [/^\$\[0\] .* N2, which does not say .* from Number says/, [new (class N2 extends Number {})(1)]],
    [/^\$\[0\] .* Flag, which does not say/, [new (class Flag extends Boolean {})(true)]],
    [
      /^\$\[0\] .* Big, which does not say/,
      [Object.setPrototypeOf(Object(1n), Object.setPrototypeOf(class Big {}.prototype, BigInt.prototype))],
    ],
    [/^\$\[0\] .* Pattern, which does not say/, [new (class Pattern extends RegExp {})('a')]],
    [/^\$\[0\] .* Link, which does not say .* from URL says/, [new (class Link extends URL {})('http://a')]],
    [/^\$\[0\] .* Query, which does not say/, [new (class Query extends URLSearchParams {})('a')]],
    [/^\$\[0\] .* Place, which does not say/, [new (class Place extends Intl.Locale {})('en')]],
    [
      /^\$\[0\] .* Chunk, which does not say .* from Buffer says/,
      [Object.setPrototypeOf(Buffer.from('a'), class Chunk extends Buffer {}.prototype)],
    ],
    [/^\$\[0\] .* not a plain object: it is tagged \[object Math\]/, [Math]],
    [/^\$\[0\]\.a .* tagged \[object JSON\]/, [{ a: JSON }]],
    [/^\$\[0\] .* tagged \[object Arguments\]/, [argumentsOf(1)]],
    [/^\$\[0\] .* tagged \[object Array\]/, [Object.setPrototypeOf([1], null)]],
    [/^\$\[0\](\[[01]\])+\.\.\. .* makes a key longer than 4194304 characters; pass/, [doubled(21)]],
    [/^\$\[0\](\[[01]\])+\.\.\. .* makes a key longer/, [doubled(26)]],
    [/^\$\[0\]\.a .* makes a key longer/, [{ a: Array(2 ** 20 + 1).fill('aaaa') }]],
    [/^\$\[0\] .* makes a key longer/, [{ a: 'a'.repeat(2 ** 22), b: 'b' }]],
    [/^\$\[0\] .* array with the further member groups/, [/a/.exec('a')]],
    [/^\$\[0\] .* array with the further member -1/, [Object.assign([1], { '-1': 1 })]],
    [/^\$\[0\] .* has members that no Map has/, [Object.assign(new Map(), { a: 1 })]],
    [/^\$\[0\] .* has members that no Map has/, [Object.assign(new Map(), { [Symbol('a')]: 1 })]],
    [/^\$\[0\] .* has members that no Uint8Array has/, [Object.assign(Uint8Array.of(1), { enc: 'a' })]],
    [/^\$\[0\] .* has members that no Uint8Array has/, [Object.assign(Uint8Array.of(1), { [Symbol('a')]: 1 })]],
    [/^\$\[0\] .* has members that no Uint8Array has/, [Object.assign(new Uint8Array(65), { enc: 'a' })]],
    [/^\$\[0\] .* has members that no Uint8Array has/, [Object.assign(new Uint8Array(65), { [Symbol('a')]: 1 })]],
    [
      /^\$\[0\] .* has members that no Float64Array has/,
      [Object.assign(new Float64Array(65).fill(Number.NaN), { enc: 'a' })],
    ],
    [/^\$\[0\] .* has members that no Buffer has/, [Object.assign(Buffer.from('a'), { enc: 'a' })]],
    [/^\$\[0\] .* has members that no ArrayBuffer has/, [Object.assign(new ArrayBuffer(1), { enc: 'a' })]],
    [/^\$\[0\] .* has members that no DataView has/, [Object.assign(new DataView(new ArrayBuffer(1)), { enc: 'a' })]],
    [/^\$\[0\] .* has members that no String has/, [Object.assign(Object('ab'), { lang: 'en' })]],
    [/^\$\[0\] .* has members that no Number has/, [Object.assign(Object(1), { unit: 'm' })]],
    [/^\$\[0\] .* User that gives undefined as its identity/, [new User(undefined)]],
    [/^\$\[0\]\[ringKey\]\(\) .* function/, [new User(() => 1)]],
    [/^\$\[0\]\[ringKey\]\(\) .* promise/, [new User(Promise.resolve(1))]],
    [/^\$\[0\]\.toJSON\(\) .* cycle/, [self]],
    [/^\$\[0\] .* reading it threw: boom$/, [failing]],
  ])('%s', (message, args) => {
    const error = thrownBy(() => composeKey('f', args))

    expect(error).toBeInstanceOf(KeyError)
    expect(String((error as Error).message)).toMatch(message) // it is an Error, as just seen
  })

  it('has what the argument itself threw as the cause', () => {
    const error = thrownBy(() => composeKey('f', [failing]))

    expect(error).toMatchObject({ code: 'ERR_KEY', cause: expect.objectContaining({ message: 'boom' }) })
  })
})
