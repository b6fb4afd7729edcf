/** Runs a fault under load: before it, while it lasts, until the store is used again, and after. */
import { setTimeout as sleep } from 'node:timers/promises'
import { cached, type StoreHealth } from '../../lib/index.js'
import { startLine } from '../broken-store/line.js'
import type { TestServer } from '../support/server-process.js'
import { startMemcached, startRedis, uniquePrefix } from '../support/servers.js'
import { type Failed, failed } from './failure.js'
import { atRest } from './leftovers.js'
import {
  ALL_KINDS,
  BUSY_KEYS,
  type Deed,
  HOT_KEYS,
  KEPT_KEYS,
  type Kind,
  type Loaded,
  type Stall,
  startLoad,
  type Target,
} from './load.js'
import { poll } from './poll.js'
import { randomFrom } from './random.js'
import { clients, idOf, type Place, type Scenario } from './scenario.js'
import { createTruth, type Truth } from './truth.js'

export interface LoadOptions {
  readonly seed: number
  /** Operations a second. */
  readonly rate: number
  /** How long each part lasts, in milliseconds. */
  readonly before: number
  readonly during: number
  readonly after: number
  /** Milliseconds; as the option of `cached`. */
  readonly storeTimeout: number
}

/** Times of one run, as `performance.now` tells them. */
export interface Times {
  readonly injected: number
  readonly healing: number
  readonly healed: number
  readonly recovered: number
}

/** A failure that a call survived. */
export interface Told extends Failed {
  readonly at: number
}

export interface Fenced extends Pick<Deed, 'key' | 'windows'> {
  readonly at: number
}

export interface Run {
  /** Of the scenario. */
  readonly id: string
  readonly storeTimeout: number
  readonly times: Times
  readonly deeds: readonly Deed[]
  /** How often a value was given that was fresh no more. */
  readonly staleServed: number
  readonly skipped: number
  readonly stalls: readonly Stall[]
  readonly events: readonly Told[]
  /** When the writes of which keys were withheld, because something newer was on its way. */
  readonly fenced: readonly Fenced[]
  /** Keys whose delete was refused, and that showed an older value when all was well again. */
  readonly cameBack: readonly string[]
  readonly owed: number
  /** How the store does at the end. */
  readonly health: StoreHealth
  /** What is left behind at the end. */
  readonly left: readonly string[]
}

/** In the first so many milliseconds of a fault there are answers to what was asked before it. */
export const SETTLED = 1_000
/** How much longer a fault lasts at most than it should, for a machine that is busy with other things. */
const LONGEST = 20_000

/** Half of the load is on a function with windows, so short that calls meet entries of every state. */
const LONG = 600_000
const WINDOWS = {
  ttl: (_value: unknown, key: string) => (key.startsWith('kept') ? LONG : 300),
  ...{ jitter: 0.2, staleWhileRevalidate: 1_000, staleIfError: LONG, earlyRefresh: true },
  ...{ softTimeout: 500, hardTimeout: 10_000 },
}

interface Targeted extends Target {
  readonly keyPrefix: string
}

/** As long as a write that was given up on may hold its place. */
const REST_WITHIN = 15_000

export async function runFault(scenario: Scenario, options: LoadOptions): Promise<Run> {
  const random = randomFrom(options.seed)
  const closers: (() => unknown)[] = []
  try {
    return await run(scenario, options, random, closers)
  } finally {
    for (const close of closers.reverse()) await close()
  }
}

async function run(
  scenario: Scenario,
  { rate, before, during, after, storeTimeout }: LoadOptions,
  random: () => number,
  closers: (() => unknown)[],
): Promise<Run> {
  const start = scenario.store === 'redis' ? startRedis : startMemcached
  const server = await start({ args: [...(scenario.args ?? [])] })
  closers.push(() => server.stop())
  const line = await startLine(server.port)
  closers.push(() => line.close())
  const url = scenario.byLine ? server.url.replace(String(server.port), String(line.port)) : server.url
  const { store, close } = clients[scenario.client](url)
  closers.push(close)

  const events: Told[] = []
  const fenced: Fenced[] = []
  let staleServed = 0
  const [plain, windowed] = [false, true].map((windows) => {
    const truth = createTruth(random)
    const keyPrefix = uniquePrefix(windows ? 'windows' : 'fault')
    const options = { store, keyPrefix, storeTimeout }
    const f: Loaded = cached(truth.load, windows ? { ...options, ...WINDOWS } : { ...options, ttl: LONG })
    f.on('error', ({ error }) => events.push({ at: performance.now(), ...failed(error) }))
    f.on('fenced', ({ args: [key = ''] }) => fenced.push({ key, windows, at: performance.now() }))
    f.on('stale', () => {
      staleServed += 1
    })
    return { f, truth, windows, keyPrefix }
  }) as [Targeted, Targeted] // there are two
  const targets = [plain, windowed]
  const place = placeOf(
    server,
    line,
    targets.map(({ truth }) => truth),
    random,
    targets.flatMap(({ f }) => HOT_KEYS.map((key) => f.key(key))),
  )
  closers.push(
    () => Promise.all(place.beside.map((one) => one.stop())),
    () => place.rest(),
  )

  await scenario.prepare?.(place)
  for (const { f } of targets) await f.getOrUpdateMany(...[...KEPT_KEYS, ...BUSY_KEYS].map((key): [string] => [key]))
  const leftovers = targets.map(({ keyPrefix }) => atRest(keyPrefix, store, [server.port, line.port]))
  const loads = targets.map((target) => startLoad(target, random, rate / targets.length))
  const stop = () => Promise.all(loads.map((load) => load.stop()))
  const deeds = () => loads.flatMap((load) => load.deeds)
  closers.push(stop)
  await sleep(before)

  await scenario.inject(place)
  const injected = performance.now()
  await sleep(during)
  await poll(() => ALL_KINDS.every((kind) => isShown(kind, deeds(), injected)), LONGEST)
  const healing = performance.now()
  await scenario.heal(place)
  const healed = performance.now()
  for (const { f } of targets) await recover(f, scenario.promised.recovery)
  const recovered = performance.now()
  const cameBack = (await Promise.all(targets.map(makeUp))).flat()
  await sleep(after)
  await stop()
  const left = new Set<string>()
  for (const one of leftovers) for (const what of await restOf(one)) left.add(what)

  return {
    id: idOf(scenario),
    storeTimeout,
    times: { injected, healing, healed, recovered },
    deeds: deeds(),
    staleServed,
    skipped: loads.reduce((sum, load) => sum + load.skipped(), 0),
    stalls: loads[0]?.stalls ?? [],
    events,
    fenced,
    cameBack,
    owed: targets.reduce((sum, { truth }) => sum + truth.owed.size, 0),
    health: plain.f.storage.health,
    left: [...left],
  }
}

/** Whether an operation of this kind began and ended while the fault lasted, but for its beginning. */
function isShown(kind: Kind, deeds: readonly Deed[], injected: number): boolean {
  return deeds.some((deed) => deed.kind === kind && deed.began >= injected + SETTLED)
}

function placeOf(
  server: TestServer,
  line: Place['line'],
  truths: readonly Truth[],
  random: () => number,
  keys: readonly string[],
): Place {
  let resting = false
  const repeating: Promise<void>[] = []
  return {
    server,
    line,
    pad: (bytesOf) => {
      for (const truth of truths) truth.pad(bytesOf)
    },
    random,
    keys,
    beside: [],
    repeat(every, act) {
      const repeat = async (): Promise<void> => {
        for (; !resting; await sleep(every)) await act()
      }
      const done = repeat()
      done.catch(() => {}) // `rest` tells
      repeating.push(done)
    },
    async rest() {
      resting = true
      await Promise.all(repeating)
    },
  }
}

/** Waits until something that is called for now is found by the next who asks. Gives up long after it was promised. */
async function recover(f: Loaded, promised: number): Promise<void> {
  let tries = 0
  await poll(async () => {
    tries += 1
    const key = `probe${tries}`
    await f(key)
    const found = await f.get(key)
    return found !== undefined
  }, promised + 15_000)
}

/** The keys whose delete was refused and whose old value is still there, though the store is used again. */
async function makeUp({ f, truth }: Target): Promise<string[]> {
  await poll(() => f.storage.health.pendingReplays === 0, REST_WITHIN)
  const owed = [...truth.owed]
  for (const [key, version] of owed) truth.promise(key, version)
  const found = await Promise.all(owed.map(async ([key]) => f.get(key)))
  return owed.flatMap(([key, version], i) => {
    const value = found[i]
    return value !== undefined && truth.judge(key, version, value) !== 'right' ? key : []
  })
}

async function restOf(leftovers: () => string[]): Promise<string[]> {
  let left: string[] = []
  await poll(() => {
    left = leftovers()
    return left.length === 0
  }, REST_WITHIN).catch(() => {})
  return left
}
