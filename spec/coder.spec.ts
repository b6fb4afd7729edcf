import { describe, expect, it } from '@jest/globals'
import { expectTypeOf } from 'expect-type'
import type { Coder, CoderOption } from '../lib/coder.js'
import type { CoderOutput } from '../lib/coders/output.js'
import { coderRegistry, coders } from '../lib/coders/registry.js'
import { resolveCoder } from '../lib/coders/resolve.js'
import { CoderError, OptionError } from '../lib/errors.js'
import { failureOf } from './coders/fixtures.js'

const float: Coder<number, string> = { encode: (value) => String(value), decode: (stored) => Number(stored) }
const builtIn = ['bypass', 'clone', 'text', 'json', 'superjson', 'v8', 'gzip', 'brotli']

describe('a registry', () => {
  it('starts with the built-in coders', () => {
    expect(coderRegistry().names()).toEqual(builtIn)
    expect(coders.names()).toEqual(builtIn)
  })

  it('knows a coder by the name it was given, and keeps it from other registries', () => {
    const registry = coderRegistry()

    registry.register('float', float)

    expect(registry.get('float')).toBe(float)
    expect(coders.get('float')).toBeUndefined()
    expect(() => resolveCoder('float', coders)).toThrow(CoderError)
  })

  it('takes an [encode, decode] pair', () => {
    const registry = coderRegistry()

    registry.register('float', [float.encode, float.decode])

    const coder = resolveCoder('float', registry)
    expect([coder.stored, coder.encode(1.5), coder.decode('1.5')]).toEqual(['text', '1.5', 1.5])
  })

  it('gives a name once, but bears the same coder again', () => {
    const registry = coderRegistry()
    registry.register('float', float)

    registry.register('float', float)

    expect(() => registry.register('float', { ...float })).toThrow(OptionError)
    expect(() => registry.register('json', float)).toThrow("a coder named 'json' is registered already")
  })

  it('refuses an empty name', () => {
    expect(() => coderRegistry().register('', float)).toThrow(OptionError)
  })

  it.each<[string, unknown]>([
    ['null', null],
    ['a function', () => 1],
    ['no decode', { encode: float.encode }],
    ['three functions', [float.encode, float.decode, float.decode]],
    ['an unknown stored form', { ...float, stored: 'json' }],
    ['an unknown wish', { ...float, takes: 'text' }],
  ])('refuses what is no coder: %s', (_name, shape) => {
    expect(() => coderRegistry().register('float', shape as Coder)).toThrow(OptionError)
    expect(() => resolveCoder(shape as Coder, coders)).toThrow(OptionError)
  })

  it.each(['__proto__', 'constructor', 'toString', 'jsn', ''])('does not know %p, and lists what it knows', (name) => {
    expect(() => resolveCoder(name, coders)).toThrow(CoderError)
    expect(() => resolveCoder(name, coders)).toThrow(`no coder is named '${name}'; known are ${builtIn.join(', ')}`)
  })
})

describe('a coder of the user', () => {
  it('keeps its receiver', () => {
    class Counting implements Coder<number, string> {
      count = 0
      encode(value: number): string {
        this.count++
        return String(value)
      }
      decode(stored: string): number {
        return Number(stored)
      }
    }
    const coder = new Counting()

    resolveCoder(coder, coders).encode(1)

    expect(coder.count).toBe(1)
  })

  it('is synchronous where it is synchronous, and asynchronous where it is not', async () => {
    const later: CoderOption = [async (value) => String(value), async (stored) => Number(stored)]

    const [now, promised] = [resolveCoder(float, coders), resolveCoder(later, coders)]

    expect([now.encode(1), now.decode('1')]).toEqual(['1', 1])
    expect(promised.encode(1)).toBeInstanceOf(Promise)
    expect([await promised.encode(1), await promised.decode('1')]).toEqual(['1', 1])
  })

  it.each<[string, CoderOption, string]>([
    [
      'throws',
      [
        () => {
          throw new RangeError('too far')
        },
        String,
      ],
      'cannot encode a number: too far',
    ],
    [
      'rejects',
      [
        async () => {
          throw new RangeError('too far')
        },
        String,
      ],
      'cannot encode a number: too far',
    ],
    [
      'throws what is no error',
      [
        () => {
          throw 'no'
        },
        String,
      ],
      'it threw a string of 2 characters',
    ],
    ['breaks its word about text', [() => 5, String], "is to encode to a string (stored: 'text'), got a number"],
    ['breaks its word late', [async () => undefined, String], 'got undefined'],
    [
      'breaks its word about bytes',
      { encode: () => 'a', decode: String, stored: 'bytes' },
      "is to encode to a Uint8Array (stored: 'bytes')",
    ],
  ])('fails with a CoderError that says what was got when it %s', async (_name, option, message) => {
    const failure = await failureOf(() => resolveCoder(option, coders).encode(1))

    expect(failure).toBeInstanceOf(CoderError)
    expect(String(failure)).toContain("coder 'custom'")
    expect(String(failure)).toContain(message)
  })

  it('is called by its own name, by the name it is registered by, or custom', () => {
    const named = { encode: String, decode: Number, name: 'float' }
    const registry = coderRegistry()
    registry.register('number', named)

    const names = [named, 'number', [String, Number] as const].map((option) => resolveCoder(option, registry).name)

    expect(names).toEqual(['float', 'number', 'custom'])
  })

  it('fails with its own error as the cause', async () => {
    const cause = new RangeError('no')

    const failures = await Promise.all(
      [
        () => Promise.reject(cause),
        () => {
          throw cause
        },
      ].map((decode) => failureOf(() => resolveCoder([String, decode], coders).decode('1'))),
    )

    expect(failures.map((failure) => (failure as Error).cause)).toEqual([cause, cause])
  })
})

describe('a list of coders', () => {
  const mark = (name: string): Coder<string, string> => ({
    encode: (text) => `${name}(${text})`,
    decode: (text) => text.slice(2, -1),
  })

  it('is applied left to right, and back right to left', () => {
    const chain = resolveCoder([mark('a'), mark('b'), mark('c')], coders)

    expect(chain.encode('x')).toBe('c(b(a(x)))')
    expect(chain.decode('c(b(a(x)))')).toBe('x')
  })

  it('of two functions is a pair', () => {
    expect(resolveCoder([String, Number], coders).decode('1')).toBe(1)
  })

  it('bears the names of its links, and the stored form of the last', () => {
    const { name, stored } = resolveCoder(['superjson', 'gzip'], coders)

    expect([name, stored]).toEqual(['superjson|gzip', 'bytes'])
  })

  it('gives text to one that takes bytes as UTF-8, and takes it back strictly', async () => {
    const hex: Coder<Buffer, string> = {
      encode: (bytes) => bytes.toString('hex'),
      decode: (text) => Buffer.from(text, 'hex'),
      takes: 'bytes',
    }
    const chain = resolveCoder(['text', hex], coders)

    expect(chain.encode('é')).toBe('c3a9')
    expect(chain.decode('c3a9')).toBe('é')
    expect(() => chain.decode('c3')).toThrow(CoderError)
    expect(() => chain.encode('\udc00')).toThrow(CoderError)
  })

  it('does not take the string of a coder for any value as text, which would come back as bytes', async () => {
    const failure = await failureOf(() => resolveCoder(['bypass', 'gzip'], coders).encode('text'))

    expect(String(failure)).toContain("write ['text', 'gzip']")
  })

  it('names the link that failed', async () => {
    const failure = await failureOf(() => resolveCoder(['json', 'gzip'], coders).decode(Buffer.from('no gzip')))

    expect(String(failure)).toContain("coder 'gzip' cannot decode")
  })

  it('must not be empty, nor hold another list, nor change later', () => {
    const list: (string | Coder)[] = ['json']
    const coder = resolveCoder(list, coders)
    list.push('gzip')

    expect(coder.encode(1)).toBe('1')
    expect(() => resolveCoder([], coders)).toThrow(OptionError)
    expect(() => resolveCoder([['json']] as unknown as CoderOption, coders)).toThrow(OptionError)
  })
})

describe('the type of what a coder gives', () => {
  interface User {
    id: number
    born: Date
    nick?: string
    tags: Set<string>
    list: (Date | undefined)[]
    greet(): void
    maybe: number | undefined
  }

  it('is that of the function where the coder keeps it', () => {
    expectTypeOf<CoderOutput<undefined, User>>().toEqualTypeOf<User>()
    expectTypeOf<CoderOutput<'bypass' | 'superjson', User>>().toEqualTypeOf<User>()
    expectTypeOf<CoderOutput<'clone', User>>().toEqualTypeOf<User>()
    expectTypeOf<CoderOutput<'v8', User>>().toEqualTypeOf<User>()
  })

  it('is what JSON makes of it for json', () => {
    expectTypeOf<CoderOutput<'json', User>>().toEqualTypeOf<{
      id: number
      born: string
      nick?: string
      tags: Record<never, never>
      list: (string | null)[]
      maybe?: number
    }>()
    expectTypeOf<CoderOutput<'json', Date[]>>().toEqualTypeOf<string[]>()
    expectTypeOf<CoderOutput<'json', [Date, 1 | null]>>().toEqualTypeOf<[string, 1 | null]>()
    expectTypeOf<CoderOutput<'json', unknown>>().toEqualTypeOf<unknown>()
    expectTypeOf<CoderOutput<'json', Record<string, Date>>>().toEqualTypeOf<Record<string, string>>()
  })

  it('is fixed, or that of decode, or of the first of a list, or unknown', () => {
    expectTypeOf<CoderOutput<'text', User>>().toEqualTypeOf<string>()
    expectTypeOf<CoderOutput<'gzip', User>>().toEqualTypeOf<Buffer>()
    expectTypeOf<CoderOutput<typeof float, User>>().toEqualTypeOf<number>()
    expectTypeOf<
      CoderOutput<[(value: User) => string, (stored: string) => Promise<bigint>], User>
    >().toEqualTypeOf<bigint>()
    expectTypeOf<CoderOutput<readonly ['json', 'gzip'], Date>>().toEqualTypeOf<string>()
    expectTypeOf<CoderOutput<readonly [typeof float, 'gzip'], User>>().toEqualTypeOf<number>()
    expectTypeOf<CoderOutput<'float', User>>().toEqualTypeOf<unknown>()
    expectTypeOf<CoderOutput<string, User>>().toEqualTypeOf<unknown>()
    expectTypeOf<CoderOutput<string[], User>>().toEqualTypeOf<unknown>()
  })

  it('lets every form of the option be written down', () => {
    expectTypeOf<typeof float>().toExtend<CoderOption>()
    expectTypeOf<readonly ['superjson', 'gzip']>().toExtend<CoderOption>()
    expectTypeOf<[(value: Date) => string, (stored: string) => Date]>().toExtend<CoderOption>()
    expectTypeOf<{ encode: () => string }>().not.toExtend<CoderOption>()
  })
})
