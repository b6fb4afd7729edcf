/** What a plain call does: it reads through the cache. */
import { type Call, type Context, keepsAfter, surviveStore } from './call.js'
import { beginTurn, doubt, endTurn, type Turn } from './fence.js'
import { keepResults } from './keep.js'
import { holding } from './lease.js'
import { FREE, type Permit, permitNow, permitsFor } from './permit.js'
import { type Found, read } from './read.js'
import { prepare } from './write.js'

/** The fresh stored value; else runs the function, stores and gives what it gave. Concurrent calls share one flight. */
export function getOrUpdate(context: Context, call: Call): Promise<unknown> {
  return joined(context, call.key, () => call) ?? start(context, call)
}

/**
 * What the running flight of a key gives, if a call may join it. Where that may have been outdated before the call began,
 * the call asks again, joining any other: those began after it. What it has waited by then is part of its `wait`.
 */
export function joined(context: Context, key: string, callOf: () => Call): Promise<unknown> | undefined {
  const { flights } = context
  return flights.join(key, (since) => flights.join(key) ?? start(context, { ...callOf(), since }))
}

function start(context: Context, call: Call): Promise<unknown> {
  const turn = beginTurn(context.storage.identity, call.key, false)
  return context.flights.start(turn, () => readThrough(context, call, turn))
}

async function readThrough(context: Context, call: Call, turn: Turn): Promise<unknown> {
  let found: Found | undefined
  try {
    found = await read(context, call)
  } catch (error) {
    if (!surviveStore(context, call, error)) throw error
    if (!keepsAfter(error)) {
      doubt(turn)
      return context.execute(call, turn)
    }
  }
  const [entrance = FREE] =
    found || context.leasing === undefined ? [found] : await Promise.all(permitsFor(context, [{ call, turn }]))
  if (!('value' in entrance)) return runAndKeep(context, call, turn, () => context.execute(call, turn), entrance)
  doubt(turn)
  return entrance.value
}

/**
 * Runs `run` and stores what it gives, unless what began meanwhile on the key forbids it, or on that of the run that this
 * is made in. It shares no flight, and waits for no other process.
 */
export async function refresh(context: Context, call: Call, run: () => Promise<unknown>): Promise<unknown> {
  const { identity } = context.storage
  const turn = beginTurn(identity, call.key, false)
  // The run may end before this does: its key's order is held on to, and what begins from now on is told by the new turn.
  const within = call.turn === undefined ? [] : [call.turn, beginTurn(identity, call.turn.key, false)]
  try {
    return await runAndKeep(context, call, turn, run, await permitNow(context, call, turn), within)
  } finally {
    endTurn(turn)
    within.slice(1).forEach(endTurn)
  }
}

async function runAndKeep(
  context: Context,
  call: Call,
  turn: Turn,
  run: () => Promise<unknown>,
  { keeps, held }: Permit,
  within?: readonly Turn[],
): Promise<unknown> {
  const value = await holding(context, call, held, run)
  if (!keeps) {
    doubt(turn)
    return value
  }
  const prepared = await prepare(context, { kind: 'result', call, turn, value, held, within })
  const failures = await keepResults(context, [prepared])
  if (failures.size > 0) throw failures.get(call.key)
  return value
}
