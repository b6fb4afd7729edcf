/** Starts worker processes, kills some of them, and judges what they all did. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { check, type Violation } from './check.js'
import { now, type Operation, PLANNED, readHistory, STATES, STORE, type State } from './history.js'
import type { ColdReport, Lease, Order, Report, StaleReport, WorkerConfig } from './messages.js'
import { createRandom, type Random } from './random.js'
import type { StoreAddress } from './store.js'

const root = resolve(import.meta.dirname, '../..')

export interface Fleet {
  readonly store: StoreAddress
  /** The URL of the Redis that has the versioned origin. */
  readonly origin: string
  /** What all keys begin with. */
  readonly prefix: string
  readonly seed: number
  /** How many processes. `undefined`: 4. */
  readonly processes?: number
  /** `undefined`: the library's own default. */
  readonly lease?: Lease
  /** Of cold keys. `undefined`: the library's own default. */
  readonly coldLease?: Lease
}

export interface Torture extends Fleet {
  /** How many operations in all, at least. */
  readonly operations: number
  /** How many workers are killed meanwhile. */
  readonly kills: number
  /** How many times a worker is stopped for longer than a lease of the specs lives, and goes on. */
  readonly freezes: number
}

export interface Outcome {
  /** In the order in which they began. */
  readonly history: readonly Operation[]
  readonly violations: readonly Violation[]
  /** How many values were seen of which something was known. */
  readonly checked: number
  /** How many workers were killed. */
  readonly kills: number
  /** How many times one was stopped for a while. */
  readonly freezes: number
  /** What the store said of operations that failed with it. */
  readonly storeFailures: readonly string[]
  /** Failures that nobody has planned. */
  readonly unexpected: readonly string[]
  /** How often calls met what windows are for. */
  readonly met: Readonly<Record<State, number>>
  /** What took longest. */
  readonly slowest: Operation | undefined
  /** Milliseconds. */
  readonly took: number
}

/** What became of one cold key that all processes called at once. */
export interface ColdOutcome {
  readonly runs: number
  readonly right: number
  readonly reports: readonly ColdReport[]
}

const PROCESSES = 4
const LANES = 6
/** How long a worker is stopped, in milliseconds: its leases end meanwhile, and it does not know. */
const FROZEN = 450
/** Longer than anything may take that is waited for. */
const PATIENCE = 60_000

/** Random operations in all processes, with kills at random times. */
export async function torture(plan: Torture): Promise<Outcome> {
  const started = performance.now()
  return withFleet(plan, async (fleet) => {
    const random = createRandom(plan.seed)
    const at = (blow: Blow['blow']) => (): Blow => ({ blow, at: random.below(plan.operations) })
    const kills = Array.from({ length: plan.kills }, at('kill'))
    const freezes = Array.from({ length: plan.freezes }, at('freeze'))
    const blows = [...kills, ...freezes].sort((a, b) => a.at - b.at)
    await fleet.work(plan.operations, blows, random)
    return outcomeOf(await fleet.histories(), plan, performance.now() - started)
  })
}

/** Calls cold keys, one after the other, so many times in each process at once. */
export function callColdKeys(plan: Fleet, keys: number, calls: number): Promise<ColdOutcome[]> {
  return withFleet(plan, async (fleet) => {
    const outcomes: ColdOutcome[] = []
    for (let key = 0; key < keys; key++) {
      const reports = await fleet.callCold(key, calls)
      const sum = (of: (report: ColdReport) => number) => reports.reduce((total, report) => total + of(report), 0)
      outcomes.push({ runs: sum(({ runs }) => runs), right: sum(({ right }) => right), reports })
    }
    return outcomes
  })
}

/** Calls stale keys, one after the other, so many times in each process at once. */
export function callStaleKeys(plan: Fleet, keys: number, calls: number): Promise<StaleReport[][]> {
  return withFleet(plan, async (fleet) => {
    const reports: StaleReport[][] = []
    for (let key = 0; key < keys; key++) reports.push(await fleet.callStale(key, calls))
    return reports
  })
}

/** What befalls a worker when so many operations have ended. */
interface Blow {
  readonly blow: 'kill' | 'freeze'
  readonly at: number
}

function outcomeOf(history: Operation[], { kills, freezes }: Torture, took: number): Outcome {
  history.sort((a, b) => a.begin - b.begin)
  const failed = history.flatMap(({ error }) => error ?? [])
  const slowest = history.reduce<Operation | undefined>((slow, one) => (isSlower(one, slow) ? one : slow), undefined)
  return {
    ...check(history),
    history,
    kills,
    freezes,
    storeFailures: failed.filter((error) => error.startsWith(STORE)),
    unexpected: failed.filter((error) => error !== PLANNED && !error.startsWith(STORE)),
    met: metIn(history),
    slowest,
    took,
  }
}

/** The states that no call has met: what is promised of them was not tried. */
export function neverMet({ met }: Outcome): string[] {
  return STATES.filter((state) => met[state] === 0)
}

function metIn(history: readonly Operation[]): Record<State, number> {
  const sum = (state: State): number => history.reduce((total, { met }) => total + (met?.[state] ?? 0), 0)
  return Object.fromEntries(STATES.map((state) => [state, sum(state)])) as Record<State, number> // fromEntries forgets the names
}

const isSlower = (one: Operation, other: Operation | undefined): boolean =>
  other === undefined || one.end - one.begin > other.end - other.begin

interface RunningFleet {
  /** So many random operations, and all the blows. */
  work(operations: number, blows: readonly Blow[], random: Random): Promise<void>
  callCold(key: number, calls: number): Promise<ColdReport[]>
  callStale(key: number, calls: number): Promise<StaleReport[]>
  /** Stops all workers: what they and those before them did. */
  histories(): Promise<Operation[]>
}

async function withFleet<T>(plan: Fleet, use: (fleet: RunningFleet) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'ringcache-torture-'))
  const files: string[] = []
  const workers: Worker[] = []
  const all: Worker[] = []
  const start = async (): Promise<Worker> => {
    const number = files.length + 1
    const history = join(folder, `${number}.jsonl`)
    files.push(history)
    const { store, origin, prefix, lease, coldLease } = plan
    const seed = plan.seed + number
    const worker = startWorker({ process: `w${number}`, seed, store, origin, prefix, lease, coldLease, history })
    all.push(worker)
    await worker.next('ready')
    return worker
  }
  try {
    workers.push(...(await Promise.all(Array.from({ length: plan.processes ?? PROCESSES }, start))))
    return await use({
      work: (operations, blows, random) => workUntil(workers, start, operations, blows, random),
      callCold(key, calls) {
        const at = now() + 30e6 // when the order has reached all of them
        for (const worker of workers) worker.send({ order: 'cold', key, calls, at })
        return Promise.all(workers.map((worker) => worker.next('cold')))
      },
      async callStale(key, calls) {
        workers[0]?.send({ order: 'age', key })
        await workers[0]?.next('aged')
        const at = now() + 30e6
        for (const worker of workers) worker.send({ order: 'stale', key, calls, at })
        return Promise.all(workers.map((worker) => worker.next('stale')))
      },
      async histories() {
        await Promise.all(workers.map((worker) => worker.stop()))
        return files.flatMap(readHistory)
      },
    })
  } finally {
    await Promise.all(all.map((worker) => worker.kill()))
    await rm(folder, { recursive: true, force: true })
  }
}

async function workUntil(
  workers: Worker[],
  start: () => Promise<Worker>,
  operations: number,
  blows: readonly Blow[],
  random: Random,
): Promise<void> {
  const work: Order = { order: 'work', lanes: LANES }
  const left = [...blows]
  let kills = blows.filter(({ blow }) => blow === 'kill').length
  let gone = 0 // done by workers that are no more
  const done = () => workers.reduce((total, worker) => total + worker.operations, gone)
  /** The next one to take a killed one's place is ready before: to start takes longer than many operations. */
  let spare = kills > 0 ? startUnheard(start) : undefined
  for (const worker of workers) worker.send(work)
  let last = { done: 0, at: Date.now() }
  while (done() < operations || left.length > 0) {
    await sleep(5)
    for (const worker of workers) worker.check()
    if (done() > last.done) last = { done: done(), at: Date.now() }
    if (Date.now() - last.at > PATIENCE)
      throw new Error(`nothing has ended for ${PATIENCE} ms, after ${done()} operations`)
    const [next] = left
    if (next === undefined || done() < next.at) continue
    left.shift()
    const victim = random.pick(workers)
    if (next.blow === 'freeze') {
      victim.freeze(FROZEN)
      continue
    }
    gone += victim.operations
    workers.splice(workers.indexOf(victim), 1)
    await victim.kill()
    kills -= 1
    const successor = await (spare ?? start())
    spare = kills > 0 ? startUnheard(start) : undefined
    workers.push(successor)
    successor.send(work)
  }
}

/** Whoever needs it hears of its failure; whoever has failed before does not care. */
function startUnheard(start: () => Promise<Worker>): Promise<Worker> {
  const worker = start()
  worker.catch(() => {})
  return worker
}

interface Worker {
  /** How many operations it has reported as ended. */
  readonly operations: number
  send(order: Order): void
  /** Its next report of that kind. */
  next<R extends Report['report']>(report: R): Promise<Extract<Report, { report: R }>>
  /** Throws if it has ended by itself. */
  check(): void
  /** Lets it end what is under way. */
  stop(): Promise<void>
  /** Stops it for so many milliseconds, as a machine does that has other things to do. */
  freeze(ms: number): void
  /** Ends it at once, as a crash would. */
  kill(): Promise<void>
}

function startWorker(config: WorkerConfig): Worker {
  const args = ['scripts/run-ts.mjs', 'spec/torture/worker.ts', JSON.stringify(config)]
  const child: ChildProcess = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
  const reports: Report[] = []
  let output = ''
  let operations = 0
  let ended = false
  const keep = (chunk: Buffer): void => {
    output = (output + chunk).slice(-4_000)
  }
  child.stdout?.on('data', keep)
  child.stderr?.on('data', keep)
  const exited = once(child, 'close').finally(() => {
    ended = true
  })
  child.on('message', (report: Report) => {
    if (report.report === 'progress') operations += report.operations
    else reports.push(report)
  })
  const check = (): void => {
    if (ended)
      throw new Error(`worker ${config.process} ended by itself (${child.signalCode ?? child.exitCode}):\n${output}`)
  }
  return {
    get operations() {
      return operations
    },
    send: (order) => void child.send(order, () => {}),
    async next<R extends Report['report']>(name: R) {
      for (const deadline = Date.now() + PATIENCE; Date.now() < deadline; await sleep(2)) {
        const at = reports.findIndex(({ report }) => report === name)
        if (at >= 0) return reports.splice(at, 1)[0] as Extract<Report, { report: R }> // it was found by this name
        check()
      }
      throw new Error(`worker ${config.process} did not report '${name}' within ${PATIENCE} ms:\n${output}`)
    },
    check,
    async stop() {
      check()
      child.send({ order: 'stop' } satisfies Order, () => {})
      await Promise.race([exited, sleep(PATIENCE, undefined, { ref: false })])
      if (!ended || child.exitCode !== 0)
        throw new Error(`worker ${config.process} did not stop (${child.exitCode}):\n${output}`)
    },
    freeze(ms) {
      child.kill('SIGSTOP')
      setTimeout(() => child.kill('SIGCONT'), ms)
    },
    async kill() {
      if (!ended) child.kill('SIGKILL')
      await exited
    },
  }
}
