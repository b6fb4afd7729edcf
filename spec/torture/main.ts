/** The long torture: `npm run torture -- --seed 42 --operations 200000 --stores redis,cluster,memcached`. */
import { parseArgs } from 'node:util'
import { requireBuild } from '../support/program.js'
import { startRedisCluster } from '../support/redis-cluster.js'
import { startMemcached, startRedis } from '../support/servers.js'
import { type ColdOutcome, callColdKeys, callStaleKeys, type Fleet, neverMet, type Outcome, torture } from './driver.js'
import { seedOf } from './random.js'
import { complaintsOf, figuresOf } from './report.js'
import type { StoreAddress } from './store.js'

const OPERATIONS = 100_000
const OPERATIONS_PER_KILL = 4_000
/** What 10,000 calls in one process may take over the function's time, in milliseconds. */
const ALLOWANCE = 20

/** Gives whether all promises held. */
export async function main(args: readonly string[]): Promise<boolean> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: 'string', default: process.env.TORTURE_SEED ?? '' },
      operations: { type: 'string', default: String(OPERATIONS) },
      stores: { type: 'string', default: 'redis,cluster,memcached' },
    },
  })
  const seed = seedOf(values.seed)
  const operations = Number(values.operations)
  if (!Number.isSafeInteger(operations) || operations < 1)
    throw new Error(`--operations is a number, got '${values.operations}'`)
  requireBuild()
  console.log(`seed ${seed}: to repeat it, npm run torture -- --seed ${seed} --operations ${operations}`)

  let held = true
  for (const name of values.stores.split(',')) held = (await tortureOn(name, seed, operations)) && held
  console.log(held ? 'all promises held' : 'PROMISES WERE BROKEN')
  return held
}

async function tortureOn(name: string, seed: number, operations: number): Promise<boolean> {
  const { store, origin, stop } = await startServers(name)
  try {
    const fleet: Fleet = { store, origin, prefix: 'torture', seed }
    const leased = name === 'memcached' ? { lease: true, coldLease: true } : { lease: { ttl: 300, wait: 2_000 } }
    const kills = Math.ceil(operations / OPERATIONS_PER_KILL)

    const outcome = await torture({ ...fleet, ...leased, operations, kills, freezes: 2 * kills })
    console.log(`${name}: ${figuresOf(outcome)}`)
    // What memcached promises: each process sees its own order.
    const broken = outcome.violations.filter(({ inOneProcess }) => inOneProcess || name !== 'memcached')
    const complaints = complaintsOf(outcome, broken)
    if (complaints !== '') console.log(complaints)

    const cold = await callColdKeys({ ...fleet, ...leased }, 20, 1_000)
    const runs = cold.map((one) => one.runs)
    console.log(`${name}: runs per cold key of 4 processes with 1,000 calls each: ${runs.join(' ')}`)

    const alone = await callColdKeys({ ...fleet, ...leased, prefix: 'alone', processes: 1 }, 7, 10_000)
    console.log(
      `${name}: 10,000 calls of a cold key in one process: ${alone.map(overheadOf).join(', ')} (${ALLOWANCE} ms over are allowed)`,
    )

    const stale = await callStaleKeys({ ...fleet, ...leased }, 5, 1_000)
    const refreshes = stale.map((reports) => reports.reduce((sum, one) => sum + one.runs, 0))
    const waited = stale.flat().reduce((sum, { old }) => sum + 1_000 - old, 0)
    console.log(
      `${name}: runs per stale key of 4 processes with 1,000 calls each: ${refreshes.join(' ')}; ${waited} calls waited`,
    )
    const missing = neverMet(outcome)
    if (missing.length > 0) console.log(`${name}: NEVER MET: ${missing.join(', ')}`)

    const once = [...cold, ...alone].every(isOnce)
    if (!once)
      console.log(
        `${name}: MORE THAN ONE RUN, or answers that were wrong: ${JSON.stringify([...cold, ...alone].filter((one) => !isOnce(one)))}`,
      )
    const refreshedOnce = waited === 0 && refreshes.every((runs) => runs === 1)
    return complaints === '' && isWhole(outcome, operations) && once && refreshedOnce && missing.length === 0
  } finally {
    await stop()
  }
}

/** A run that has checked nothing would prove nothing. */
const isWhole = ({ history, checked }: Outcome, operations: number): boolean =>
  history.length >= operations && checked > operations / 3

const isOnce = ({ runs, right, reports }: ColdOutcome): boolean =>
  runs === 1 && right === (reports.length > 1 ? 1_000 * reports.length : 10_000)

function overheadOf({ runs, reports }: ColdOutcome): string {
  const [{ took, ran, worked } = { took: Number.NaN, ran: 0, worked: 0 }] = reports
  return `${runs} run and ${(took - ran).toFixed(1)} ms (${worked.toFixed(1)} of work)`
}

interface Servers {
  readonly store: StoreAddress
  readonly origin: string
  stop(): Promise<void>
}

async function startServers(name: string): Promise<Servers> {
  const redis = await startRedis()
  const origin = redis.url
  if (name === 'redis') return { store: { kind: 'redis', url: origin }, origin, stop: redis.stop }
  const stopAll = (other: { stop(): Promise<void> }) => async () => {
    await Promise.all([redis.stop(), other.stop()])
  }
  if (name === 'cluster') {
    const cluster = await startRedisCluster()
    return { store: { kind: 'cluster', urls: cluster.urls }, origin, stop: stopAll(cluster) }
  }
  if (name === 'memcached') {
    const memcached = await startMemcached()
    return { store: { kind: 'memcached', servers: memcached.url }, origin, stop: stopAll(memcached) }
  }
  await redis.stop()
  throw new Error(`--stores are redis, cluster and memcached, got '${name}'`)
}
