/** Synchronous hits, with the peers that memoize synchronous functions. */
import { LRUCache } from 'lru-cache'
import memoize from 'memoize'
import memoizee from 'memoizee'
import moizeModule from 'moize'
import { cachedSync } from 'ringcache'
import { hittingAtOnce, pageOf, type Runs } from './contestants.js'
import type { Operation } from './loops.js'
import type { Page } from './peers/peer.js'
import type { Group, Scenario } from './scenario.js'

const moize = moizeModule.default // as its types have it: it is CommonJS

/** The bound of all that have one; that of `cachedSync` without a store. */
const MAX = 1_000

type Creation = readonly [name: string, create: (runs: Runs) => Operation]

export async function syncScenarios(): Promise<Group> {
  const scenarios = [
    await scenario('sync-hit-string', 'synchronous hit, one string', oneString()),
    await scenario('sync-hit-numbers', 'synchronous hit, two numbers', twoNumbers()),
  ]
  return { scenarios, close: async () => {} }
}

/** Ours comes first, then the limit, then the peers. */
async function scenario(id: string, name: string, creations: readonly Creation[]): Promise<Scenario> {
  const [ours, limit, ...peers] = await Promise.all(creations.map(([who, create]) => hittingAtOnce(who, create)))
  if (ours === undefined || limit === undefined) throw new Error(`${id} has nobody to compare`)
  return { id, name, group: 'sync', short: true, ours, limits: [limit], peers, targets: [] }
}

function oneString(): Creation[] {
  const urls = Array.from({ length: 100 }, (_, n) => `https://example.com/page/${n}`)
  const called = (fn: (url: string) => unknown) => (n: number) => fn(urls[n] ?? '')
  const loading = (runs: Runs) => (url: string) => load(url, runs)
  return [
    ['ringcache', (runs) => called(cachedSync(loading(runs), { keyPrefix: 'page' }))],
    ['fn + lru-cache get', (runs) => called(lookingUp(loading(runs)))],
    ['memoize', (runs) => called(memoize(loading(runs)))],
    ['moize', (runs) => called(moize(loading(runs), { maxSize: MAX }))],
    ['memoizee', (runs) => called(memoizee(loading(runs), { max: MAX, primitive: true }))],
  ]
}

function twoNumbers(): Creation[] {
  const called = (fn: (x: number, y: number) => unknown) => (n: number) => fn(n, n + 1)
  const loading = (runs: Runs) => (x: number, y: number) => load(`${x}:${y}`, runs)
  return [
    ['ringcache', (runs) => called(cachedSync(loading(runs), { keyPrefix: 'tile' }))],
    [
      'fn + lru-cache get',
      (runs) => {
        const getKept = lookingUp((key) => load(key, runs))
        return called((x, y) => getKept(`${x}:${y}`))
      },
    ],
    ['memoize', (runs) => called(memoize(loading(runs), { cacheKey: (args) => args.join(',') }))],
    ['moize', (runs) => called(moize(loading(runs), { maxSize: MAX }))],
    ['memoizee', (runs) => called(memoizee(loading(runs), { max: MAX, primitive: true }))],
  ]
}

function lookingUp(loadPage: (key: string) => Page): (key: string) => Page {
  const kept = new LRUCache<string, Page>({ max: MAX })
  return (key) => {
    const known = kept.get(key)
    if (known !== undefined) return known
    const page = loadPage(key)
    kept.set(key, page)
    return page
  }
}

function load(url: string, runs: Runs): Page {
  runs.count += 1
  return pageOf(url)
}
