/** The lookups that calls make in one turn of the event loop: asked of the store by one command. */
import { breakerOf } from './breaker.js'
import { type Budget, charge, newBudget, spend } from './budget.js'
import { messageOf, StoreError, StoreTimeoutError } from './errors.js'
import { type Gathered, gatheredOf } from './gathered.js'
import type { MaybePromise } from './maybe.js'
import type { Driver, Stored } from './storage/storage.js'

/** A store that can be asked for many at once, and tells of each. */
export type Gathering = Driver & { readonly getTogether: NonNullable<Driver['getTogether']> }

export function canGather(storage: Driver): storage is Gathering {
  return storage.getTogether !== undefined
}

interface Lookup {
  readonly key: string
  readonly budget: Budget
  readonly resolve: (stored: MaybePromise<Stored | undefined>) => void
  readonly reject: (error: unknown) => void
}

interface Batch {
  readonly storage: Gathering
  readonly storeTimeout: number
  readonly lookups: Lookup[]
  send(): void
}

/** As many keys go into one command. */
const MOST_KEYS = 1_000

/** A microtask by a promise is one of V8 alone: `queueMicrotask` makes an asynchronous resource of each. */
const NOW = Promise.resolve()

/**
 * What is stored under a key: one command for all that are asked for before the microtasks that are queued now have run,
 * where each by itself would be one. A lone lookup is the ordinary one. Each has a promise of its own, so that what comes
 * of it goes on in the `AsyncLocalStorage` of its caller. Rejects with a `StoreError` of this key.
 */
export function gather(storage: Gathering, key: string, budget: Budget): Promise<Stored | undefined> {
  return new Promise((resolve, reject) => add(storage, { key, budget, resolve, reject }))
}

function add(storage: Gathering, lookup: Lookup): void {
  const batch = batchFor(storage, lookup.budget.total)
  batch.lookups.push(lookup)
  if (batch.lookups.length === MOST_KEYS) batch.send()
}

/** Those who wait for one command wait equally long. */
function batchFor(storage: Gathering, storeTimeout: number): Batch {
  const gathered = gatheredOf(storage.identity) as Gathered<Batch> // nobody else puts any there
  const open = gathered.batch
  if (open?.storage === storage && open.storeTimeout === storeTimeout) return open
  open?.send()
  const send = (): void => {
    if (gathered.batch !== batch) return
    gathered.batch = undefined
    sendBatch(batch)
  }
  const batch: Batch = { storage, storeTimeout, lookups: [], send }
  gathered.batch = batch
  void NOW.then(send)
  return batch
}

function sendBatch(batch: Batch): void {
  const { storage, lookups } = batch
  // A store that is left alone is told of to each by itself, and tried by one.
  if (lookups.length > 1 && breakerOf(storage.identity).status.state === 'closed') void lookUp(batch)
  else for (const lookup of lookups) lookup.resolve(lookUpAlone(storage, lookup))
}

function lookUpAlone(storage: Driver, { key, budget }: Lookup): MaybePromise<Stored | undefined> {
  return spend(budget, storage, 'get', key, (attempt) => storage.get(key, attempt))
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
  lookups.forEach(({ budget, resolve }, i) => {
    charge(budget, took)
    resolve(answers[i])
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
  const { budget, resolve, reject } = lookup
  charge(budget, took)
  if (!(error instanceof StoreError)) reject(error)
  else if (error.failure === 'reply') resolve(lookUpAlone(storage, lookup))
  else reject(ofKey(error, lookup))
}

function ofKey(error: StoreError, { key, budget }: Lookup): StoreError {
  const { operation, store, failure, cause } = error
  const place = { operation, key, store }
  if (error instanceof StoreTimeoutError) return new StoreTimeoutError(place, budget.total, cause)
  return new StoreError(place, failure, messageOf(cause), { cause })
}
