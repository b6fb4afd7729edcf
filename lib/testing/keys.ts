import assert from 'node:assert/strict'
import { KeyError } from '../index.js'
import { numbered } from './functions.js'
import { type Suite, uniquePrefix } from './suite.js'

/** What any key does in the store. */
export function keys({ it, itLooking, wrap, storeCase }: Suite): void {
  const { longestKey } = storeCase

  const difficult = [
    '',
    'a b',
    'a\r\nb',
    'é',
    '日本語',
    '😀',
    '::',
    '%3A',
    'x'.repeat(200),
    'x'.repeat(300),
    `${'x'.repeat(5_000)}1`,
    `${'x'.repeat(5_000)}2`,
  ]

  it('keeps each of the difficult arguments apart', async () => {
    const f = wrap(async (x: string) => x)
    const calls = difficult.map((x): [string] => [x])

    await Promise.all(difficult.map((x) => f(x)))

    assert.deepEqual(await f.getMany(...calls), difficult)
    assert.deepEqual(
      await f.deleteMany(...calls),
      calls.map(() => true),
    )
    assert.deepEqual(
      await f.hasMany(...calls),
      calls.map(() => false),
    )
  })

  itLooking(['raw'], 'keeps the entry of each of the difficult arguments under the key it tells', async ({ raw }) => {
    const f = wrap(async (x: string) => x)

    await Promise.all(difficult.map((x) => f(x)))

    const found = await Promise.all(difficult.map((x) => raw(f.key(x))))
    assert.equal(found.includes(undefined), false)
  })

  it('takes whole keys with blanks, Unicode and any length from the key option', async () => {
    const prefix = uniquePrefix('my')
    const f = wrap(async (x: string) => x, { key: (x) => `${prefix} key é ${x}` })

    const answers = [await f('a'), await f('b'.repeat(400)), await f.get('a'), await f.get('b'.repeat(400))]

    assert.deepEqual(answers, ['a', 'b'.repeat(400), 'a', 'b'.repeat(400)])
    assert.equal(f.key('a') === `${prefix} key é a`, longestKey === undefined)
  })

  if (longestKey === undefined) {
    it('keeps every key as it is', async () => {
      const f = wrap(numbered(), { keyPrefix: 'f' })

      const key = f.key('x'.repeat(5_000))

      assert.equal(key, `f::${'x'.repeat(5_000)}`)
    })
    return
  }

  it(`keeps a key of up to ${longestKey} bytes as it is, and hashes a longer one`, async () => {
    const f = wrap(numbered(), { keyPrefix: 'f' })

    const fitting = f.key('x'.repeat(longestKey - 3))
    const hashed = f.key('x'.repeat(longestKey - 2))

    assert.equal(fitting, `f::${'x'.repeat(longestKey - 3)}`)
    assert.match(hashed, /^f::sha256=[0-9a-f]{64}$/)
  })

  it('refuses a key by hand that the store would choke on, and goes on working', async () => {
    const f = wrap(numbered())
    const bad = ['x'.repeat(longestKey + 1), 'a b', 'é', 'a\r\nb', '']

    const outcomes = await Promise.all(
      bad.flatMap((key) =>
        [f.storage.get(key), f.storage.set(key, 'A'), f.storage.delete(key), f.storage.has(key)].map((doing) =>
          doing.then(String, (error: unknown) => error),
        ),
      ),
    )

    for (const outcome of outcomes) assert.ok(outcome instanceof KeyError, String(outcome))
    assert.equal(await f('a'), 'a #1')
  })

  it('refuses what keyRefactor made too long', async () => {
    const f = wrap(numbered(), { keyRefactor: (key) => key.padEnd(longestKey + 1, 'x') })

    const calling = f('a')

    await assert.rejects(calling, KeyError)
  })
}
