/** Random operations of four processes, of which some are killed: short enough for every test run. `npm run torture` runs longer. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { requireBuild } from '../support/program.js'
import { type RedisCluster, startRedisCluster } from '../support/redis-cluster.js'
import { ask } from '../support/server-process.js'
import { sharedMemcached, sharedRedis, uniquePrefix } from '../support/servers.js'
import { callColdKeys, type Fleet, neverMet, type Outcome, torture } from './driver.js'
import { seedOf } from './random.js'
import { complaintsOf, figuresOf } from './report.js'

const seed = seedOf(process.env.TORTURE_SEED)
/** Short, since a killed process leaves its lease behind. */
const lease = { ttl: 300, wait: 2_000 }

const fleet = (store: Fleet['store']) => ({ store, origin: sharedRedis().url, prefix: uniquePrefix('torture'), seed })

function print(name: string, outcome: Outcome, by = seed): void {
  console.log(`${name}: ${figuresOf(outcome)}; to repeat it: TORTURE_SEED=${by}`)
}

const COLD_KEYS = 5
const COLD_CALLS = 100
const once = Array(COLD_KEYS).fill({ runs: 1, right: 4 * COLD_CALLS })
const short = (outcomes: readonly { runs: number; right: number }[]) =>
  outcomes.map(({ runs, right }) => ({ runs, right }))

beforeAll(requireBuild)

describe(`many processes on one Redis (TORTURE_SEED=${seed})`, () => {
  it('see nothing that is older than a delete, set or update that has ended, and after an expire nothing but what it left', async () => {
    const plan = { ...fleet({ kind: 'redis', url: sharedRedis().url }), lease, operations: 8_000, kills: 2, freezes: 4 }

    const outcome = await torture(plan)

    print('redis', outcome)
    expect(complaintsOf(outcome)).toBe('')
    expect(outcome.checked).toBeGreaterThan(plan.operations / 3)
    expect(neverMet(outcome)).toEqual([])
  }, 120_000)

  it('run the function once for each cold key', async () => {
    const plan = fleet({ kind: 'redis', url: sharedRedis().url })

    const outcomes = await callColdKeys(plan, COLD_KEYS, COLD_CALLS)

    expect(short(outcomes)).toEqual(once)
  }, 60_000)

  it('see what is older without leases, which the checker finds; each process keeps its own order', async () => {
    const plan = {
      ...fleet({ kind: 'redis', url: sharedRedis().url }),
      lease: false,
      operations: 2_000,
      kills: 0,
      freezes: 0,
    }

    const outcomes: Outcome[] = []
    for (let by = seed; by < seed + 5 && !outcomes.some(({ violations }) => violations.length > 0); by++) {
      const outcome = await torture({ ...plan, prefix: uniquePrefix('torture'), seed: by })
      print('redis without leases', outcome, by)
      outcomes.push(outcome)
    }

    expect(outcomes.flatMap(({ violations }) => violations).length).toBeGreaterThan(0)
    for (const outcome of outcomes) expect(complaintsOf(outcome, inOneProcess(outcome))).toBe('')
  }, 120_000)
})

const inOneProcess = ({ violations }: Outcome) => violations.filter((violation) => violation.inOneProcess)

describe(`many processes on a Redis Cluster of three masters (TORTURE_SEED=${seed})`, () => {
  let cluster: RedisCluster
  beforeAll(async () => {
    cluster = await startRedisCluster()
  }, 60_000)
  afterAll(() => cluster?.stop())

  it('see nothing that is older than a delete, set or update that has ended, and after an expire nothing but what it left', async () => {
    const before = await Promise.all(cluster.nodes.map(commandsOf))
    // Of this prefix it is known that the keys lie on all three.
    const plan = {
      ...fleet({ kind: 'cluster', urls: cluster.urls }),
      prefix: 'torture',
      lease,
      operations: 5_000,
      kills: 2,
      freezes: 4,
    }

    const outcome = await torture(plan)

    print('cluster', outcome)
    expect(complaintsOf(outcome)).toBe('')
    expect(outcome.checked).toBeGreaterThan(plan.operations / 3)
    expect(neverMet(outcome)).toEqual([])
    const after = await Promise.all(cluster.nodes.map(commandsOf))
    for (const [i, lookups] of after.entries()) expect(lookups - (before[i] ?? 0)).toBeGreaterThan(plan.operations / 20)
  }, 120_000)

  it('run the function once for each cold key', async () => {
    const plan = fleet({ kind: 'cluster', urls: cluster.urls })

    const outcomes = await callColdKeys(plan, COLD_KEYS, COLD_CALLS)

    expect(short(outcomes)).toEqual(once)
  }, 60_000)
})

/** How many keys a server has looked for. */
async function commandsOf(node: { port: number }): Promise<number> {
  const stats = await ask(node.port, 'INFO stats\r\n', 10_000)
  const count = (name: string) => Number(new RegExp(`${name}:(\\d+)`).exec(stats)?.[1])
  return count('keyspace_hits') + count('keyspace_misses')
}

describe(`many processes on one memcached (TORTURE_SEED=${seed})`, () => {
  it('keep each its own order; what is older may come from another process', async () => {
    const store = { kind: 'memcached', servers: sharedMemcached().url } as const
    const plan = { ...fleet(store), lease: true, operations: 4_000, kills: 1, freezes: 2 }

    const outcome = await torture(plan)

    print('memcached', outcome)
    expect(complaintsOf(outcome, inOneProcess(outcome))).toBe('')
    expect(outcome.checked).toBeGreaterThan(plan.operations / 3)
    expect(neverMet(outcome)).toEqual([])
  }, 120_000)

  it('run the function once for each cold key', async () => {
    const plan = { ...fleet({ kind: 'memcached', servers: sharedMemcached().url }), coldLease: true }

    const outcomes = await callColdKeys(plan, COLD_KEYS, COLD_CALLS)

    expect(short(outcomes)).toEqual(once)
  }, 60_000)
})
