/** Every error of ringcache: a subclass, a stable `code`, the `cause` where there is one. */

/**
 * An argument that cannot be part of a key: the message names its path (`$[0].filter.since`) and what to add. Or a key
 * that the store cannot take: the message says why.
 */
export class KeyError extends TypeError {
  override readonly name = 'KeyError'
  readonly code = 'ERR_KEY'
}

/** An option that is unknown, out of range, or contradicts another. Thrown when the function is wrapped. */
export class OptionError extends TypeError {
  override readonly name = 'OptionError'
  readonly code = 'ERR_OPTION'
}

/** An unknown coder name (when the function is wrapped), or a value that the coder cannot represent. */
export class CoderError extends Error {
  override readonly name = 'CoderError'
  readonly code = 'ERR_CODER'
}

/** An unknown action, or bulk arguments of the wrong shape. */
export class ActionError extends TypeError {
  override readonly name = 'ActionError'
  readonly code = 'ERR_ACTION'
}

/** Something that cannot be done here: the store lacks the capability, or there is no `ttl` to start anew. */
export class UnsupportedError extends Error {
  override readonly name = 'UnsupportedError'
  readonly code = 'ERR_UNSUPPORTED'
}

/**
 * How a store failed:
 * - `reply`: it answered with an error (`WRONGTYPE`, value too large, out of memory): the connection is sound;
 * - `connection`: it could not be reached, or the connection was lost;
 * - `timeout`: it did not answer in time.
 */
export type StoreFailure = 'reply' | 'connection' | 'timeout'

/** Where a store failed: the operation, the key (the first of many), and the store's name. */
export interface StoreErrorPlace {
  operation: string
  key: string
  store: string
}

/** The store failed. Tells what was being done, on which key, on which store, and why. */
export class StoreError extends Error {
  override readonly name: string = 'StoreError'
  readonly code: string = 'ERR_STORE'
  readonly operation: string
  readonly key: string
  readonly store: string
  readonly failure: StoreFailure
  /** Where the store was not asked at all, after failures in a row: until when it is left alone, Unix time in milliseconds. */
  declare readonly until?: number

  constructor(place: StoreErrorPlace, failure: StoreFailure, why: string, options?: ErrorOptions & { until?: number }) {
    super(`${place.operation} of '${place.key}' on ${place.store} failed: ${why}`, options)
    this.operation = place.operation
    this.key = place.key
    this.store = place.store
    this.failure = failure
    if (options?.until !== undefined) this.until = options.until
  }
}

/** The store gave no answer within `storeTimeout`. */
export class StoreTimeoutError extends StoreError {
  override readonly name = 'StoreTimeoutError'
  override readonly code = 'ERR_STORE_TIMEOUT'

  /** `problem` is what kept the store from being asked, where that is known. */
  constructor(place: StoreErrorPlace, timeout: number, problem?: unknown) {
    const why = problem === undefined ? '' : `: ${messageOf(problem)}`
    super(place, 'timeout', `no answer within storeTimeout (${timeout} ms)${why}`, { cause: problem })
  }
}

/** The function did not end within `hardTimeout`. */
export class TimeoutError extends Error {
  override readonly name = 'TimeoutError'
  readonly code = 'ERR_TIMEOUT'
  readonly key: string

  constructor(key: string, hardTimeout: number) {
    super(`the function of '${key}' did not end within hardTimeout (${hardTimeout} ms)`)
    this.key = key
  }
}

/** What an error says, whatever was thrown; one without a message says its code (an `AggregateError` of connections). */
export function messageOf(error: unknown): string {
  try {
    if (!(error instanceof Error)) return String(error)
    const { code } = error as { code?: unknown } // the system's errors have one
    return error.message || (typeof code === 'string' ? code : error.name)
  } catch {
    return 'it cannot be said: what was thrown has no text'
  }
}
