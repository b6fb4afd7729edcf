import { expect, it } from '@jest/globals'
import { KeyError } from '../../lib/index.js'
import { uniquePrefix } from '../support/servers.js'
import type { StoreCase } from './store-case.js'
import { numbered, useStore } from './subject.js'

/** What any key does in the store. */
export function keys(storeCase: StoreCase): void {
  const subject = useStore(storeCase)
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

  it('keeps each of the difficult arguments apart, under the key it tells', async () => {
    const f = subject.wrap(async (x: string) => x)

    await Promise.all(difficult.map((x) => f(x)))

    expect(await f.getMany(...difficult.map((x): [string] => [x]))).toEqual(difficult)
    const raw = await Promise.all(difficult.map((x) => subject.opened.raw(f.key(x))))
    expect(raw).not.toContain(undefined)
    expect(await f.deleteMany(...difficult.map((x): [string] => [x]))).toEqual(difficult.map(() => true))
  })

  it('takes whole keys with blanks, Unicode and any length from the key option', async () => {
    const prefix = uniquePrefix('my')
    const f = subject.wrap(async (x: string) => x, { key: (x) => `${prefix} key é ${x}` })

    const answers = [await f('a'), await f('b'.repeat(400)), await f.get('a'), await f.get('b'.repeat(400))]

    expect(answers).toEqual(['a', 'b'.repeat(400), 'a', 'b'.repeat(400)])
    expect(f.key('a') === `${prefix} key é a`).toBe(longestKey === undefined)
  })

  if (longestKey === undefined) {
    it('keeps every key as it is', () => {
      const f = subject.wrap(numbered(), { keyPrefix: 'f' })

      const key = f.key('x'.repeat(5_000))

      expect(key).toBe(`f::${'x'.repeat(5_000)}`)
    })
    return
  }

  it(`keeps a key of up to ${longestKey} bytes as it is, and hashes a longer one`, async () => {
    const f = subject.wrap(numbered(), { keyPrefix: 'f' })

    const fitting = f.key('x'.repeat(longestKey - 3))
    const hashed = f.key('x'.repeat(longestKey - 2))

    expect(fitting).toBe(`f::${'x'.repeat(longestKey - 3)}`)
    expect(hashed).toMatch(/^f::sha256=[0-9a-f]{64}$/)
  })

  it('refuses a key by hand that the store would choke on, and goes on working', async () => {
    const f = subject.wrap(numbered())
    const bad = ['x'.repeat(longestKey + 1), 'a b', 'é', 'a\r\nb', '']

    const outcomes = await Promise.all(
      bad.flatMap((key) =>
        [f.storage.get(key), f.storage.set(key, 'A'), f.storage.delete(key), f.storage.has(key)].map((doing) =>
          doing.then(String, (error: unknown) => error),
        ),
      ),
    )

    for (const outcome of outcomes) expect(outcome).toBeInstanceOf(KeyError)
    expect(await f('a')).toBe('a #1')
  })

  it('refuses what keyRefactor made too long', async () => {
    const f = subject.wrap(numbered(), { keyRefactor: (key) => key.padEnd(longestKey + 1, 'x') })

    const calling = f('a')

    await expect(calling).rejects.toThrow(KeyError)
  })
}
