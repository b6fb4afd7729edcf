/** The cached function of the demo, over whatever store. */
import { cached } from 'ringcache'

export interface Page {
  /** Which request for this page it answered, from 1. */
  visit: number
  body: string
  at: Date
}

async function fetchUrlSlowly(url: string): Promise<Page> {
  const response = await fetch(url)
  return { visit: Number(response.headers.get('x-visit')), body: await response.text(), at: new Date() }
}

export function cachedFetchUrl(store: object) {
  return cached(fetchUrlSlowly, {
    store,
    coder: 'superjson',
    ttl: 600_000,
    keyPrefix: 'demo:fetchUrl',
    // The port is another one in each run: it does not tell pages apart.
    key: (url) => [new URL(url).pathname],
  })
}
