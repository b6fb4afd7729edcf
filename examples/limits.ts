/** Time limits on the function, callers that leave, and work behind calls. */
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { cached } from 'ringcache'

let takes = 10
const pages = new Map()
const getPage = cached(
  async function getPage(path: string, { signal }: { signal?: AbortSignal } = {}) {
    await sleep(takes, undefined, { signal })
    return `${path} in ${takes} ms`
  },
  { store: pages, ttl: 50, staleIfError: 60_000, softTimeout: 30, hardTimeout: 200, ignorableKeys: [1] },
)

await getPage('/a')
await sleep(60)
takes = 100
assert.equal(await getPage('/a'), '/a in 10 ms')
console.log('softTimeout: the old value after 30 ms, and the run goes on behind')

// Before a process ends: what is behind calls is to be stored.
await getPage.idle()
assert.equal(await getPage.get('/a'), '/a in 100 ms')
console.log('idle: the new value is stored')

takes = 500
await assert.rejects(getPage('/b'), { code: 'ERR_TIMEOUT', key: getPage.key('/b') })
console.log('hardTimeout: a TimeoutError after 200 ms, where there is no old value')

// One run for both callers. Each leaves by a signal of its own, and the run has one that is aborted when all have left.
takes = 20
const [mine, theirs] = [new AbortController(), new AbortController()]
const leaving = getPage('/c', { signal: mine.signal })
const staying = getPage('/c', { signal: theirs.signal })
mine.abort(new Error('I have left'))
await assert.rejects(leaving, { message: 'I have left' })
assert.equal(await staying, '/c in 20 ms')
console.log('signals: one caller has left, the other has the value')

const last = getPage('/d', { signal: AbortSignal.timeout(5) })
await assert.rejects(last, { name: 'TimeoutError' })
await sleep(50)
assert.equal(await getPage.has('/d'), false)
console.log('signals: when all have left, the run is aborted, and nothing is stored')
