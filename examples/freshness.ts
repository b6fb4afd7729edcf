/** The freshness of a value: what a call gets at each moment, while the function works, while it fails, and while it is slow. */
import assert from 'node:assert/strict'
import { setTimeout } from 'node:timers/promises'
import { cached } from 'ringcache'

let runs = 0
let fails = false
let takes = 0

const getPrice = cached(
  async function getPrice(item: string) {
    const run = ++runs
    await setTimeout(takes)
    if (fails) throw new Error('the shop is closed')
    return `${item}, price ${run}`
  },
  {
    ttl: 250,
    staleWhileRevalidate: 300, // from 250 ms to 550 ms after the write
    staleIfError: 800, // from 250 ms to 1,050 ms
    retryAfter: 200,
    softTimeout: 50,
    hardTimeout: 300,
  },
)
getPrice.on('error', ({ error }) => console.log(`  (an error event: ${error instanceof Error && error.message})`))

/** Calls, and says what the call got. */
async function call(when: string): Promise<string> {
  const got = await getPrice('tea').catch((error: Error) => `${error.name}: ${error.message}`)
  console.log(`${when.padEnd(24)} -> ${got}`)
  return got
}

assert.equal(await call('nothing is there'), 'tea, price 1')
assert.equal(await call('fresh'), 'tea, price 1')
await setTimeout(350)
assert.equal(await getPrice.get('tea'), undefined) // what is fresh no more is there for calls alone
assert.equal(await call('staleWhileRevalidate'), 'tea, price 1')
await getPrice.idle() // the refresh behind that call has ended
assert.equal(await call('fresh again'), 'tea, price 2')

fails = true
console.log('\nThe function fails from now on')
await setTimeout(350)
assert.equal(await call('staleWhileRevalidate'), 'tea, price 2')
await getPrice.idle()
assert.equal(runs, 3)
assert.equal(await call('backing off'), 'tea, price 2')
assert.equal(runs, 3) // nothing was run for that
await setTimeout(300)
assert.equal(await call('staleIfError'), 'tea, price 2')
assert.equal(runs, 4) // it was tried first
await setTimeout(450)
assert.equal(await call('the windows have ended'), 'Error: the shop is closed')

fails = false
console.log('\nIt works again')
assert.equal(await call('nothing is there'), 'tea, price 6')
assert.equal(await getPrice.expire('tea'), true) // its ttl ends now, and its windows begin
assert.equal(await call('after expire'), 'tea, price 6')
await getPrice.idle()
assert.equal(await call('fresh again'), 'tea, price 7')

console.log('\nIt is slow from now on')
await getPrice.expire('tea')
await setTimeout(400)
takes = 150
assert.equal(await call('softTimeout'), 'tea, price 7')
await getPrice.idle()
assert.equal(await call('what came behind that'), 'tea, price 8')
takes = 500
await getPrice.delete('tea') // nothing is left to fall back on
assert.match(await call('hardTimeout'), /^TimeoutError/)
