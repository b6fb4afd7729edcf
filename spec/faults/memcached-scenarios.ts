/** The faults of memcached. */
import { freeze } from '../broken-store/support.js'
import { askMemcached } from '../conformance/ask-memcached.js'
import { poll } from './poll.js'
import { ANSWERS, AWAY, HALF_OPEN, overwrite, type Place, type Scenario, SHAKY } from './scenario.js'
import { memcachedFigure, putIntoMemcached } from './servers.js'

const ours = { store: 'memcached', client: 'memcache(server)' } as const

export const memcachedOutages: readonly Scenario[] = [
  {
    name: 'memcached killed, then restarted empty',
    ...ours,
    inject: ({ server }) => server.kill(),
    heal: ({ server }) => server.restart(),
    promised: AWAY,
  },
  {
    name: 'memcached frozen (SIGSTOP)',
    ...ours,
    inject: ({ server }) => freeze(server),
    heal: async ({ server }) => server.resume(),
    promised: AWAY,
  },
  {
    name: 'memcached: connection cut, new ones refused',
    ...ours,
    byLine: true,
    inject: async ({ line }) => line.refuse(),
    heal: ({ line }) => line.restore(),
    promised: AWAY,
  },
  {
    name: 'memcached: half-open, all that is sent vanishes',
    ...ours,
    byLine: true,
    inject: async ({ line }) => line.drop(),
    heal: ({ line }) => line.restore(),
    promised: HALF_OPEN,
  },
  {
    name: 'memcached: connection reset five times a second',
    ...ours,
    byLine: true,
    inject: async ({ line, repeat }) => repeat(200, () => line.cut('RST')),
    heal: ({ rest }) => rest(),
    promised: SHAKY,
  },
]

/** As large as what another client fills the server with, so that both compete for the same memory. */
const LARGE = 4_000
const TOO_LARGE = 1_100_000
/** A few keys: to code them is work. */
const HAVE_TOO_LARGE = /^(warm1\d?|cold\d*0)$/
/** How long it may take until it is full, in milliseconds. */
const LONGEST = 20_000

export const memcachedAnswers: readonly Scenario[] = [
  {
    name: 'memcached full, evicts (-m 2)',
    ...ours,
    args: ['-m', '2'],
    prepare: async ({ pad }) => pad(() => LARGE),
    inject: async (place) => {
      place.repeat(20, () => fill(place))
    },
    async heal({ server, rest }) {
      await poll(async () => (await memcachedFigure(server, 'evictions')) > 100, LONGEST)
      await rest()
    },
    promised: { ...ANSWERS, keeps: false },
  },
  {
    name: 'memcached full, evicts nothing (-m 2 -M)',
    ...ours,
    args: ['-m', '2', '-M'],
    prepare: async ({ pad }) => pad(() => LARGE),
    inject: async (place) => {
      await poll(async () => (await fill(place)) > 0, LONGEST)
      place.repeat(20, () => fill(place))
    },
    async heal({ server, rest }) {
      await rest()
      await askMemcached(server.port, 'flush_all', 'OK')
    },
    promised: { ...ANSWERS, writes: 'may fail', failures: ['reply'], says: /[Oo]ut of memory/ },
  },
  {
    name: 'memcached: values over its limit of 1 MB',
    ...ours,
    inject: async ({ pad }) => pad((key) => (HAVE_TOO_LARGE.test(key) ? TOO_LARGE : 0)),
    heal: async ({ pad }) => pad(() => 0),
    promised: { ...ANSWERS, writes: 'may fail', failures: ['reply'], says: /Value too large.* 11\d{5} bytes/ },
  },
  {
    name: 'memcached: our values overwritten with garbage',
    ...ours,
    inject: async (place) => overwrite(place, (key, garbage) => putIntoMemcached(place.server, [key], garbage)),
    heal: ({ rest }) => rest(),
    promised: { ...ANSWERS, failures: ['data'] },
  },
]

let filled = 0

/** Has another client store 100 values as large as ours; how many were refused. */
async function fill({ server }: Place): Promise<number> {
  filled += 100
  const keys = Array.from({ length: 100 }, (_, i) => `junk${filled + i}`)
  return putIntoMemcached(server, keys, Buffer.alloc(LARGE, 'j'))
}
