/** What is kept of an error. Not the error: by its stack it would keep alive what its functions had at hand. */
import { StoreError, type StoreFailure } from '../../lib/index.js'

/** `data`: what was found is none of ours. */
export type Failure = StoreFailure | 'data'

export interface Failed {
  readonly failure: Failure
  readonly says: string
}

export function failed(error: unknown): Failed {
  return { failure: error instanceof StoreError ? error.failure : 'data', says: String(error) }
}
