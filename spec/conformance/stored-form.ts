import { expect, it, jest } from '@jest/globals'
import { type CacheEvent, CoderError, type CoderOption } from '../../lib/index.js'
import { envelopeOf, type StoreCase } from './store-case.js'
import { numbered, useStore } from './subject.js'

const plain = { a: 1, b: ['é€😀', null, true] }
const coders: { coder: CoderOption; value: unknown }[] = [
  { coder: 'json', value: plain },
  { coder: 'superjson', value: plain },
  { coder: 'v8', value: plain },
  { coder: 'text', value: 'é€😀 "\n' },
  { coder: ['superjson', 'gzip'], value: plain },
  { coder: ['text', 'brotli'], value: 'é'.repeat(100) },
  { coder: [(value) => String(value), (stored) => Number(stored)], value: 1.5 },
  { coder: { encode: async (value) => String(value), decode: async (stored) => Number(stored) }, value: 2.5 },
  {
    coder: { encode: () => Buffer.from([0, 255]), decode: (stored) => stored, stored: 'bytes' },
    value: Buffer.from([0, 255]),
  },
]

/** What lies in the store, and what comes of it. */
export function storedForm(storeCase: StoreCase): void {
  const subject = useStore(storeCase)
  const { values, expiry } = storeCase.capabilities

  /** What of a raw entry the coder gave. */
  const payloadOf = (raw: unknown) => (values === 'bytes' ? raw : envelopeOf(raw).value)
  /** The same in the store's own form. */
  const kept = (encoded: unknown) => {
    if (values === 'bytes') return Buffer.from(encoded as string | Uint8Array)
    return values === 'text' && encoded instanceof Uint8Array ? Buffer.from(encoded).toString('base64') : encoded
  }

  it.each(coders)(
    'keeps exactly what the coder gave, under the key, and reads it back: $coder',
    async ({ coder, value }) => {
      const f = subject.wrap(async (_name: string): Promise<unknown> => value, { coder })

      await f('a')

      const key = f.key('a')
      expect(payloadOf(await subject.opened.raw(key))).toEqual(kept(await f.encode(value)))
      expect(await f('a')).toEqual(value)
      expect(await f.get('a')).toEqual(value)
      expect(await f.decode(await f.storage.backend.get(key))).toEqual(value)
    },
  )

  it.each([
    ['text', '@ring1'],
    ['text', '@ring1{"expires":1}\nmine'],
    ['text', '@ring2{}\nmine'],
    ['json', { '@ring1': { expires: 1 }, value: 'mine' }],
    ['v8', { '@ring2': 1 }],
  ])('keeps a value that begins with the marker, coded by %s: %j', async (coder, value) => {
    const f = subject.wrap(async (_name: string): Promise<unknown> => value, { coder })

    await f('a')

    expect([await f('a'), await f.get('a'), await f.has('a')]).toEqual([value, value, true])
    expect(await f.decode(await f.storage.backend.get(f.key('a')))).toEqual(value)
  })

  it('keeps bytes that begin with the marker, also for a fraction of a second', async () => {
    const value = Buffer.from('@ring1{"expires":1}\n\xff\0', 'latin1')
    const coder = { encode: (bytes: unknown) => bytes, decode: (bytes: unknown) => bytes, stored: 'bytes' } as const
    const f = subject.wrap(async (_name: string): Promise<unknown> => value, { coder, ttl: 86_400_000.5 })

    await f('a')

    expect([await f('a'), await f.get('a')]).toEqual([value, value])
    expect(await f.decode(await f.storage.backend.get(f.key('a')))).toEqual(value)
  })

  it('takes an entry of an unknown version for a miss, and replaces it', async () => {
    const f = subject.wrap(numbered(), { coder: 'text' })
    const key = f.key('a')
    const unknown = values === 'objects' ? { '@ring2': {}, value: 'later' } : '@ring2{"x":1}\nlater'
    await subject.opened.plant(key, unknown)

    const answers = [await f.get('a'), await f.getMany(['a'])]

    expect(answers).toEqual([undefined, [undefined]])
    expect([await f('a'), await f('a'), await f.get('a')]).toEqual(['a #1', 'a #1', 'a #1'])
  })

  it('takes what does not decode for a miss with an event, and replaces it', async () => {
    const f = subject.wrap(numbered(), { coder: 'json' })
    const heard = jest.fn<(event: CacheEvent) => void>()
    f.on('error', heard)
    await subject.opened.plant(f.key('a'), '{ broken')

    const answer = await f.get('a')

    expect(answer).toBeUndefined()
    expect(heard).toHaveBeenCalledTimes(1)
    expect(heard.mock.calls[0]?.[0]).toMatchObject({ key: f.key('a'), error: expect.any(CoderError) })
    expect([await f('a'), await f.get('a')]).toEqual(['a #1', 'a #1'])
  })

  it('does not let one bad entry spoil a bulk read', async () => {
    const f = subject.wrap(numbered(), { coder: 'json' })
    const heard = jest.fn()
    f.on('error', heard)
    await f.setMany([['a'], ['c']], ['A', 'C'])
    await subject.opened.plant(f.key('b'), '{ broken')

    const answers = await f.getMany(['a'], ['b'], ['c'])

    expect(answers).toEqual(['A', undefined, 'C'])
    expect(heard).toHaveBeenCalledTimes(1)
    expect(await f.getOrUpdateMany(['a'], ['b'], ['c'])).toEqual(['A', 'b #1', 'C'])
    expect(await f.getMany(['a'], ['b'], ['c'])).toEqual(['A', 'b #1', 'C'])
  })

  // memcached holds bytes and nothing else: there everything is an entry.
  it('takes what is no entry at all for a miss with an event, and replaces it', async () => {
    const { garble } = subject.opened
    if (garble === undefined) return
    const f = subject.wrap(numbered())
    const heard = jest.fn()
    f.on('error', heard)
    await f.setMany([['b'], ['c']], ['B', 'C'])
    await garble(f.key('a'))

    const answer = await f.get('a')

    expect(answer).toBeUndefined()
    expect(heard).toHaveBeenCalledTimes(1)
    expect(await f.getMany(['b'], ['a'], ['c'])).toEqual(['B', undefined, 'C'])
    expect([await f('a'), await f.get('a'), await f.has('a')]).toEqual(['a #1', 'a #1', true])
  })

  it(`keeps ${values === 'bytes' ? 'the bytes alone' : 'an envelope'} where expiry is ${expiry}`, async () => {
    const f = subject.wrap(async (_name: string) => 'value', { coder: 'text', ttl: 60_000 })

    await f('a')

    const raw = await subject.opened.raw(f.key('a'))
    if (expiry === 'native') expect(raw).toEqual(Buffer.from('value'))
    else expect(envelopeOf(raw)).toEqual({ value: 'value', expires: expect.closeTo(Date.now() + 60_000, -4) })
  })

  it(`takes by bypass what the store keeps: ${values}`, async () => {
    const bytes = Buffer.from([0, 255, 128])
    const object = { at: 1 }
    const f = subject.wrap(async (value: unknown) => value, { coder: 'bypass', key: () => ['a'] })
    const heard = jest.fn()
    f.on('error', heard)

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

    const text = values === 'bytes' ? 'refused' : 'text'
    expect(outcomes[0]).toBe(text)
    expect(outcomes[1]).toEqual(storeCase.textOnly ? 'refused' : bytes)
    if (values === 'objects') expect(outcomes[2]).toBe(object)
    else if (values === 'bytes' || storeCase.textOnly) expect(outcomes[2]).toBe('refused')
    else expect(outcomes[2]).toEqual(object)
  })
}
