/** From arguments to a key, without any store. */
import { createWrapKey } from '@cacheable/utils'
import { resolveCacheKeys } from 'ocache'
import { cached } from 'ringcache'
import stringify from 'safe-stable-stringify'
import { repeated, sequential } from './loops.js'
import type { Group, Scenario } from './scenario.js'

/** What a function is called with, by the number of the call. */
interface Case {
  readonly id: string
  readonly name: string
  readonly argumentsOf: (n: number) => unknown[]
  readonly turns?: number
}

const urls = Array.from({ length: 100 }, (_, n) => `https://example.com/page/${n}`)
const texts = Array.from({ length: 100 }, (_, n) => `${n}:`.padEnd(1_024, 'a long text '))

/** Objects are made for each call, and new strings too, as programs do: what is remembered helps only where it helps them. */
const cases: readonly Case[] = [
  { id: 'string', name: 'one string, 100 in turn', argumentsOf: (n) => [urls[n]] },
  {
    id: 'new-string',
    name: 'one string, new in each call',
    argumentsOf: (n) => [`https://example.com/page/${n}`],
    turns: 1_000_000_000,
  },
  { id: 'numbers', name: 'two numbers, 100 pairs in turn', argumentsOf: (n) => [n, n + 1] },
  { id: 'object', name: 'a small object', argumentsOf: (n) => [{ lang: 'en', page: n }] },
  { id: 'long-string', name: 'a string of 1 KB, 100 in turn', argumentsOf: (n) => [texts[n]] },
  {
    id: 'nested',
    name: 'a nested object',
    argumentsOf: (n) => [
      {
        filter: { lang: 'en', tags: ['new', 'sale'], price: { from: n, to: n + 10 } },
        sort: ['price', 'name'],
        page: n,
      },
    ],
  },
]

export async function keyScenarios(): Promise<Group> {
  return { scenarios: cases.map(scenario), close: async () => {} }
}

function scenario({ id, name, argumentsOf, turns }: Case): Scenario {
  const fn = cached(refuse, { keyPrefix: 'page' })
  const options = { name: 'page' }
  return {
    id: `key-${id}`,
    name: `key of ${name}`,
    group: 'keys',
    short: id === 'string' || id === 'object',
    ours: { name: 'ringcache', run: repeated((n) => fn.key(...argumentsOf(n)), turns) },
    limits: [{ name: 'JSON.stringify', run: repeated((n) => `page:${JSON.stringify(argumentsOf(n))}`, turns) }],
    peers: [
      {
        name: 'async-cache-dedupe',
        run: repeated((n) => {
          // It takes one argument: a string as it is, of several a list.
          const args = argumentsOf(n)
          const only = args.length === 1 ? args[0] : args
          return typeof only === 'string' ? only : stringify(only)
        }, turns),
      },
      { name: 'cacheable', run: repeated((n) => createWrapKey(refuse, argumentsOf(n), { keyPrefix: 'page' }), turns) },
      { name: 'ocache', run: sequential((n) => resolveCacheKeys({ options, args: argumentsOf(n) }), turns) },
    ],
    targets: [],
  }
}

async function refuse(...args: unknown[]): Promise<never> {
  throw new Error(`only keys are made, and ${args.length} arguments were called with`)
}
