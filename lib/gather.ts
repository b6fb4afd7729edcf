/** The lookups that calls make in one turn of the event loop: asked of the store by one command. */
import { breakerOf } from './breaker.js'
import { type Budget, charge, newBudget, spend } from './budget.js'
import { messageOf, StoreError, StoreTimeoutError } from './errors.js'
import { clearGathered, setGathered } from './gathered.js'
import { isThenable, type MaybePromise } from './maybe.js'
import type { Driver, Stored } from './storage/storage.js'

/** A store that can be asked for many at once, and tells of each. */
export type Gathering = Driver & { readonly getTogether: NonNullable<Driver['getTogether']> }

export function canGather(storage: Driver): storage is Gathering {
  return storage.getTogether !== undefined
}

/** A lookup on its way: how it was asked for, and what becomes of its answer. */
interface Lookup {
  readonly key: string
  readonly budget: Budget
  readonly found: (stored: Stored | undefined) => unknown
  readonly failed: (error: unknown) => unknown
  readonly resolve: (given: unknown) => void
  readonly reject: (error: unknown) => void
}

interface Batch {
  readonly storage: Gathering
  readonly storeTimeout: number
  readonly lookups: Lookup[]
}

/** As many keys go into one command. */
const MOST_KEYS = 1_000

/** What is being gathered, by store (its innermost object). */
const batches = new WeakMap<object, Batch>()

/**
 * Looks up a key, and goes on with `found` or `failed`, as `then` would: one command for all that are asked for before the
 * microtasks that are queued now have run, where each by itself would be one. A lone lookup is the ordinary one. What failed is a `StoreError` of
 * this key.
 */
export function gather<T>(
  storage: Gathering,
  key: string,
  budget: Budget,
  found: (stored: Stored | undefined) => MaybePromise<T>,
  failed: (error: unknown) => MaybePromise<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    // What it resolves with is what `found` or `failed` has given.
    add(storage, { key, budget, found, failed, resolve: resolve as Lookup['resolve'], reject })
  })
}

function add(storage: Gathering, lookup: Lookup): void {
  const { lookups } = batchFor(storage, lookup.budget.total)
  lookups.push(lookup)
  if (lookups.length === MOST_KEYS) sendBatch(storage.identity)
}

/** Those who wait for one command wait equally long. */
function batchFor(storage: Gathering, storeTimeout: number): Batch {
  const { identity } = storage
  const open = batches.get(identity)
  if (open?.storage === storage && open.storeTimeout === storeTimeout) return open
  if (open !== undefined) sendBatch(identity)
  const batch: Batch = { storage, storeTimeout, lookups: [] }
  batches.set(identity, batch)
  setGathered(identity, () => sendBatch(identity))
  queueMicrotask(() => {
    if (batches.get(identity) === batch) sendBatch(identity)
  })
  return batch
}

function sendBatch(identity: object): void {
  const batch = batches.get(identity)
  if (batch === undefined) return
  batches.delete(identity)
  clearGathered(identity)
  const { storage, lookups } = batch
  // A store that is left alone is told of to each by itself, and tried by one.
  if (lookups.length > 1 && breakerOf(identity).status.state === 'closed') void lookUp(batch)
  else for (const lookup of lookups) lookUpAlone(storage, lookup)
}

function lookUpAlone(storage: Driver, lookup: Lookup): void {
  const { budget, key } = lookup
  const answer = spend(budget, storage, 'get', key, (attempt) => storage.get(key, attempt))
  if (!isThenable(answer)) goOn(lookup, lookup.found, answer)
  else
    answer.then(
      (stored) => goOn(lookup, lookup.found, stored),
      (error) => goOn(lookup, lookup.failed, error),
    )
}

function goOn<T>({ resolve, reject }: Lookup, next: (outcome: T) => unknown, outcome: T): void {
  try {
    resolve(next(outcome))
  } catch (error) {
    reject(error)
  }
}

/** Never rejects. */
async function lookUp({ storage, storeTimeout, lookups }: Batch): Promise<void> {
  const keys = lookups.map(({ key }) => key)
  const [first = ''] = keys
  const started = performance.now()
  let answers: readonly (Stored | undefined)[]
  try {
    answers = await spend(newBudget(storeTimeout), storage, 'get', first, (attempt) =>
      storage.getTogether(keys, attempt),
    )
  } catch (error) {
    const took = performance.now() - started
    lookups.forEach((lookup, i) => {
      if (i > 0) count(storage, error)
      fail(storage, lookup, error, took)
    })
    return
  }
  const took = performance.now() - started
  lookups.forEach((lookup, i) => {
    charge(lookup.budget, took)
    goOn(lookup, lookup.found, answers[i])
  })
}

/** To whether the store is left alone each lookup counts: `spend` has told of one. */
function count({ identity }: Driver, error: unknown): void {
  if (!(error instanceof StoreError) || error.failure === 'reply') return
  const breaker = breakerOf(identity)
  const pass = breaker.enter(0)
  if (pass !== undefined) breaker.failed(pass, error)
}

/** One key that the store refuses is no reason to refuse the others; what it did not answer is the failure of each. */
function fail(storage: Driver, lookup: Lookup, error: unknown, took: number): void {
  charge(lookup.budget, took)
  if (error instanceof StoreError && error.failure === 'reply') lookUpAlone(storage, lookup)
  else goOn(lookup, lookup.failed, error instanceof StoreError ? ofKey(error, lookup) : error)
}

function ofKey(error: StoreError, { key, budget }: Lookup): StoreError {
  const { operation, store, failure, cause } = error
  const place = { operation, key, store }
  if (error instanceof StoreTimeoutError) return new StoreTimeoutError(place, budget.total, cause)
  return new StoreError(place, failure, messageOf(cause), { cause })
}
