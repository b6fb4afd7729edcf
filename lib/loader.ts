/** Gathers runs of the function into runs of `loadMany`: DataLoader's contract. */
import { clearImmediate, setImmediate } from 'node:timers'
import { types } from 'node:util'
import { kindOf } from './coders/kind.js'
import { ActionError } from './errors.js'
import { silence } from './maybe.js'
import type { AnyOptions, Batch } from './options.js'

/** Gives what the function would give for these arguments, or rejects as it would. By `left` nobody waits for it any more. */
export type Load = (receiver: unknown, args: readonly unknown[], left?: AbortSignal) => Promise<unknown>

/** What calls of a function that has a `loadMany` run in its place. */
export interface Loading {
  /** For all single calls; `undefined`: each runs the function. */
  readonly single: Load | undefined
  /** One for the calls of a bulk control, which go to `loadMany` with no others. */
  bulk(): Load
}

/** `undefined`: every call runs the function. */
export function loadingOf({ loadMany, batch }: AnyOptions): Loading | undefined {
  if (loadMany === undefined) return undefined
  const maxSize = batch?.maxSize
  return {
    single: batch && createLoader(loadMany as LoadAll, batch), // it takes the arguments that the function takes
    bulk: () => createLoader(loadMany as LoadAll, { maxSize }),
  }
}

type LoadAll = (argsList: readonly unknown[][]) => unknown

interface Waiting {
  readonly args: readonly unknown[]
  readonly left: AbortSignal | undefined
  resolve(result: unknown): void
  reject(error: unknown): void
}

/** What one receiver's loads wait in until they are dispatched. */
interface Queue {
  readonly waiting: Waiting[]
  /** Ends the time that it is open for. */
  cancel(): void
}

/**
 * Loads that are made at the same time, for one receiver, are one run of `loadMany`: those of one turn of the event loop,
 * or within `wait` milliseconds of the first. A list that has `maxSize` is dispatched at once.
 */
export function createLoader(loadMany: LoadAll, { maxSize = Number.POSITIVE_INFINITY, wait = 0 }: Batch): Load {
  const queues = new Map<unknown, Queue>()
  const dispatch = (receiver: unknown, { waiting, cancel }: Queue): void => {
    cancel()
    queues.delete(receiver)
    run(loadMany, receiver, waiting.filter(isWaitedFor))
  }
  const open = (receiver: unknown): Queue => {
    const queue: Queue = { waiting: [], cancel: after(wait, () => dispatch(receiver, queue)) }
    queues.set(receiver, queue)
    return queue
  }
  return async (receiver, args, left) => {
    const result = await new Promise((resolve, reject) => {
      const queue = queues.get(receiver) ?? open(receiver)
      queue.waiting.push({ args, left, resolve, reject })
      if (queue.waiting.length >= maxSize) dispatch(receiver, queue)
    })
    if (isError(result)) throw result
    return result
  }
}

/** With no time to wait, when all that needs no event has happened: what answers in one piece have woken is of one turn. */
function after(ms: number, act: () => void): () => void {
  if (ms === 0) {
    const immediate = setImmediate(act)
    return () => clearImmediate(immediate)
  }
  const timer = setTimeout(act, ms) // callers wait for it, so it keeps the process
  return () => clearTimeout(timer)
}

/** What all have left is not run. */
function isWaitedFor({ left, reject }: Waiting): boolean {
  if (!left?.aborted) return true
  reject(left.reason)
  return false
}

/** Never rejects. `loadMany` may keep the lists of arguments, or change them. */
async function run(loadMany: LoadAll, receiver: unknown, waiting: readonly Waiting[]): Promise<void> {
  if (waiting.length === 0) return
  try {
    const argsList = waiting.map(({ args }) => [...args])
    const results = checked(await Reflect.apply(loadMany, receiver, [argsList]), waiting.length)
    for (const [i, { resolve }] of waiting.entries()) resolve(results[i])
  } catch (error) {
    for (const { reject } of waiting) reject(error)
  }
}

/** @throws ActionError unless it is a list with a result for each */
function checked(results: unknown, count: number): readonly unknown[] {
  if (Array.isArray(results)) {
    if (results.length === count) return results.slice() // reads each, before any is told
    results.forEach(silence) // promises among them have no caller
  }
  throw new ActionError(
    `loadMany must give an array of a result, or an Error, for each list of arguments, in their order: ${count} in all; got ${kindOf(results)}`,
  )
}

/** Of any realm. */
function isError(value: unknown): boolean {
  return types.isNativeError(value) || value instanceof Error
}
