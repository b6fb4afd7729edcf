import { type Breaker, breakerOf } from './breaker.js'
import {
  CoderError,
  KeyError,
  messageOf,
  OptionError,
  StoreError,
  type StoreErrorPlace,
  StoreTimeoutError,
  UnsupportedError,
} from './errors.js'
import { isThenable, type MaybePromise } from './maybe.js'
import type { Attempt, Driver } from './storage/storage.js'

/** What one call, or one control, may wait for the store in all: milliseconds, whatever the number of operations. */
export interface Budget {
  readonly total: number
  left: number
  /** Operations under way: time passes once, however many there are. */
  pending: number
  /** When the first of them began. */
  since: number
  /** How many calls wait by it: a failure is one of each. */
  readonly calls: number
}

/** A timer that fires this many milliseconds late fires in a process that was busy. */
const LATE = 10

/** A full budget of `storeTimeout` milliseconds, of so many calls that wait for the same. */
export function newBudget(storeTimeout: number, calls = 1): Budget {
  return { total: storeTimeout, left: storeTimeout, pending: 0, since: 0, calls }
}

/** Whether nothing of it is spent. */
export function isFull({ total, left, pending }: Budget): boolean {
  return left === total && pending === 0
}

/** From `now` on, a time of `performance.now`, it is waited for the store. */
export function startWaiting(budget: Budget, now: number): void {
  if (budget.pending === 0) budget.since = now
  budget.pending += 1
}

/** What was begun by `startWaiting` has ended `now`. */
export function stopWaiting(budget: Budget, now: number): void {
  budget.pending -= 1
  if (budget.pending === 0) budget.left = Math.max(budget.left - (now - budget.since), 0)
}

/**
 * Runs one operation on the store within what is left of the budget, and tells the store's breaker how it ended.
 * Rejects with a `StoreTimeoutError` when nothing is left, with a `StoreError` when the store fails, and at once while it
 * is left alone. `lostIn` finds the failure in an answer that has it for each item; `null` if the store was not asked.
 */
export function spend<T>(
  budget: Budget,
  storage: Driver,
  operation: string,
  key: string,
  run: (attempt: Attempt) => MaybePromise<T>,
  lostIn?: (answer: T) => unknown,
): MaybePromise<T> {
  const place = { operation, key, store: storage.name }
  const { calls } = budget
  const left = leftOf(budget)
  if (left <= 0) return Promise.reject(new StoreTimeoutError(place, budget.total))
  const breaker = storage.atOnce ? undefined : breakerOf(storage.identity)
  const entered = breaker === undefined ? 0 : breaker.enter(left)
  if (breaker !== undefined && entered === undefined) return Promise.reject(leftAlone(breaker, place))
  const pass = entered ?? 0 // a hoisted function does not see what was checked
  const attempt: Attempt = { givenUp: false, onGiveUp: undefined, timeout: budget.total }
  let running: MaybePromise<T>
  try {
    running = run(attempt)
  } catch (error) {
    return Promise.reject(told(breaker, pass, asStoreError(error, storage, place), calls))
  }
  if (!isThenable(running)) {
    told(breaker, pass, lostIn?.(running), calls)
    return running
  }
  const answer = running
  const patience = leftOf(budget)
  const started = performance.now()
  startWaiting(budget, started)
  return new Promise<T>((resolve, reject) => {
    let timer = setTimeout(expire, patience)
    let extended = false
    function expire(): void {
      const late = performance.now() - started - patience
      if (late > LATE && !extended) {
        // This process was busy, not the store: its answer may be there, yet to be read.
        extended = true
        timer = setTimeout(expire, Math.min(late, patience))
        return
      }
      finish()
      budget.left = 0
      attempt.givenUp = true
      attempt.onGiveUp?.()
      const failure = new StoreTimeoutError(place, budget.total, attempt.problem)
      if (attempt.queued) breaker?.left(pass)
      reject(attempt.queued ? failure : told(breaker, pass, failure, calls))
    }
    const finish = (): void => stopWaiting(budget, performance.now())
    const settle = (): void => {
      clearTimeout(timer)
      if (!attempt.givenUp) finish()
    }
    answer.then(
      (value) => {
        settle()
        // What came too late to be used says nothing: a store that always does is as good as none.
        if (!attempt.givenUp) told(breaker, pass, lostIn?.(value), calls)
        resolve(value)
      },
      (error) => {
        settle()
        if (!attempt.givenUp) reject(told(breaker, pass, asStoreError(error, storage, place), calls))
      },
    )
  })
}

/** Tells a breaker how an operation ended; gives the error. What is no failure of the store, nor an answer of it, says nothing. */
function told<E>(breaker: Breaker | undefined, pass: number, error: E, calls: number): E {
  if (breaker === undefined) return error
  if (error === undefined) breaker.answered(pass)
  else if (!(error instanceof StoreError)) breaker.left(pass)
  else if (error.failure === 'reply') breaker.answered(pass)
  else breaker.failed(pass, error, calls)
  return error
}

/** @throws StoreError while the store is left alone, so that what would be of no use is not begun */
export function checkNotLeftAlone({ identity, name }: Driver, operation: string, key: string): void {
  const breaker = breakerOf(identity)
  if (!breaker.admits) throw leftAlone(breaker, { operation, key, store: name })
}

function leftAlone({ status }: Breaker, place: StoreErrorPlace): StoreError {
  const { failures, lastError, until = Date.now() } = status
  const time = new Date(until).toISOString()
  const why = `the store is left alone until ${time}, after ${failures} failures in a row; the last: ${messageOf(lastError)}`
  return new StoreError(place, lastError?.failure ?? 'connection', why, { cause: lastError, until })
}

function leftOf({ left, pending, since }: Budget): number {
  return pending === 0 ? left : left - (performance.now() - since)
}

/** What says itself what is wrong. */
const OURS = [StoreError, KeyError, CoderError, OptionError, UnsupportedError]

/** The error itself if it is one of ours, else a `StoreError` that says where. It never throws, whatever was thrown. */
export function asStoreError(error: unknown, storage: Pick<Driver, 'failure'>, place: StoreErrorPlace): Error {
  try {
    if (OURS.some((ours) => error instanceof ours)) return error as Error // each of them is one
    return new StoreError(place, storage.failure(error), messageOf(error), { cause: error })
  } catch {
    return new StoreError(place, 'connection', messageOf(error), { cause: error })
  }
}
