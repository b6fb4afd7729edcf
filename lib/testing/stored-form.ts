import assert from 'node:assert/strict'
import type { CoderOption } from '../index.js'
import { assertBetween } from './clockwork.js'
import { envelopeOf } from './envelope.js'
import type { Suite } from './suite.js'

const plain = { a: 1, b: ['é€😀', null, true] }
const coders: { name?: string; coder: CoderOption; value: unknown }[] = [
  { coder: 'json', value: plain },
  { coder: 'superjson', value: plain },
  { coder: 'v8', value: plain },
  { coder: 'text', value: 'é€😀 "\n' },
  { coder: ['superjson', 'gzip'], value: plain },
  { coder: ['text', 'brotli'], value: 'é'.repeat(100) },
  { name: 'a pair', coder: [(value) => String(value), (stored) => Number(stored)], value: 1.5 },
  {
    name: 'an asynchronous coder',
    coder: { encode: async (value) => String(value), decode: async (stored) => Number(stored) },
    value: 2.5,
  },
  {
    name: 'a coder of bytes',
    coder: { encode: () => Buffer.from([0, 255]), decode: (stored) => stored, stored: 'bytes' },
    value: Buffer.from([0, 255]),
  },
]

const marked: [coder: CoderOption, value: unknown][] = [
  ['text', '@ring1'],
  ['text', '@ring1{"expires":1}\nmine'],
  ['text', '@ring2{}\nmine'],
  ['json', { '@ring1': { expires: 1 }, value: 'mine' }],
  ['v8', { '@ring2': 1 }],
]

/** What lies in the store, and what comes of it. */
export function storedForm({ it, itLooking, wrap, ttlWherePossible, storeCase }: Suite): void {
  const { values, expiry } = storeCase.capabilities

  /** What of a raw entry the coder gave. */
  const payloadOf = (raw: unknown) => {
    const payload = expiry === 'envelope' ? envelopeOf(raw).value : raw
    return payload instanceof Uint8Array ? Buffer.from(payload) : payload
  }
  /** The same in the store's own form. */
  const kept = (encoded: unknown) => {
    if (values === 'bytes') return Buffer.from(encoded as string | Uint8Array)
    return values === 'text' && encoded instanceof Uint8Array ? Buffer.from(encoded).toString('base64') : encoded
  }

  for (const { coder, value, name = String(coder) } of coders) {
    it(`reads back what was coded: ${name}`, async () => {
      const f = wrap(async (_name: string): Promise<unknown> => value, { coder })

      await f('a')

      assertSame([await f('a'), await f.get('a'), await f.getMany(['a'])], [value, value, [value]])
      assertSame(await f.decode(await f.storage.backend.get(f.key('a'))), value)
    })

    itLooking(['raw'], `keeps exactly what the coder gave, under the key: ${name}`, async ({ raw }) => {
      const f = wrap(async (_name: string): Promise<unknown> => value, { coder })

      await f('a')

      assert.deepEqual(payloadOf(await raw(f.key('a'))), kept(await f.encode(value)))
    })
  }

  for (const [coder, value] of marked) {
    it(`keeps a value that begins with the marker, coded by ${coder}: ${JSON.stringify(value)}`, async () => {
      const f = wrap(async (_name: string): Promise<unknown> => value, { coder })

      await f('a')

      assertSame([await f('a'), await f.get('a'), await f.has('a')], [value, value, true])
      assertSame(await f.decode(await f.storage.backend.get(f.key('a'))), value)
    })
  }

  it('keeps bytes that begin with the marker, also for a fraction of a second', async () => {
    const value = Buffer.from('@ring1{"expires":1}\n\xff\0', 'latin1')
    const coder = { encode: (bytes: unknown) => bytes, decode: (bytes: unknown) => bytes, stored: 'bytes' } as const
    const f = wrap(async (_name: string): Promise<unknown> => value, {
      coder,
      ...ttlWherePossible(86_400_000.5),
    })

    await f('a')

    assert.deepEqual([await f('a'), await f.get('a')], [value, value])
    assert.deepEqual(await f.decode(await f.storage.backend.get(f.key('a'))), value)
  })

  const form = expiry === 'envelope' ? 'an envelope' : `the ${values} alone`
  itLooking(['raw'], `keeps ${form} where expiry is ${expiry}`, async ({ raw }) => {
    const f = wrap(async (_name: string) => 'value', { coder: 'text', ...ttlWherePossible(60_000) })

    await f('a')

    const found = await raw(f.key('a'))
    assert.deepEqual(payloadOf(found), kept('value'))
    if (expiry === 'envelope') assertBetween((envelopeOf(found).expires ?? 0) - Date.now(), 55_000, 65_000)
  })

  it(`takes by bypass what the store keeps: ${values}`, async () => {
    const bytes = Buffer.from([0, 255, 128])
    const object = { at: 1 }
    const f = wrap(async (value: unknown) => value, { coder: 'bypass', key: () => ['a'] })
    f.on('error', () => {}) // a refusal is no surprise

    const outcomes: unknown[] = []
    for (const value of ['text', bytes, object]) {
      outcomes.push(
        await f.update(value).then(
          async () => (await f.get(value)) as unknown,
          () => 'refused',
        ),
      )
      await f.delete(value)
    }

    const [ofText, ofBytes, ofObject] = outcomes
    const textOnly = values === 'text' && (storeCase.textOnly ?? ofObject === 'refused')
    assert.equal(ofText, values === 'bytes' ? 'refused' : 'text')
    assert.deepEqual(ofBytes, textOnly ? 'refused' : bytes)
    if (values === 'objects') assert.equal(ofObject, object)
    else assert.deepEqual(ofObject, textOnly || values === 'bytes' ? 'refused' : object)
  })
}

/** What `v8` decodes is of Node's own realm, and a test of Jest runs in another: clones are of one. */
function assertSame(actual: unknown, expected: unknown): void {
  assert.deepEqual(structuredClone(actual), structuredClone(expected))
}
