import { deleteMany, hasMany, setMany, touchMany } from './bulk.js'
import { type Call, type Context, keepsAfter, surviveStore } from './call.js'
import { beginTurn, endTurn, type Turn } from './fence.js'
import { keepResults } from './keep.js'
import { type Found, read } from './read.js'
import { updateMany } from './runs.js'
import { prepare } from './write.js'

/** The fresh stored value; else runs the function, stores and gives what it gave. Concurrent calls share one flight. */
export function getOrUpdate(context: Context, call: Call): Promise<unknown> {
  const { flights, storage } = context
  const running = flights.join(call.key)
  if (running !== undefined) return running
  const turn = beginTurn(storage.identity, call.key, false)
  return flights.start(turn, () => readThrough(context, call, turn))
}

async function readThrough(context: Context, call: Call, turn: Turn): Promise<unknown> {
  let found: Found | undefined
  try {
    found = await read(context, call)
  } catch (error) {
    if (!surviveStore(context, call, error)) throw error
    if (!keepsAfter(error)) return context.execute(call, turn)
  }
  return found === undefined ? runAndKeep(context, call, turn, () => context.execute(call, turn)) : found.value
}

/**
 * Runs `run` and stores what it gives, unless what began meanwhile on the key forbids it, or on that of the run that this
 * is made in. It shares no flight.
 */
export async function refresh(context: Context, call: Call, run: () => Promise<unknown>): Promise<unknown> {
  const { identity } = context.storage
  const turn = beginTurn(identity, call.key, false)
  // The run may end before this does: its key's order is held on to, and what begins from now on is told by the new turn.
  const within = call.turn === undefined ? [] : [call.turn, beginTurn(identity, call.turn.key, false)]
  try {
    return await runAndKeep(context, call, turn, run, within)
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
  within?: readonly Turn[],
): Promise<unknown> {
  const value = await run()
  const failures = await keepResults(context, [await prepare(context, { kind: 'result', call, turn, value, within })])
  if (failures.size > 0) throw failures.get(call.key)
  return value
}

/** The fresh stored value, else `missValue`. Never runs the function, never waits for a run. */
export async function get(context: Context, call: Call): Promise<unknown> {
  const found = await read(context, call)
  return found === undefined ? context.policy.missValue : found.value
}

/** Stores a value. */
export async function set(context: Context, call: Call, value: unknown): Promise<void> {
  await setMany(context, [call], [value])
}

/** Runs the function, whatever is stored, and stores what it gives. */
export async function update(context: Context, call: Call): Promise<unknown> {
  return (await updateMany(context, [call]))[0]
}

/** Removes the entry: whether something was there. */
export async function remove(context: Context, call: Call): Promise<boolean> {
  return (await deleteMany(context, [call]))[0] === true
}

/** Whether there is a fresh entry. */
export async function has(context: Context, call: Call): Promise<boolean> {
  return (await hasMany(context, [call]))[0] === true
}

/** Starts the entry's `ttl` anew: false if it is absent. */
export async function touch(context: Context, call: Call): Promise<boolean> {
  return (await touchMany(context, [call]))[0] === true
}
