import { describe, expect, it } from '@jest/globals'
import type { StoreValues } from '../lib/codec.js'
import type { Coder } from '../lib/coder.js'
import { CoderError } from '../lib/errors.js'
import { codecOf, failureOf } from './coders/fixtures.js'

const raw: Coder<Uint8Array, Uint8Array> = { encode: (bytes) => bytes, decode: (bytes) => bytes, stored: 'bytes' }
const later: Coder<string, string> = { encode: async (text) => text, decode: async (text) => text }

describe('a coder in a store of bytes', () => {
  it('decodes text from a string or from the Buffer of it', () => {
    const codec = codecOf('json', 'bytes')

    expect([
      codec.decode('"é"'),
      codec.decode(Buffer.from('"é"')),
      codec.decode(new Uint8Array([0x22, 0x61, 0x22])),
    ]).toEqual(['é', 'é', 'a'])
  })

  it('decodes bytes from a Buffer or from the string of it', () => {
    const codec = codecOf(raw, 'bytes')

    expect([codec.decode(Buffer.from([255])), codec.decode('é')]).toEqual([Buffer.from([255]), Buffer.from('é')])
  })

  it.each([
    ['text', 'text'],
    ['bytes', raw],
    ['any', 'clone'],
  ] as const)('refuses what such a store never gives: a coder of %s', (_stored, coder) => {
    for (const stored of [undefined, null, 5, {}, ['a']])
      expect(() => codecOf(coder, 'bytes').decode(stored)).toThrow(CoderError)
  })

  it('refuses text that is not UTF-8', () => {
    expect(() => codecOf('text', 'bytes').decode(Buffer.from([0xff]))).toThrow('bytes that are not UTF-8')
  })
})

describe('a coder in a store of text', () => {
  it('keeps bytes as base64', () => {
    const codec = codecOf(raw, 'text')

    expect(codec.encode(Buffer.from([0, 255]))).toBe('AP8=')
    expect(codec.decode('AP8=')).toEqual(Buffer.from([0, 255]))
  })

  it.each(['AP8', 'AP8==', 'AP9=', 'A P8=', '-_8=', '%', 'é'])(
    'refuses %p, which is not the base64 of any bytes',
    (stored) => {
      expect(() => codecOf(raw, 'text').decode(stored)).toThrow(CoderError)
    },
  )

  it('passes what bypass takes through, and refuses for text what is not text', () => {
    const value = { a: 1 }

    expect(codecOf('bypass', 'text').encode(value)).toBe(value)
    expect(() => codecOf('json', 'text').decode(value)).toThrow(CoderError)
  })
})

describe('a coder in a store of objects', () => {
  it('keeps bytes that change neither with the buffer given nor with the one that was got', () => {
    const codec = codecOf(raw, 'objects')
    const given = Buffer.from([1, 2])

    const stored = codec.encode(given) as Buffer
    given.fill(9)
    ;(codec.decode(stored) as Buffer).fill(8)

    expect(stored).toEqual(Buffer.from([1, 2]))
    expect(stored.buffer.byteLength).toBe(2)
  })

  it.each([
    ['text', 'json', { a: 1 }],
    ['bytes', raw, 'text'],
  ] as const)("refuses a stored form that is not the coder's: %s", (_stored, coder, stored) => {
    expect(() => codecOf(coder, 'objects').decode(stored)).toThrow(CoderError)
  })
})

describe.each<StoreValues>(['bytes', 'text', 'objects'])('a coder in a store of %s', (values) => {
  it('stays synchronous, or asynchronous', async () => {
    const [now, promised] = [codecOf('text', values), codecOf(later, values)]

    expect([now.encode('a'), now.decode('a')]).toEqual(['a', 'a'])
    expect([promised.encode('a'), promised.decode('a')]).toEqual([expect.any(Promise), expect.any(Promise)])
    expect([await promised.encode('a'), await promised.decode('a')]).toEqual(['a', 'a'])
  })

  it('rejects with a CoderError where an asynchronous coder fails', async () => {
    const broken: Coder = {
      encode: () => Promise.reject(new Error('no')),
      decode: () => Promise.reject(new Error('no')),
    }

    const failures = [
      await failureOf(() => codecOf(broken, values).encode(1)),
      await failureOf(() => codecOf(broken, values).decode('1')),
    ]

    expect(failures).toEqual([expect.any(CoderError), expect.any(CoderError)])
  })
})
