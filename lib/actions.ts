import { deleteMany, expireMany, hasMany, setMany, touchMany } from './bulk.js'
import type { Call, Context } from './call.js'
import { read } from './read.js'
import { updateMany } from './runs.js'

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

/** Ends the entry's `ttl`: whether there was one of use. */
export async function expire(context: Context, call: Call): Promise<boolean> {
  return (await expireMany(context, [call]))[0] === true
}

/** Whether there is a fresh entry. */
export async function has(context: Context, call: Call): Promise<boolean> {
  return (await hasMany(context, [call]))[0] === true
}

/** Starts the entry's `ttl` anew: false if it is absent. */
export async function touch(context: Context, call: Call): Promise<boolean> {
  return (await touchMany(context, [call]))[0] === true
}
