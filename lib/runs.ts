import { readMany } from './bulk.js'
import { type Call, type Context, keepsAfter, surviveStore } from './call.js'
import { beginTurn, type Turn } from './fence.js'
import { type Failures, keepAll, keepResults } from './keep.js'
import { distinct, outcomeOf, throwFirst } from './lists.js'
import type { Found } from './read.js'
import { checkStorable, type Prepared, prepare } from './write.js'

/**
 * For each call the stored value, else what the function gives: one bulk read, one run per distinct missing key, one
 * bulk write. Runs that are under way are joined. When all is settled and stored, it rejects with the first error in
 * the order of the list.
 */
export async function getOrUpdateMany(context: Context, calls: readonly Call[]): Promise<unknown[]> {
  const { flights, storage } = context
  const results = new Map<string, Promise<unknown>>()
  const own: Run[] = []
  for (const call of distinct(calls)) {
    const running = flights.join(call.key)
    if (running !== undefined) results.set(call.key, running)
    else own.push({ call, turn: beginTurn(storage.identity, call.key, false) })
  }
  const reading = own.length > 0 ? readForRuns(context, own) : undefined
  const run = async ({ call, turn }: Run, i: number): Promise<Ended> => {
    const read = await reading
    const hit = read?.found[i]
    if (hit !== undefined) return hit
    const value = await context.execute(call, turn)
    if (!read?.keeps) return { value }
    return { value, write: await prepare(context, { kind: 'result', call, turn, value }) }
  }
  const failures = await fly(context, own, results, run, (writes) => keepResults(context, writes))
  return inOrder(calls, results, failures)
}

/** Runs the function for each distinct call and stores what it gives, by one bulk write. Rejects like `getOrUpdateMany`; at once while the store is left alone. */
export async function updateMany(context: Context, calls: readonly Call[]): Promise<unknown[]> {
  checkStorable(context, calls)
  const results = new Map<string, Promise<unknown>>()
  const own = distinct(calls).map((call) => ({ call, turn: beginTurn(context.storage.identity, call.key, true) }))
  const run = async ({ call, turn }: Run): Promise<Ended> => {
    const value = await context.execute(call, turn)
    return { value, write: await prepare(context, { kind: 'update', call, turn, value }) }
  }
  const failures = await fly(context, own, results, run, (writes) => keepAll(context, 'update', writes))
  return inOrder(calls, results, failures)
}

interface Run {
  readonly call: Call
  readonly turn: Turn
}

interface Ended {
  readonly value: unknown
  readonly write?: Prepared
}

/**
 * Makes each run a flight, and stores what they gave when all have ended. A lone run lands with its value stored, as that
 * of a plain call does; of many, none waits for the slowest.
 */
async function fly(
  { flights }: Context,
  own: readonly Run[],
  results: Map<string, Promise<unknown>>,
  run: (run: Run, i: number) => Promise<Ended>,
  keep: (writes: readonly Prepared[]) => Promise<Failures>,
): Promise<Failures> {
  const writes: Prepared[] = []
  let failures: Failures = new Map()
  let land = (): void => {}
  const landed = new Promise<void>((resolve) => {
    land = resolve
  })
  const started = own.map((one, i) => {
    const flight = async (): Promise<unknown> => {
      const { value, write } = await run(one, i)
      if (write !== undefined) writes.push(write)
      if (own.length === 1) failures = await keep(writes)
      return value
    }
    const result = flights.start(one.turn, flight, landed)
    results.set(one.call.key, result)
    return result
  })
  await Promise.allSettled(started)
  if (own.length > 1) failures = await keep(writes)
  land()
  return failures
}

/** The results in the order of the calls, or the first error in that order. */
async function inOrder(
  calls: readonly Call[],
  results: ReadonlyMap<string, Promise<unknown>>,
  failures: Failures,
): Promise<unknown[]> {
  const settled = await Promise.allSettled(calls.map((call) => results.get(call.key)))
  return settled.map((result, i) => {
    const value = outcomeOf(result)
    throwFirst(calls.slice(i, i + 1), failures)
    return value
  })
}

async function readForRuns(
  context: Context,
  own: readonly Run[],
): Promise<{ found: readonly (Found | undefined)[]; keeps: boolean }> {
  const calls = own.map(({ call }) => call)
  try {
    return { found: await readMany(context, calls), keeps: true }
  } catch (error) {
    for (const call of calls) if (!surviveStore(context, call, error)) throw error
    return { found: [], keeps: keepsAfter(error) }
  }
}
