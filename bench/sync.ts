/** Synchronous hits, against a function that looks into an `lru-cache` itself, and beside other memoizers. */
import { LRUCache } from 'lru-cache'
import memoize from 'memoize'
import moizeModule from 'moize'
import { cachedSync } from 'ringcache'
import type { Group, Scenario } from './compare.js'
import { repeated } from './loops.js'

interface Page {
  title: string
}

const moize = moizeModule.default // as its types have it: it is CommonJS

type Operation = (n: number) => unknown

const MAX = 1_000
const numbers = Array.from({ length: 100 }, (_, i) => i)

export async function syncScenarios(): Promise<Group> {
  return { scenarios: [...oneString(), ...twoNumbers()], close: async () => {} }
}

function oneString(): Scenario[] {
  const urls = numbers.map((n) => `https://example.com/page/${n}`)
  const kept = new LRUCache<string, Page>({ max: MAX })
  const getKept = (url: string): Page => {
    const known = kept.get(url)
    if (known !== undefined) return known
    const page = load(url)
    kept.set(url, page)
    return page
  }
  const getPage = cachedSync(load, { keyPrefix: 'getPage' })
  const memoized = memoize(load)
  const moized = moize(load, { maxSize: MAX })
  return compared('sync hit, one string', (n) => getPage(urls[n] ?? ''), [
    ['fn + lru-cache get; the key is the string', (n) => getKept(urls[n] ?? '')],
    ['memoize: a Map without bound', (n) => memoized(urls[n] ?? '')],
    ['moize, maxSize 1,000', (n) => moized(urls[n] ?? '')],
  ])
}

function twoNumbers(): Scenario[] {
  const kept = new LRUCache<string, Page>({ max: MAX })
  const loadTile = (x: number, y: number): Page => load(`${x}/${y}`)
  const getKept = (x: number, y: number): Page => {
    const key = `${x}:${y}`
    const known = kept.get(key)
    if (known !== undefined) return known
    const page = loadTile(x, y)
    kept.set(key, page)
    return page
  }
  const getTile = cachedSync(loadTile)
  const memoized = memoize(loadTile, { cacheKey: (args) => args.join(':') })
  const moized = moize(loadTile, { maxSize: MAX })
  return compared('sync hit, two numbers', (n) => getTile(n, n + 1), [
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it shows code
    ['fn + lru-cache get; the key is `${a}:${b}`', (n) => getKept(n, n + 1)],
    ["memoize; the key is args.join(':')", (n) => memoized(n, n + 1)],
    ['moize, maxSize 1,000', (n) => moized(n, n + 1)],
  ])
}

/** One scenario for each of the others; all entries are there when it begins. */
function compared(name: string, ours: Operation, others: readonly [against: string, other: Operation][]): Scenario[] {
  return others.map(([against, other]) => {
    for (const n of numbers) if (ours(n) === undefined || other(n) === undefined) throw new Error('nothing is kept')
    return { name, against, limit: repeated(other), ours: repeated(ours) }
  })
}

function load(url: string): Page {
  return { title: url }
}
