import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib'
import { describe, expect, it } from '@jest/globals'
import { fitCodec } from '../../lib/codec.js'
import { brotli } from '../../lib/coders/brotli.js'
import { gzip } from '../../lib/coders/gzip.js'
import { coders } from '../../lib/coders/registry.js'
import { resolveCoder } from '../../lib/coders/resolve.js'
import { CoderError, OptionError } from '../../lib/errors.js'
import { codecOf, failureOf } from './fixtures.js'

const formats = [
  { name: 'gzip' as const, make: gzip, compress: gzipSync, decompress: gunzipSync, highest: 9 },
  {
    name: 'brotli' as const,
    make: brotli,
    compress: brotliCompressSync,
    decompress: brotliDecompressSync,
    highest: 11,
  },
]

describe.each(formats)('$name', ({ name, make, compress, decompress, highest }) => {
  const codec = codecOf(name)

  it('writes what any other implementation reads, and reads what it writes', async () => {
    const bytes = Buffer.from('value '.repeat(1000))

    const stored = (await codec.encode(bytes)) as Buffer

    expect(stored.length).toBeLessThan(100)
    expect(decompress(stored)).toEqual(bytes)
    expect(await codec.decode(compress(bytes))).toEqual(bytes)
  })

  it('stores text, from the coder before it, as UTF-8', async () => {
    const stored = (await codecOf(['superjson', name]).encode({ a: 'é' })) as Buffer

    expect(decompress(stored).toString('utf8')).toBe('{"json":{"a":"é"}}')
  })

  it.each(['text', 5, null, { a: 1 }])('takes bytes alone, not %p, and says what to write', async (value) => {
    const failure = await failureOf(() => codec.encode(value))

    expect(failure).toBeInstanceOf(CoderError)
    expect(String(failure)).toContain(`write ['text', '${name}']`)
  })

  it('refuses to give more than maxBytes', async () => {
    const bomb = compress(Buffer.alloc(1_000_001))
    const bounded = fitCodec(resolveCoder(make({ maxBytes: 1_000_000 }), coders), 'bytes')

    expect(await failureOf(() => bounded.decode(bomb))).toBeInstanceOf(CoderError)
    expect(await bounded.decode(compress(Buffer.alloc(1_000_000)))).toHaveLength(1_000_000)
  })

  it('refuses a bomb of more than 64 MiB by itself', async () => {
    const bomb = (await make({ level: 1 }).encode(Buffer.alloc(64 * 1024 * 1024 + 1))) as Buffer

    expect(await failureOf(() => codec.decode(bomb))).toBeInstanceOf(CoderError)
  })

  it('refuses garbage, and bytes cut short', async () => {
    const stored = compress('a value to be cut')

    for (const bytes of [Buffer.alloc(0), Buffer.from('garbage'), stored.subarray(0, -1), stored.subarray(0, 5)]) {
      expect(await failureOf(() => codec.decode(bytes))).toBeInstanceOf(CoderError)
    }
  })

  it('takes a level, and refuses what is none', async () => {
    const coder = make({ level: 0 })

    expect(decompress((await coder.encode(Buffer.from('a'))) as Buffer).toString()).toBe('a')
    for (const level of [-1, highest + 1, 1.5, Number.NaN]) expect(() => make({ level })).toThrow(OptionError)
    for (const maxBytes of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => make({ maxBytes })).toThrow(OptionError)
  })
})
