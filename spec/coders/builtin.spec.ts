import { runInNewContext } from 'node:vm'
import { describe, expect, it } from '@jest/globals'
import { CoderError } from '../../lib/errors.js'
import { codecOf, failureOf, fixtures, written } from './fixtures.js'

describe('bypass', () => {
  it('gives the very same object', () => {
    const codec = codecOf('bypass', 'objects')
    const value = { a: 1 }

    expect(codec.decode(codec.encode(value))).toBe(value)
  })

  it('takes bytes only where the store holds bytes, and names the ways out', () => {
    const codec = codecOf('bypass', 'bytes')

    expect(codec.encode(Buffer.from([255]))).toEqual(Buffer.from([255]))
    expect(() => codec.encode('text')).toThrow(CoderError)
    expect(() => codec.encode({})).toThrow(
      "coder 'bypass' gave an object (Object), and this store holds bytes only; use 'superjson', 'v8', 'json'",
    )
  })

  it('gives back a Buffer where the store gives text', () => {
    expect(codecOf('bypass', 'bytes').decode('é')).toEqual(Buffer.from('é'))
  })
})

describe('clone', () => {
  const codec = codecOf('clone', 'objects')

  it('keeps the stored value from whoever holds the original or a result', () => {
    const value = { list: [1] }

    const stored = codec.encode(value)
    value.list.push(2)
    const first = codec.decode(stored) as { list: number[] }
    first.list.push(3)

    expect(codec.decode(stored)).toEqual({ list: [1] })
  })

  it('gives back a Buffer as a Buffer of its own', () => {
    const value = Buffer.from([1, 2])

    const stored = codec.encode(value)
    value[0] = 9

    expect(Buffer.isBuffer(stored)).toBe(true)
    expect(codec.decode(stored)).toEqual(Buffer.from([1, 2]))
  })

  it.each([
    ['a function', () => 1],
    ['a symbol', Symbol('s')],
    ['a promise inside', [Promise.resolve()]],
  ])('refuses %s', (_name, value) => {
    expect(() => codec.encode(value)).toThrow(CoderError)
  })
})

describe('text', () => {
  it.each([1, null, undefined, Buffer.from('a'), ['a'], Object('a')])('refuses what is not a string: %p', (value) => {
    expect(() => codecOf('text').encode(value)).toThrow("coder 'text' takes strings, got ")
  })

  it.each(['bytes', 'text'] as const)(
    'refuses a lone surrogate in a store of %s, which UTF-8 would change',
    (values) => {
      expect(() => codecOf('text', values).encode('a\ud800')).toThrow(CoderError)
      expect(codecOf('text', 'objects').encode('a\ud800')).toBe('a\ud800')
    },
  )

  it('keeps a byte order mark', () => {
    expect(codecOf('text').decode(Buffer.from('\ufeffa'))).toBe('\ufeffa')
  })
})

describe('json', () => {
  const cycle: unknown[] = []
  cycle.push(cycle)

  it.each([
    ['undefined', undefined],
    ['a function', () => 1],
    ['a symbol', Symbol('s')],
    ['a bigint', [1n]],
    ['a cycle', cycle],
  ])('refuses %s', (_name, value) => {
    expect(() => codecOf('json').encode(value)).toThrow(CoderError)
    expect(() => codecOf('json').encode(value)).toThrow("coder 'json' cannot ")
  })

  it.each([
    ['undefined', undefined],
    ['a bigint', [1n]],
    ['a cycle', cycle],
  ])('names the way out for %s', (_name, value) => {
    const act = () => codecOf('json').encode(value)

    expect(act).toThrow("; use 'superjson'")
  })

  it('lets an error of a toJSON method be the cause, without advice', async () => {
    const cause = new Error('mine')
    const value = {
      toJSON() {
        throw cause
      },
    }

    const failure = await failureOf(() => codecOf('json').encode(value))

    expect(failure).toMatchObject({ cause, message: "coder 'json' cannot encode an object (Object): mine" })
  })

  it('gives what JSON gives', () => {
    const codec = codecOf('json')

    expect(
      codec.decode(codec.encode({ at: new Date(0), gone: undefined, map: new Map([[1, 2]]), list: [undefined] })),
    ).toEqual({
      at: '1970-01-01T00:00:00.000Z',
      map: {},
      list: [null],
    })
  })

  it.each(['', '{', 'undefined', "{'a':1}"])('does not decode %p', (stored) => {
    expect(() => codecOf('json').decode(stored)).toThrow(CoderError)
  })
})

describe('v8', () => {
  const codec = codecOf('v8')

  it('gives back a Buffer as a Buffer, and cycles', () => {
    const value: { bytes: Buffer; self?: unknown } = { bytes: Buffer.from([1]) }
    value.self = value

    const decoded = codec.decode(codec.encode(value)) as typeof value

    expect(Buffer.isBuffer(decoded.bytes)).toBe(true)
    expect(decoded.self).toBe(decoded)
  })

  it('gives typed arrays that do not lie over the stored bytes', () => {
    const stored = codec.encode(new Uint8Array([1, 2, 3])) as Buffer

    const decoded = codec.decode(stored) as Uint8Array
    decoded.fill(9)

    expect(written(codec.decode(stored))).toBe(written(new Uint8Array([1, 2, 3])))
  })

  it.each([
    ['a function', () => 1],
    ['a symbol', [Symbol('s')]],
    ['a promise', Promise.resolve()],
  ])('refuses %s', (_name, value) => {
    expect(() => codec.encode(value)).toThrow(CoderError)
  })

  it('refuses garbage, and bytes cut short at any place', async () => {
    const whole = fixtures.find(({ coder }) => coder === 'v8')?.stored as Buffer
    const broken: Buffer[] = [Buffer.alloc(0), Buffer.from('garbage'), Buffer.from([0xff]), Buffer.alloc(64, 0xff)]
    for (let end = 0; end < whole.length; end++) broken.push(whole.subarray(0, end))

    for (const bytes of broken) expect(await failureOf(() => codec.decode(bytes))).toBeInstanceOf(CoderError)
  })

  it('survives any flipped byte', async () => {
    const whole = fixtures.find(({ coder }) => coder === 'v8')?.stored as Buffer

    for (let at = 0; at < whole.length; at++) {
      for (const byte of [0, 0x7f, 0xff, 0x5c]) {
        const failure = await failureOf(() =>
          codec.decode(Buffer.concat([whole.subarray(0, at), Buffer.from([byte]), whole.subarray(at + 1)])),
        )
        if (failure !== undefined) expect(failure).toBeInstanceOf(CoderError)
      }
    }
  })

  it('takes objects of another realm', () => {
    expect(written(codec.decode(codec.encode(runInNewContext('({ map: new Map([[1, [2n]]]) })'))))).toBe(
      written({ map: new Map([[1, [2n]]]) }),
    )
  })
})
