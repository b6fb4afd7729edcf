/** A cold key on Redis that four processes ask for at once: how often the function runs, and what the calls cost over it. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { root } from './child.js'
import { OURS } from './hits.js'
import type { Figure } from './scenario.js'
import type { Answered, Ask } from './stampede-worker.js'
import { quartiles } from './statistics.js'

const PROCESSES = 4
const CALLS = 1_000
/** Far from the keys of other scenarios. */
const FIRST_ID = 1_000_000

/** One key, asked for by all processes. */
interface Round {
  /** Runs of the function in all processes. */
  readonly runs: number
  /** Milliseconds over the function's own, of the process that waited longest, and of the one that had its answers first. */
  readonly last: number
  readonly first: number
}

export async function stampedeProcessFigures(redisUrl: string, full: boolean): Promise<Figure[]> {
  const workers = Array.from({ length: PROCESSES }, () =>
    fork('scripts/run-ts.mjs', ['bench/stampede-worker.ts', redisUrl], { cwd: root }),
  )
  try {
    const [names = []] = await Promise.all(workers.map(answer<string[]>))
    return figuresOf(await played(workers, names, full ? 15 : 3))
  } finally {
    await Promise.all(workers.map(ended)) // before the server does
  }
}

/** The rounds of each contestant; they take turns. The first is left out: nothing was compiled yet. */
async function played(workers: readonly ChildProcess[], names: string[], count: number): Promise<Map<string, Round[]>> {
  const rounds = new Map(names.map((name): [string, Round[]] => [name, []]))
  for (let i = 0; i <= count; i++) {
    for (const [contestant, itsRounds] of rounds) {
      const round = await play(workers, { contestant, id: FIRST_ID + i, calls: CALLS })
      if (i > 0) itsRounds.push(round)
    }
  }
  return rounds
}

async function play(workers: readonly ChildProcess[], ask: Ask): Promise<Round> {
  const answers = workers.map(answer<Answered>)
  for (const worker of workers) worker.send(ask)
  const all = await Promise.all(answers)
  const ran = Math.max(...all.map((one) => one.ran))
  const took = all.map((one) => one.took - ran)
  return { runs: all.reduce((sum, one) => sum + one.runs, 0), last: Math.max(...took), first: Math.min(...took) }
}

async function ended(worker: ChildProcess): Promise<void> {
  if (worker.exitCode !== null || worker.signalCode !== null) return
  const exit = once(worker, 'exit')
  worker.disconnect()
  await exit
}

/** The next message; it is what `stampede-worker.ts` sends. A worker that dies fails it. */
async function answer<T>(worker: ChildProcess): Promise<T> {
  const gone = new AbortController()
  const [message] = await Promise.race([
    once(worker, 'message', { signal: gone.signal }),
    once(worker, 'exit', { signal: gone.signal }).then(() => {
      throw new Error('a process of the stampede ended')
    }),
  ]).finally(() => gone.abort())
  return message
}

function figuresOf(rounds: ReadonlyMap<string, readonly Round[]>): Figure[] {
  const calls = `${PROCESSES} processes, ${CALLS.toLocaleString('en-US')} calls of one cold key on Redis each`
  const values = (of: (round: Round) => number): Figure['values'] =>
    [...rounds].map(([name, all]) => {
      const [lower, median, upper] = quartiles(all.map(of))
      return { name, value: median, spread: [lower, upper] }
    })
  return [
    {
      id: 'stampede-processes-runs',
      name: `${calls}: runs of the function`,
      group: 'stampede',
      unit: 'runs',
      values: values(({ runs }) => runs),
      target: { of: OURS, atLeast: 1, atMost: 1 },
    },
    {
      id: 'stampede-processes-first',
      name: `${calls}: the first process has its answers`,
      group: 'stampede',
      unit: 'ms over the function',
      values: values(({ first }) => first),
    },
    {
      id: 'stampede-processes-last',
      name: `${calls}: all have their answers`,
      group: 'stampede',
      unit: 'ms over the function',
      values: values(({ last }) => last),
    },
  ]
}
