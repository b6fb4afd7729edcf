/** A process that does what its driver orders: `node scripts/run-ts.mjs spec/torture/worker.ts <config as JSON>`. */
import { createCold } from './cold.js'
import { openHistory } from './history.js'
import type { Order, Report, WorkerConfig } from './messages.js'
import { createWorld } from './operations.js'
import { createRandom } from './random.js'
import { createStale } from './stale.js'
import { openOrigin, openStore } from './store.js'

const config: WorkerConfig = JSON.parse(process.argv[2] ?? '')
const REPORTED = 20 // operations at a time

const store = openStore(config.store)
const origin = await openOrigin(config.origin, config.prefix)
const world = createWorld(config, store, origin, createRandom(config.seed))
const callCold = createCold(config, store)
const stale = createStale(config, store)
const keep = openHistory(config.history)
const lanes: Promise<void>[] = []
let stopping = false

process.on('disconnect', () => process.exit(1)) // nobody is left to order anything
process.on('message', (order: Order) => {
  obey(order).catch((error) => {
    console.error(error)
    process.exit(1)
  })
})
report({ report: 'ready' })

async function obey(order: Order): Promise<void> {
  if (order.order === 'cold') {
    report({ report: 'cold', ...(await callCold(order.key, order.calls, order.at)) })
  } else if (order.order === 'age') {
    await stale.age(order.key)
    report({ report: 'aged' })
  } else if (order.order === 'stale') {
    report({ report: 'stale', ...(await stale.call(order.key, order.calls, order.at)) })
  } else if (order.order === 'work') {
    for (let i = 0; i < order.lanes; i++) lanes.push(work())
    await Promise.all(lanes)
  } else {
    stopping = true
    await Promise.all(lanes)
    process.exit(0)
  }
}

/** One operation after the other. */
async function work(): Promise<void> {
  let unreported = 0
  while (!stopping) {
    keep(await world.perform())
    unreported += 1
    if (unreported < REPORTED) continue
    report({ report: 'progress', operations: unreported })
    unreported = 0
  }
}

function report(what: Report): void {
  process.send?.(what)
}
