import { describe, expect, it } from '@jest/globals'
import { cached, UnsupportedError } from '../lib/index.js'
import { endlessStore } from './support/endless-store.js'

describe('fn.storage over a store that can end no entry', () => {
  const wrap = () => cached(async (x: string) => x, { store: endlessStore(), keyPrefix: 'view' })

  it('stores by key without a ttl', async () => {
    const f = wrap()

    await f.storage.set(f.key('a'), 'A')

    expect(await f.get('a')).toBe('A')
  })

  it('refuses to store by key with a ttl, and stores nothing', async () => {
    const f = wrap()

    const setting = f.storage.set(f.key('a'), 'A', 1_000)

    await expect(setting).rejects.toThrow(
      new UnsupportedError('a ttl needs a store that can end an entry, and keyv keeps each until it is removed'),
    )
    expect(await f.has('a')).toBe(false)
  })

  it.each([undefined, 1_000])('refuses to touch by key, with a ttl of %s', async (ttl) => {
    const f = wrap()
    await f('a')

    const touching = f.storage.touch(f.key('a'), ttl)

    await expect(touching).rejects.toThrow(UnsupportedError)
  })

  it('says that the store is why it refuses to touch', async () => {
    const f = wrap()

    const touching = f.touch('a')

    await expect(touching).rejects.toThrow(
      new UnsupportedError('touch starts the ttl of an entry anew, and keyv can end no entry'),
    )
  })
})
