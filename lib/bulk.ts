import { type Budget, spend } from './budget.js'
import { type Call, type Context, execute, type Found, freshEntry, keepsAfter, open, surviveStore } from './call.js'
import { beginTurn, endTurn, type Turn } from './fence.js'
import { type Failures, keepAll, keepResults } from './keep.js'
import { isThenable } from './maybe.js'
import { remove, renew, type Write } from './write.js'

/** For each call the fresh stored value, else `missValue`: one bulk read. */
export async function getMany(context: Context, budget: Budget, calls: readonly Call[]): Promise<unknown[]> {
  const found = await readMany(context, budget, calls)
  return found.map((entry) => (entry === undefined ? context.policy.missValue : entry.value))
}

/**
 * For each call the stored value, else what the function gives: one bulk read, one run per distinct missing key, one
 * bulk write. Runs that are under way are joined. When all is settled and stored, it rejects with the first error in
 * the order of the list.
 */
export async function getOrUpdateMany(context: Context, budget: Budget, calls: readonly Call[]): Promise<unknown[]> {
  const { flights, storage } = context
  const results = new Map<string, Promise<unknown>>()
  const own: { call: Call; turn: Turn }[] = []
  for (const call of distinct(calls)) {
    const running = flights.join(call.key)
    if (running !== undefined) results.set(call.key, running)
    else own.push({ call, turn: beginTurn(storage.identity, call.key, false) })
  }
  const reading = own.length > 0 ? readForRuns(context, budget, own) : undefined
  const writes: Write[] = []
  const landing = signal()
  own.forEach(({ call, turn }, i) => {
    const run = async (): Promise<unknown> => {
      const read = await reading
      const hit = read?.found[i]
      if (hit !== undefined) return hit.value
      const value = await execute(context, call)
      if (read?.keeps) writes.push({ kind: 'result', call, turn, value })
      return value
    }
    results.set(call.key, flights.start(turn, run, landing.promise))
  })
  return settle(calls, results, landing, () => keepResults(context, budget, writes))
}

/** Runs the function for each distinct call and stores what it gives, by one bulk write. Rejects like `getOrUpdateMany`. */
export async function updateMany(context: Context, budget: Budget, calls: readonly Call[]): Promise<unknown[]> {
  const results = new Map<string, Promise<unknown>>()
  const writes: Write[] = []
  const landing = signal()
  for (const call of distinct(calls)) {
    const turn = beginTurn(context.storage.identity, call.key, true)
    const run = async (): Promise<unknown> => {
      const value = await execute(context, call)
      writes.push({ kind: 'update', call, turn, value })
      return value
    }
    results.set(call.key, context.flights.start(turn, run, landing.promise))
  }
  return settle(calls, results, landing, () => keepAll(context, budget, 'update', writes))
}

/** Runs the function for each call, past the cache; rejects, when all have ended, with the first error in order. */
export async function executeMany(context: Context, calls: readonly Call[]): Promise<unknown[]> {
  const settled = await Promise.allSettled(calls.map((call) => execute(context, call)))
  return settled.map(outcomeOf)
}

/** Stores a value for each call; of several for one key, the last. Rejects with the first failure in order. */
export async function setMany(
  context: Context,
  budget: Budget,
  calls: readonly Call[],
  values: readonly unknown[],
): Promise<void> {
  const writes = new Map<string, Write>()
  calls.forEach((call, i) => {
    const turn = writes.get(call.key)?.turn ?? beginTurn(context.storage.identity, call.key, true)
    writes.set(call.key, { kind: 'set', call, turn, value: values[i] })
  })
  const all = [...writes.values()]
  const failures = await keepAll(context, budget, 'set', all)
  for (const { turn } of all) endTurn(turn)
  throwFirst(calls, failures)
}

/** Removes entries: for each call, whether something was there. */
export async function deleteMany(context: Context, budget: Budget, calls: readonly Call[]): Promise<boolean[]> {
  return eachTold(context, 'delete', calls, (own) => remove(context, budget, own))
}

/** For each call, whether its entry's `ttl` was started anew; false if it is absent. */
export async function touchMany(context: Context, budget: Budget, calls: readonly Call[]): Promise<boolean[]> {
  return eachTold(context, 'touch', calls, (own) => renew(context, budget, own))
}

/** For each call, whether there is a fresh entry. Nothing is decoded. */
export async function hasMany(context: Context, budget: Budget, calls: readonly Call[]): Promise<boolean[]> {
  const { storage } = context
  const keys = calls.map((call) => call.key)
  const first = keys[0]
  if (first === undefined) return []
  return [
    ...(await spend(budget, storage, 'has', first, async (attempt) => {
      if (!storage.wholeSeconds) return storage.hasMany(keys, attempt)
      const stored = await storage.getMany(keys, attempt)
      return calls.map((call, i) => freshEntry(context, call, stored[i]) !== undefined)
    })),
  ]
}

async function readMany(context: Context, budget: Budget, calls: readonly Call[]): Promise<(Found | undefined)[]> {
  const { storage } = context
  const keys = calls.map((call) => call.key)
  const first = keys[0]
  if (first === undefined) return []
  const stored = await spend(budget, storage, 'get', first, (attempt) => storage.getMany(keys, attempt))
  const found = calls.map((call, i) => open(context, call, stored[i]))
  return found.some(isThenable) ? Promise.all(found) : (found as (Found | undefined)[]) // none is a promise
}

async function readForRuns(
  context: Context,
  budget: Budget,
  own: readonly { call: Call }[],
): Promise<{ found: readonly (Found | undefined)[]; keeps: boolean }> {
  const calls = own.map(({ call }) => call)
  try {
    return { found: await readMany(context, budget, calls), keeps: true }
  } catch (error) {
    for (const call of calls) if (!surviveStore(context, call, error)) throw error
    return { found: [], keeps: keepsAfter(error) }
  }
}

/** Waits for all runs, stores, and gives the results in the order of the calls, or throws the first error in that order. */
async function settle(
  calls: readonly Call[],
  results: ReadonlyMap<string, Promise<unknown>>,
  landing: Signal,
  keep: () => Promise<Failures>,
): Promise<unknown[]> {
  const settled = await Promise.allSettled(calls.map((call) => results.get(call.key)))
  const failures = await keep()
  landing.done()
  return settled.map((result, i) => {
    const value = outcomeOf(result)
    throwFirst(calls.slice(i, i + 1), failures)
    return value
  })
}

async function eachTold(
  { trace }: Context,
  control: 'delete' | 'touch',
  calls: readonly Call[],
  act: (own: readonly Call[]) => Promise<readonly boolean[]>,
): Promise<boolean[]> {
  const own = distinct(calls)
  if (own.length === 0) return []
  const outcomes = await act(own)
  const byKey = new Map(own.map((call, i) => [call.key, outcomes[i] === true]))
  for (const { key, args } of own) {
    const tookEffect = control === 'delete' || byKey.get(key) === true
    if (tookEffect && trace.wants(control)) trace.emit(control, { key, args })
  }
  return calls.map((call) => byKey.get(call.key) === true)
}

interface Signal {
  readonly promise: Promise<void>
  done: () => void
}

function signal(): Signal {
  let done = (): void => {}
  const promise = new Promise<void>((resolve) => {
    done = resolve
  })
  return { promise, done }
}

function distinct(calls: readonly Call[]): Call[] {
  const byKey = new Map<string, Call>()
  for (const call of calls) if (!byKey.has(call.key)) byKey.set(call.key, call)
  return [...byKey.values()]
}

function outcomeOf(result: PromiseSettledResult<unknown>): unknown {
  if (result.status === 'rejected') throw result.reason
  return result.value
}

function throwFirst(calls: readonly Call[], failures: Failures): void {
  for (const { key } of calls) if (failures.has(key)) throw failures.get(key)
}
