/** The lookups that calls make in one turn of the event loop: asked of the store by one command. */
import { breakerOf } from './breaker.js'
import { type Budget, newBudget, spend, startWaiting, stopWaiting } from './budget.js'
import { messageOf, StoreError, StoreTimeoutError } from './errors.js'
import { type Gathered, gatheredOf } from './gathered.js'
import { type MaybePromise, NOW } from './maybe.js'
import type { Driver, Reads, Stored } from './storage/storage.js'

interface Lookup {
  readonly key: string
  readonly budget: Budget
  readonly resolve: (stored: MaybePromise<Stored | undefined>) => void
  readonly reject: (error: unknown) => void
}

interface Batch {
  readonly storage: Driver
  readonly reads: Reads
  readonly storeTimeout: number
  readonly lookups: Lookup[]
  send(): void
}

/** As many keys go into one command. */
const MOST_KEYS = 1_000

/**
 * What is stored under a key: one command for all that are asked for before the microtasks that are queued now have run,
 * where each by itself would be one. A lone lookup is the ordinary one. Each has a promise of its own, so that what comes
 * of it goes on in the `AsyncLocalStorage` of its caller. Rejects with a `StoreError` of this key.
 */
export function gather(storage: Driver, reads: Reads, key: string, budget: Budget): Promise<Stored | undefined> {
  return new Promise((resolve, reject) => add(storage, reads, { key, budget, resolve, reject }))
}

function add(storage: Driver, reads: Reads, lookup: Lookup): void {
  const batch = batchFor(storage, reads, lookup.budget.total)
  batch.lookups.push(lookup)
  if (batch.lookups.length === MOST_KEYS) batch.send()
}

/** Those who wait for one command wait equally long. */
function batchFor(storage: Driver, reads: Reads, storeTimeout: number): Batch {
  const gathered = gatheredOf(storage.identity) as Gathered<Batch> // nobody else puts any there
  const open = gathered.batch
  if (open?.reads === reads && open.storeTimeout === storeTimeout) return open
  open?.send()
  const send = (): void => {
    if (gathered.batch !== batch) return
    gathered.batch = undefined
    sendBatch(batch)
  }
  const batch: Batch = { storage, reads, storeTimeout, lookups: [], send }
  gathered.batch = batch
  void NOW.then(send)
  return batch
}

function sendBatch(batch: Batch): void {
  const { storage, lookups } = batch
  // A store that is left alone is told of to each by itself, and tried by one.
  if (lookups.length > 1 && breakerOf(storage.identity).status.state === 'closed') void lookUp(batch)
  else for (const lookup of lookups) lookup.resolve(lookUpAlone(batch, lookup))
}

function lookUpAlone({ storage, reads }: Batch, { key, budget }: Lookup): MaybePromise<Stored | undefined> {
  return spend(budget, storage, 'get', key, (attempt) => reads.get(key, attempt))
}

/** Never rejects. */
async function lookUp(batch: Batch): Promise<void> {
  const { storage, reads, storeTimeout, lookups } = batch
  const keys = lookups.map(({ key }) => key)
  const [first = ''] = keys
  const started = performance.now()
  for (const { budget } of lookups) startWaiting(budget, started)
  const ended = (): void => {
    const now = performance.now()
    for (const { budget } of lookups) stopWaiting(budget, now)
  }
  let answers: readonly (Stored | undefined)[]
  try {
    answers = await spend(newBudget(storeTimeout, keys.length), storage, 'get', first, (attempt) =>
      reads.getMany(keys, attempt),
    )
  } catch (error) {
    ended()
    for (const lookup of lookups) fail(batch, lookup, error)
    return
  }
  ended()
  lookups.forEach((lookup, i) => {
    lookup.resolve(answers[i] ?? lookAgain(batch, lookup))
  })
}

/** A bulk read may take data that is none of ours for absent, which `get` tells of. Where it does not answer, absent it is. */
async function lookAgain(batch: Batch, lookup: Lookup): Promise<Stored | undefined> {
  try {
    return await lookUpAlone(batch, lookup)
  } catch {
    return undefined
  }
}

/** One key that the store refuses is no reason to refuse the others; what it did not answer is the failure of each. */
function fail(batch: Batch, lookup: Lookup, error: unknown): void {
  if (!(error instanceof StoreError)) lookup.reject(error)
  else if (error.failure === 'reply') lookup.resolve(lookUpAlone(batch, lookup))
  else lookup.reject(ofKey(error, lookup))
}

function ofKey(error: StoreError, { key, budget }: Lookup): StoreError {
  const { operation, store, failure, cause } = error
  const place = { operation, key, store }
  if (error instanceof StoreTimeoutError) return new StoreTimeoutError(place, budget.total, cause)
  return new StoreError(place, failure, messageOf(cause), { cause })
}
