import assert from 'node:assert/strict'
import { OptionError, UnsupportedError } from '../index.js'
import { numbered } from './functions.js'
import type { Suite } from './suite.js'

/** What a store that can end no entry refuses, and never leaves out silently. */
export function endless({ it, itLooking, wrap }: Suite): void {
  it('refuses a ttl when the function is wrapped', async () => {
    for (const ttl of [60_000, () => 60_000]) assert.throws(() => wrap(numbered(), { ttl }), OptionError)
  })

  it('refuses a ttl by key, and stores nothing', async () => {
    const f = wrap(numbered())

    const setting = f.storage.set(f.key('a'), 'A', 60_000)

    await assert.rejects(setting, UnsupportedError)
    assert.equal(await f.has('a'), false)
  })

  it('refuses to touch, and leaves the entry as it was', async () => {
    const f = wrap(numbered())
    await f('a')

    const touching = [
      f.touch('a'),
      f.touchMany(['a'], ['b']),
      f.storage.touch(f.key('a')),
      f.storage.touch(f.key('a'), 1),
    ]

    await Promise.all(touching.map((one) => assert.rejects(one, UnsupportedError)))
    assert.equal(await f.get('a'), 'a #1')
  })

  itLooking(['timeLeft'], 'keeps an entry without an end', async ({ timeLeft }) => {
    const f = wrap(numbered())

    await f('a')

    assert.equal(await timeLeft(f.key('a')), Number.POSITIVE_INFINITY)
  })
}
