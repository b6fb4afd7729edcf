import { isUtf8 } from 'node:buffer'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { StoreValues } from '../../lib/codec.js'
import type { CoderOption } from '../../lib/coder.js'
import { codecOf, values, written } from './fixtures.js'

const bytes = fc.uint8Array().map((array) => Buffer.from(array))
const anyText = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('', '\ufeff', '\0', '@ring1{}\n'))

const jsonData = fc.jsonValue().map((value): unknown => JSON.parse(JSON.stringify(value))) // -0 is not JSON

const cases: [name: string, coder: CoderOption, values: fc.Arbitrary<unknown>, stores: StoreValues[]][] = [
  ['bypass', 'bypass', fc.anything(), ['text', 'objects']],
  ['bypass of bytes', 'bypass', bytes, ['bytes', 'objects']],
  ['clone', 'clone', values(), ['objects']],
  ['text', 'text', anyText, ['bytes', 'text', 'objects']],
  ['json', 'json', fc.oneof(jsonData, fc.constant('\ud800')), ['bytes', 'text', 'objects']],
  ['superjson', 'superjson', fc.oneof(values(), fc.constant('\ud800')), ['bytes', 'text', 'objects']],
  ['v8', 'v8', fc.oneof(values(), bytes), ['bytes', 'text', 'objects']],
  ['gzip', 'gzip', bytes, ['bytes', 'text', 'objects']],
  ['brotli', 'brotli', bytes, ['bytes', 'text', 'objects']],
  ['superjson, gzip', ['superjson', 'gzip'], values(), ['bytes', 'text', 'objects']],
  ['text, brotli, superjson', ['text', 'brotli', 'superjson'], anyText, ['bytes', 'text', 'objects']],
  ['json, v8', ['json', 'v8'], jsonData, ['bytes', 'text', 'objects']],
]

describe('a value through a coder and a store and back', () => {
  it.each(cases.flatMap(([name, coder, values, stores]) => stores.map((store) => ({ name, coder, values, store }))))(
    'is the same: $name in a store of $store',
    async ({ coder, values, store }) => {
      const codec = codecOf(coder, store)

      await fc.assert(
        fc.asyncProperty(values, async (value) => {
          const kept = keep[store](await codec.encode(value))
          expect(written(await codec.decode(kept))).toBe(written(value))
        }),
        { numRuns: 60 },
      )
    },
  )
})

/** What each kind of store gives back for what it was given. */
const keep: Record<StoreValues, (encoded: unknown) => unknown> = {
  bytes: (encoded) => {
    const kept = Buffer.from(encoded as string | Uint8Array)
    return isUtf8(kept) ? kept.toString('utf8') : kept
  },
  text: (encoded) => (typeof encoded === 'string' ? Buffer.from(encoded, 'utf8').toString('utf8') : encoded),
  objects: (encoded) => encoded,
}
