import { describe, expect, it } from '@jest/globals'
import { cached, lru } from '../lib/index.js'
import { liveContexts } from '../lib/live.js'
import { controlledStore } from './support/controlled-store.js'
import { uniquePrefix } from './support/servers.js'

/** More than a memo has room for. */
const FILLS = 32_000

function memoOf(prefix: string) {
  return liveContexts().find(({ part }) => part === prefix)?.keyOf.memo
}

describe('what calls have a memo remember', () => {
  it('is nothing once it was filled in vain, until one of them is found', async () => {
    const keyPrefix = uniquePrefix('vain')
    const f = cached(async (id: string) => id, { store: lru({ max: FILLS }), keyPrefix })
    for (let i = 0; i < FILLS; i++) await f(`in vain ${i}`)
    const last = `in vain ${FILLS - 1}`
    const inVain = memoOf(keyPrefix)?.find([last])

    await f(last)
    await f(last)

    expect([inVain, memoOf(keyPrefix)?.find([last])]).toEqual([undefined, f.key(last)])
  }, 60_000)

  it('goes on where the store tells of no hit at once', () => {
    const keyPrefix = uniquePrefix('vain')
    const f = cached(async (id: string) => id, { store: controlledStore().adapter, keyPrefix })
    for (let i = 0; i < FILLS; i++) void f(`in vain ${i}`)

    void f('last')

    expect(memoOf(keyPrefix)?.find(['last'])).toBe(f.key('last'))
  }, 60_000)
})
