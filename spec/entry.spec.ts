import { describe, expect, it } from '@jest/globals'
import { looksSealed, type Meta, seal, unseal } from '../lib/entry.js'

interface Form {
  name: string
  values: 'bytes' | 'text' | 'objects'
  payload: unknown
  meta?: Meta
  stored: unknown
}

const bytes = (text: string) => Buffer.from(text, 'latin1')

/** Pinned: what is stored today must be read for ever. */
const forms: Form[] = [
  { name: 'text as it is', values: 'bytes', payload: '{"json":1}', stored: '{"json":1}' },
  { name: 'bytes as they are', values: 'bytes', payload: bytes('\x1f\x8b\xff'), stored: bytes('\x1f\x8b\xff') },
  { name: 'an empty text', values: 'bytes', payload: '', stored: '' },
  { name: 'text where text is kept', values: 'text', payload: 'é\n', stored: 'é\n' },
  { name: 'an object as it is', values: 'objects', payload: { a: 1 }, stored: { a: 1 } },
  { name: 'undefined as it is', values: 'objects', payload: undefined, stored: undefined },
  {
    name: 'text that begins like a marker, where objects are kept',
    values: 'objects',
    payload: '@ring1{}\n',
    stored: '@ring1{}\n',
  },
  {
    name: 'text with its end',
    values: 'bytes',
    payload: 'é',
    meta: { expires: 1_234 },
    stored: '@ring1{"expires":1234}\né',
  },
  {
    name: 'bytes with their end',
    values: 'bytes',
    payload: bytes('\xff\n\0'),
    meta: { expires: 1_234 },
    stored: bytes('@ring1{"expires":1234}\n\xff\n\0'),
  },
  {
    name: 'an empty text with its end',
    values: 'text',
    payload: '',
    meta: { expires: 1 },
    stored: '@ring1{"expires":1}\n',
  },
  {
    name: 'an object with its end',
    values: 'objects',
    payload: { a: 1 },
    meta: { expires: 1_234 },
    stored: { '@ring1': { expires: 1_234 }, value: { a: 1 } },
  },
  {
    name: 'undefined with its end',
    values: 'objects',
    payload: undefined,
    meta: { expires: 1 },
    stored: { '@ring1': { expires: 1 }, value: undefined },
  },
  { name: 'text that begins with the marker', values: 'bytes', payload: '@ring1', stored: '@ring1{}\n@ring1' },
  { name: 'text that looks sealed', values: 'text', payload: '@ring1{}\nx', stored: '@ring1{}\n@ring1{}\nx' },
  { name: 'text with a later marker', values: 'bytes', payload: '@ring2{}\nx', stored: '@ring1{}\n@ring2{}\nx' },
  {
    name: 'bytes that begin with the marker',
    values: 'bytes',
    payload: bytes('@ring\xff'),
    stored: bytes('@ring1{}\n@ring\xff'),
  },
  {
    name: 'an object that looks sealed',
    values: 'objects',
    payload: { '@ring1': {}, value: 1 },
    stored: { '@ring1': {}, value: { '@ring1': {}, value: 1 } },
  },
  {
    name: 'an object of the next version',
    values: 'objects',
    payload: { '@ring2': {} },
    stored: { '@ring1': {}, value: { '@ring2': {} } },
  },
]

/** What stands in front of the coder's output. */
function headerIn(stored: unknown, payload: unknown): string {
  if (typeof stored !== 'string' && !Buffer.isBuffer(stored)) return ''
  const rest = Buffer.from(payload as string).length // one is what the other holds
  return Buffer.from(stored as string)
    .subarray(0, -rest || undefined)
    .toString()
}

describe('the stored form of an entry', () => {
  it.each(forms)('is written as it was recorded: $name', ({ values, payload, meta, stored }) => {
    const sealed = seal(payload, meta, values)

    expect(sealed).toEqual(stored)
    expect(Buffer.isBuffer(sealed)).toBe(Buffer.isBuffer(stored))
  })

  it.each(forms)('is read as it was recorded: $name', ({ values, payload, meta, stored }) => {
    const entry = unseal(stored, values)

    expect(entry).toEqual({ payload, meta: meta ?? {}, header: headerIn(stored, payload) })
  })

  it.each(forms.filter(({ values, stored }) => values === 'bytes' && typeof stored === 'string'))(
    'is read from the bytes of its text: $name',
    ({ payload, meta, stored }) => {
      const entry = unseal(Buffer.from(String(stored)), 'bytes')

      expect(entry).toEqual({
        payload: Buffer.from(String(payload)),
        meta: meta ?? {},
        header: headerIn(stored, payload),
      })
    },
  )

  it('is the very same object where nothing is added', () => {
    const payload = { a: 1 }

    const sealed = seal(payload, undefined, 'objects')

    expect(sealed).toBe(payload)
    expect(unseal(payload, 'objects')?.payload).toBe(payload)
  })
})

describe('what is no entry that this version knows', () => {
  const unknown: [unknown, 'bytes' | 'text' | 'objects'][] = [
    ['@ring2{}\nx', 'text'],
    ['@ring10{}\nx', 'text'],
    ['@ring', 'text'],
    ['@ring1', 'text'],
    ['@ring1{}', 'text'],
    ['@ring1\nx', 'text'],
    ['@ring1{"expires":\nx', 'text'],
    ['@ring1{"expires":"soon"}\nx', 'text'],
    ['@ring1{} {}\nx', 'text'],
    [bytes('@ring2{}\nx'), 'bytes'],
    [bytes('@ring1\xff'), 'bytes'],
    [bytes('@ring1{"\xff\n'), 'bytes'],
    [{ '@ring2': {}, value: 1 }, 'objects'],
    [{ '@ring1': 'later', value: 1 }, 'objects'],
    [{ '@ring1': null, value: 1 }, 'objects'],
    [{ '@ring1': { expires: 'soon' }, value: 1 }, 'objects'],
  ]

  it.each(unknown)('is undefined, and no error: %j in %s', (stored, values) => {
    const entry = unseal(stored, values)

    expect(entry).toBeUndefined()
    expect(looksSealed(stored, values)).toBe(true)
  })

  it('is not found in what only resembles it', () => {
    const plain = ['ring1', ' @ring1{}\n', '@rin', null, 1, undefined, [], { value: 1 }, { a: { '@ring1': {} } }]

    const found = plain.filter((stored) => looksSealed(stored, 'objects') || looksSealed(stored, 'text'))

    expect(found).toEqual([])
  })

  it('never takes metadata from a prototype', () => {
    const stored: unknown = Object.create({ '@ring1': { expires: 1 }, value: 'theirs' })

    const entry = unseal(stored, 'objects')

    expect(entry).toEqual({ payload: stored, meta: {}, header: '' })
  })
})
