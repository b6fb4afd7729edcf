/** `npm run demo`: a cached `fetchUrl` against a slow web server, step by step. `-- --store <where>` picks the store. */
import assert from 'node:assert/strict'
import { StoreError } from 'ringcache'
import { cachedFetchUrl } from './demo/fetch-url.js'
import { type Origin, startOrigin } from './demo/origin.js'
import { heading, note, result, title } from './demo/print.js'
import { inSecondProcess } from './demo/second-process.js'
import { openStore, storeArgument, UsageError } from './demo/stores.js'

const CALLERS = 1_000

async function demo(where: string): Promise<void> {
  const { store, described } = await openStore(where)
  const fetchUrl = cachedFetchUrl(store)
  const origin = await startOrigin()
  const url = origin.url('/articles/ring')
  const other = origin.url('/articles/cache')

  title('ringcache', `store: ${described}`)
  note("const fetchUrl = cached(fetchUrlSlowly, { store, coder: 'superjson', ttl: 600_000, ... })")
  note('// the whole of it: examples/demo/fetch-url.ts')
  note(`const url = '${url}' // a server that takes ${origin.delay} ms to answer`)
  await fetchUrl.deleteMany([url], [other])

  heading('Slow once, then fast')
  await timed('await fetchUrl(url)', () => fetchUrl(url), origin.told)
  await timed('await fetchUrl(url)', () => fetchUrl(url), origin.told)
  assert.equal(origin.requests(), 1)

  heading('Nothing hidden')
  const { backend } = fetchUrl.storage
  const key = fetchUrl.key(url)
  const stored = await backend.get(key)
  const page = await fetchUrl.decode(stored)
  result('fetchUrl.key(url)', key)
  result('await backend.get(key)', stored)
  result('await fetchUrl.decode(...)', page)
  assert.ok(page.at instanceof Date)

  heading('Every control, by the same arguments')
  const before = await fetchUrl.get(url)
  result('await fetchUrl.get(url)', before)
  await timed('await fetchUrl.update(url)', () => fetchUrl.update(url), origin.told)
  const updated = await fetchUrl.get(url)
  result('await fetchUrl.get(url)', updated)
  result('await fetchUrl.delete(url)', await fetchUrl.delete(url))
  result('await fetchUrl.get(url)', await fetchUrl.get(url))
  assert.equal(updated?.visit, 2)

  heading(`${CALLERS.toLocaleString('en')} callers at once, nothing cached`)
  const everyone = () => Promise.all(Array.from({ length: CALLERS }, () => fetchUrl(other)))
  const pages = await timed('await Promise.all(callers)', everyone, origin.told)
  assert.equal(origin.requests(), 3)
  assert.ok(pages.every((each) => each.visit === 1))

  await outlive(where === 'memory' ? 'file' : where, url, origin)
  await fetchUrl.deleteMany([url], [other])
  await backend.disconnect()
  await origin.close()
}

/** Fills a store that outlives this process, and has a second process find what is there. */
async function outlive(where: string, url: string, origin: Origin): Promise<void> {
  const { store, described } = await openStore(where)
  const fetchUrl = cachedFetchUrl(store)
  heading(where === 'file' ? 'Swap the store, and outlive the process' : 'Outlive the process')
  note(`const store = ${described}`)
  const kept = await fetchUrl.has(url)
  const told = () => (kept ? 'kept from an earlier run' : origin.told())
  const page = await timed('await fetchUrl(url)', () => fetchUrl(url), told)
  await fetchUrl.storage.backend.disconnect()

  const before = origin.requests()
  const second = await inSecondProcess(where, url)
  result('await fetchUrl(url)', `${origin.told()}, by process ${second.pid}`, second.duration)
  assert.equal(origin.requests(), before)
  assert.deepEqual(new Date(second.at), page.at)
  if (where === 'file') note('// run me again within ten minutes: the file still has it')
}

async function timed<T>(code: string, run: () => Promise<T>, told: () => string): Promise<T> {
  const started = performance.now()
  const value = await run()
  result(code, told(), performance.now() - started)
  return value
}

try {
  await demo(storeArgument(process.argv.slice(2)))
} catch (error) {
  if (error instanceof UsageError) fail(error.message, 2)
  if (error instanceof StoreError) fail(error.message, 1)
  throw error
}

function fail(message: string, code: number): never {
  console.error(message)
  process.exit(code)
}
