/** Four processes, one cold key, one run: leases on Redis. And a delete that a run under way elsewhere does not undo. */
import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { cached } from 'ringcache'
import { redis } from 'ringcache/redis'

const RUN_TS = join(import.meta.dirname, '../scripts/run-ts.mjs')
const url = process.env.REDIS_URL ?? 'redis://localhost:6379'
const prefix = process.argv[2] ?? `example:${process.pid}`

const report = cached(
  async function report(name: string) {
    await sleep(200) // a slow query
    return `${name}, made by process ${process.pid}`
  },
  { store: redis(url), keyPrefix: `${prefix}:report`, ttl: 60_000 },
)

if (process.send !== undefined) {
  // One of the four.
  process.send(await report('sales'))
  process.disconnect()
  await report.storage.backend.disconnect()
} else {
  const processes = [1, 2, 3, 4].map(() => fork(RUN_TS, [fileURLToPath(import.meta.url), prefix]))
  const answers = await Promise.all(processes.map((child) => new Promise((resolve) => child.once('message', resolve))))
  console.log(answers.join('\n'))
  assert.equal(new Set(answers).size, 1)

  // A client of its own is all that a process is to the others.
  const elsewhere = cached(async (_name: string) => '', {
    store: redis(url),
    keyPrefix: `${prefix}:report`,
    overload: true,
  })
  const running = report.update('sales')
  await sleep(100)
  await elsewhere.delete('sales')
  console.log(await running)
  assert.equal(await report.has('sales'), false)
  console.log('deleted while it ran, so it was not stored')
  await Promise.all([report, elsewhere].map((f) => f.storage.backend.disconnect()))
}
