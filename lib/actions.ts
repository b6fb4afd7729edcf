import { deleteMany, hasMany, setMany, touchMany } from './bulk.js'
import { type Call, type Context, execute, type Found, keepsAfter, read, surviveStore } from './call.js'
import { beginTurn, type Turn } from './fence.js'
import { keepResults } from './keep.js'
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
  let keeps = true
  try {
    found = await read(context, call)
  } catch (error) {
    if (!surviveStore(context, call, error)) throw error
    keeps = keepsAfter(error)
  }
  if (found !== undefined) return found.value
  const value = await execute(context, call)
  if (!keeps) return value
  const failures = await keepResults(context, call.budget, [
    await prepare(context, { kind: 'result', call, turn, value }),
  ])
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
  await setMany(context, call.budget, [call], [value])
}

/** Runs the function, whatever is stored, and stores what it gives. */
export async function update(context: Context, call: Call): Promise<unknown> {
  return (await updateMany(context, call.budget, [call]))[0]
}

/** Removes the entry: whether something was there. */
export async function remove(context: Context, call: Call): Promise<boolean> {
  return (await deleteMany(context, call.budget, [call]))[0] === true
}

/** Whether there is a fresh entry. */
export async function has(context: Context, call: Call): Promise<boolean> {
  return (await hasMany(context, call.budget, [call]))[0] === true
}

/** Starts the entry's `ttl` anew: false if it is absent. */
export async function touch(context: Context, call: Call): Promise<boolean> {
  return (await touchMany(context, call.budget, [call]))[0] === true
}
