/** The faults of Redis. */
import { freeze } from '../broken-store/support.js'
import { startRedis } from '../support/servers.js'
import { poll } from './poll.js'
import { ANSWERS, AWAY, HALF_OPEN, overwrite, type Place, type Scenario, SHAKY } from './scenario.js'
import { askRedis } from './servers.js'

/** How long servers may take to agree, in milliseconds. */
const LONGEST = 10_000

const killed: Pick<Scenario, 'inject' | 'heal'> = {
  inject: ({ server }) => server.kill(),
  heal: ({ server }) => server.restart(),
}

const frozen: Pick<Scenario, 'inject' | 'heal'> = {
  inject: ({ server }) => freeze(server),
  heal: async ({ server }) => server.resume(),
}

const refused: Pick<Scenario, 'inject' | 'heal' | 'byLine'> = {
  byLine: true,
  inject: async ({ line }) => line.refuse(),
  heal: ({ line }) => line.restore(),
}

const redisUrl = { store: 'redis', client: 'redis(url)' } as const
const keyvRedis = { store: 'redis', client: 'new KeyvRedis(url)' } as const

/** What the server itself or the line to it does. */
export const redisOutages: readonly Scenario[] = [
  { name: 'Redis killed, then restarted empty', ...redisUrl, ...killed, promised: AWAY },
  { name: 'Redis killed, then restarted empty', ...keyvRedis, ...killed, promised: AWAY },
  { name: 'Redis frozen (SIGSTOP)', ...redisUrl, ...frozen, promised: AWAY },
  { name: 'Redis frozen (SIGSTOP)', ...keyvRedis, ...frozen, promised: AWAY },
  { name: 'Redis: connection cut, new ones refused', ...redisUrl, ...refused, promised: AWAY },
  { name: 'Redis: connection cut, new ones refused', ...keyvRedis, ...refused, promised: AWAY },
]

export const redisLines: readonly Scenario[] = [
  {
    name: 'Redis: half-open, all that is sent vanishes',
    ...redisUrl,
    byLine: true,
    inject: async ({ line }) => line.drop(),
    heal: ({ line }) => line.restore(),
    promised: HALF_OPEN,
  },
  {
    name: 'Redis: half-open, commands arrive and answers vanish',
    ...redisUrl,
    byLine: true,
    inject: async ({ line }) => line.fallSilent(),
    heal: async () => {}, // a new connection is sound: the client has to find out that it needs one
    promised: HALF_OPEN,
  },
  {
    name: 'Redis slow: 50 ms more for each answer',
    ...redisUrl,
    byLine: true,
    inject: async ({ line }) => line.delay(50),
    heal: ({ line }) => line.restore(),
    promised: ANSWERS,
  },
  {
    name: 'Redis slow: 1.5 s more for each answer',
    ...redisUrl,
    byLine: true,
    inject: async ({ line }) => line.delay(1_500),
    heal: ({ line }) => line.restore(),
    promised: AWAY,
  },
  {
    name: 'Redis: answers cut off in the middle',
    ...redisUrl,
    byLine: true,
    inject: async ({ line, random }) => line.truncate(() => 20 + Math.floor(random() * 600), 'FIN'),
    heal: ({ line }) => line.restore(),
    promised: SHAKY,
  },
  {
    name: 'Redis: connection reset five times a second',
    ...redisUrl,
    byLine: true,
    inject: async ({ line, repeat }) => repeat(200, () => line.cut('RST')),
    heal: ({ rest }) => rest(),
    promised: SHAKY,
  },
]

export const redisAnswers: readonly Scenario[] = [
  {
    name: 'Redis out of memory (noeviction)',
    ...redisUrl,
    args: ['--maxmemory-policy', 'noeviction'],
    inject: async ({ server }) => void (await askRedis(server, 'CONFIG', 'SET', 'maxmemory', '1')),
    heal: async ({ server }) => void (await askRedis(server, 'CONFIG', 'SET', 'maxmemory', '0')),
    promised: { ...ANSWERS, writes: 'fail', failures: ['reply'], says: /OOM / },
  },
  {
    name: 'Redis became a read-only replica',
    ...redisUrl,
    args: ['--repl-diskless-sync-delay', '0'],
    async prepare({ server, beside }) {
      const of = ['--replicaof', '127.0.0.1', String(server.port), '--repl-diskless-sync-delay', '0']
      beside.push(await startRedis({ args: of }))
      await poll(async () => (await askRedis(server, 'INFO', 'replication')).includes('state=online'), LONGEST)
    },
    inject: async ({ server, beside: [other] }) => failOver(server, other),
    heal: async ({ server, beside: [other] }) => failOver(other, server),
    promised: {
      ...ANSWERS,
      reads: 'may fail',
      writes: 'fail',
      removes: 'fail',
      failures: ['reply'],
      says: /READONLY /,
    },
  },
  {
    name: 'Redis: our keys hold another type (WRONGTYPE)',
    ...redisUrl,
    inject: async (place) =>
      // At once, so that no write of ours comes between.
      overwrite(place, (key) =>
        askRedis(place.server, 'EVAL', "redis.call('DEL', KEYS[1]) redis.call('LPUSH', KEYS[1], 'x')", '1', key),
      ),
    heal: ({ rest }) => rest(),
    promised: { ...ANSWERS, failures: ['data'] },
  },
  {
    name: 'Redis: our values overwritten with garbage',
    ...redisUrl,
    inject: async (place) => overwrite(place, (key, garbage) => askRedis(place.server, 'SET', key, garbage)),
    heal: ({ rest }) => rest(),
    promised: { ...ANSWERS, failures: ['data'] },
  },
]

/** What was a primary becomes a replica, with its clients still on it. */
async function failOver(from: Place['server'] | undefined, to: Place['server'] | undefined): Promise<void> {
  if (from === undefined || to === undefined) throw new Error('no other server')
  await askRedis(from, 'FAILOVER', 'TO', '127.0.0.1', String(to.port))
  await poll(async () => {
    const info = await askRedis(from, 'INFO', 'replication')
    return info.includes('role:slave') && info.includes('master_link_status:up')
  }, LONGEST)
}
