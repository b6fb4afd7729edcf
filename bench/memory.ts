/** Hits in memory, against an asynchronous function that looks into an `lru-cache` itself. */
import { LRUCache } from 'lru-cache'
import { cached, lru } from 'ringcache'
import type { Group, Scenario } from './compare.js'
import { sequential } from './loops.js'

interface Page {
  title: string
}

const MAX = 1_000
const numbers = Array.from({ length: 100 }, (_, i) => i)

export async function memoryScenarios(): Promise<Group> {
  return { scenarios: [await oneString(), await twoNumbers(), await smallObject()], close: async () => {} }
}

async function oneString(): Promise<Scenario> {
  const urls = numbers.map((n) => `https://example.com/page/${n}`)
  const getPage = cached(async (url: string) => load(url), { store: lru({ max: MAX }), keyPrefix: 'getPage' })
  const kept = new LRUCache<string, Page>({ max: MAX })
  const getKept = async (url: string) => kept.get(url) ?? load(url)
  for (const url of urls) {
    kept.set(url, load(url))
    await getPage(url)
  }
  return {
    name: 'memory hit, one string',
    against: 'async fn + lru-cache get; the key is the string',
    aim: 0.3,
    limit: sequential((n) => getKept(urls[n] ?? '')),
    ours: sequential((n) => getPage(urls[n] ?? '')),
  }
}

async function twoNumbers(): Promise<Scenario> {
  const getTile = cached(async (x: number, y: number) => load(`${x}/${y}`), {
    store: lru({ max: MAX }),
    keyPrefix: 'getTile',
  })
  const kept = new LRUCache<string, Page>({ max: MAX })
  const getKept = async (x: number, y: number) => kept.get(`${x}:${y}`) ?? load(`${x}/${y}`)
  for (const n of numbers) {
    kept.set(`${n}:${n + 1}`, load(`${n}`))
    await getTile(n, n + 1)
  }
  return {
    name: 'memory hit, two numbers',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it shows code
    against: 'async fn + lru-cache get; the key is `${a}:${b}`',
    limit: sequential((n) => getKept(n, n + 1)),
    ours: sequential((n) => getTile(n, n + 1)),
  }
}

async function smallObject(): Promise<Scenario> {
  const queries = numbers.map((page) => ({ lang: 'en', page, key: `search::(lang=en,page=${page})` }))
  const asked = queries.map(({ lang, page }) => ({ lang, page }))
  const search = cached(async (query: { lang: string; page: number }) => load(query.lang), {
    store: lru({ max: MAX }),
    keyPrefix: 'search',
  })
  const kept = new LRUCache<string, Page>({ max: MAX })
  const getKept = async (key: string) => kept.get(key) ?? load(key)
  for (const { key } of queries) kept.set(key, load(key))
  for (const query of asked) await search(query)
  return {
    name: 'memory hit, small object',
    against: 'async fn + lru-cache get; the key is made beforehand',
    limit: sequential((n) => getKept(queries[n]?.key ?? '')),
    ours: sequential((n) => search(asked[n] ?? { lang: '', page: 0 })),
  }
}

function load(url: string): Page {
  return { title: url }
}
