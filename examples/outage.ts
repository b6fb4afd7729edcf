/** A Redis that is gone: calls answer, controls say so, and the store is left alone until it is tried again. */
import assert from 'node:assert/strict'
import { cached, StoreError } from 'ringcache'
import { redis } from 'ringcache/redis'

const getPrice = cached(
  async function getPrice(item: string) {
    return item.length
  },
  { store: redis('redis://localhost:1'), ttl: 60_000, storeTimeout: 100 }, // nobody is there
)
const told = new Map<string, number>()
getPrice.on('error', ({ error }) => {
  const why = error instanceof StoreError ? error.message.replace(/until \S+/, 'until ...') : String(error)
  told.set(why, (told.get(why) ?? 0) + 1)
})

for (let i = 0; i < 100; i++) assert.equal(await getPrice('tea'), 3)
console.log('100 calls were answered; what the store said:')
for (const [why, times] of told) console.log(`  ${times} x ${why}`)

const refused: unknown = await getPrice.delete('tea').catch((error: unknown) => error)
assert.ok(refused instanceof StoreError)
console.log('a delete must be seen to fail:', refused.message)

const { state, openUntil = 0, pendingReplays } = getPrice.storage.health
console.log(
  `${state} for ${Math.round(openUntil - Date.now())} ms more; ${pendingReplays} key is deleted before it is read again`,
)
assert.equal(pendingReplays, 1)
await getPrice.storage.backend.disconnect()
