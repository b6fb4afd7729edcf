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
import type { Attempt, Driver, Storage } from './storage/storage.js'

/** What one call, or one control, may wait for the store in all: milliseconds, whatever the number of operations. */
export interface Budget {
  readonly total: number
  left: number
  /** Operations under way: time passes once, however many there are. */
  pending: number
  /** When the first of them began. */
  since: number
}

/** A timer that fires this many milliseconds late fires in a process that was busy. */
const LATE = 10

/** A full budget of `storeTimeout` milliseconds. */
export function newBudget(storeTimeout: number): Budget {
  return { total: storeTimeout, left: storeTimeout, pending: 0, since: 0 }
}

/**
 * Runs one operation on the store within what is left of the budget.
 * Rejects with a `StoreTimeoutError` when nothing is left, with a `StoreError` when the store fails.
 */
export function spend<T>(
  budget: Budget,
  storage: Storage,
  operation: string,
  key: string,
  run: (attempt: Attempt) => MaybePromise<T>,
): MaybePromise<T> {
  const place = { operation, key, store: storage.name }
  if (leftOf(budget) <= 0) return Promise.reject(new StoreTimeoutError(place, budget.total))
  const attempt: Attempt = { givenUp: false, onGiveUp: undefined, timeout: budget.total }
  let running: MaybePromise<T>
  try {
    running = run(attempt)
  } catch (error) {
    return Promise.reject(asStoreError(error, storage, place))
  }
  if (!isThenable(running)) return running
  const answer = running
  const started = performance.now()
  if (budget.pending === 0) budget.since = started
  budget.pending += 1
  const patience = leftOf(budget)
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
      reject(new StoreTimeoutError(place, budget.total, attempt.problem))
    }
    const finish = (): void => {
      budget.pending -= 1
      if (budget.pending === 0) budget.left -= performance.now() - budget.since
    }
    const settle = (): void => {
      clearTimeout(timer)
      if (!attempt.givenUp) finish()
    }
    answer.then(
      (value) => {
        settle()
        resolve(value)
      },
      (error) => {
        settle()
        reject(asStoreError(error, storage, place))
      },
    )
  })
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
