/** Bytes that an entry in memory takes, beside the same keys and values in a bare `lru-cache`; each in a fresh process. */
import { inChild } from './child.js'
import type { EntryBytes } from './heap-child.js'
import { BARE, stores } from './heap-stores.js'
import { OURS } from './hits.js'
import type { Figure } from './scenario.js'

const MANY = 1_000_000
const FEWER = 100_000

type Kind = 'object' | 'number'

const NAMES: Readonly<Record<Kind, string>> = { object: 'small objects', number: 'numbers' }

export async function heapFigures(full: boolean): Promise<Figure[]> {
  const entries = full ? MANY : FEWER
  return [
    ...(await figuresOf([OURS, BARE], 'object', entries)),
    ...(await figuresOf([OURS, BARE], 'number', entries)),
    ...(full ? await besidePeers() : []),
  ]
}

async function figuresOf(names: readonly string[], kind: Kind, entries: number): Promise<Figure[]> {
  const counts = await each(names, kind, entries)
  const figure = (when: keyof EntryBytes, then: string): Figure => ({
    id: `heap-${kind}-${when}`,
    name: `memory for an entry, ${entries.toLocaleString('en-US')} ${NAMES[kind]}${then}`,
    group: 'heap',
    unit: 'bytes',
    values: counts.map(([name, bytes]) => ({ name, value: bytes[when] })),
    target: { of: OURS, atMost: 1.3, relativeTo: BARE },
  })
  return [figure('filled', ''), figure('hit', ', each hit once')]
}

async function besidePeers(): Promise<Figure[]> {
  const counts = await each(Object.keys(stores), 'object', FEWER)
  return [
    {
      id: 'heap-peers',
      name: `memory for an entry, ${FEWER.toLocaleString('en-US')} small objects`,
      group: 'heap',
      unit: 'bytes',
      values: counts.map(([name, { hit }]) => ({ name, value: hit })),
    },
  ]
}

async function each(names: readonly string[], kind: Kind, entries: number): Promise<[string, EntryBytes][]> {
  const counts: [string, EntryBytes][] = []
  for (const name of names) {
    const printed = await inChild('heap-child.ts', [name, kind, String(entries)], ['--expose-gc'])
    counts.push([name, printed as EntryBytes]) // what heap-child.ts prints
  }
  return counts
}
