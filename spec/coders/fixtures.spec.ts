import { describe, expect, it } from '@jest/globals'
import { codecOf, fixtures, written } from './fixtures.js'

describe('the stored form of every coder', () => {
  it.each(fixtures)('is read as it was recorded: $name', async ({ coder, value, stored }) => {
    const decoded = await codecOf(coder).decode(stored)

    expect(written(decoded)).toBe(written(value))
  })

  it.each(fixtures.filter(({ exact }) => exact))(
    'is written byte for byte as it was recorded: $name',
    async ({ coder, value, stored }) => {
      const encoded = await codecOf(coder).encode(value)

      expect(encoded).toEqual(stored)
    },
  )

  it('is bytes with the recorded magic where versions of Node.js may differ', async () => {
    const encoded = await Promise.all(
      fixtures
        .filter(({ exact }) => !exact)
        .map(async ({ coder, value, stored }) => [await codecOf(coder).encode(value), stored]),
    )

    for (const [bytes, recorded] of encoded as [Buffer, Buffer][]) expect(bytes[0]).toBe(recorded[0])
  })

  // The recorded bytes are those of version 15, which Node.js 20 to 24 write.
  ;(process.versions.node.startsWith('20.') ? it : it.skip)('is written byte for byte by v8 on Node.js 20', () => {
    const { value, stored } = fixtures.find(({ coder }) => coder === 'v8') ?? {}

    expect(codecOf('v8').encode(value)).toEqual(stored)
  })
})
