/** What is seen of one cached function on one store while it works, for `doctor` to tell of. */
export interface Observed {
  /** Whether some of its writes are read again at once: in development, and where there is a coder at all. */
  readonly samples: boolean
  /** How many writes there were to choose from. */
  writes: number
  /** How a value differed from what had been made of it and back. */
  loss: string | undefined
  /** The beginning of a key that the store's limits changed, quoted, and the whole key's length. */
  misfit: { readonly start: string; readonly bytes: number } | undefined
}

/** Nothing seen yet. `coder` is its name. */
export function newObserved(coder: string): Observed {
  const samples = process.env.NODE_ENV !== 'production' && coder !== 'bypass'
  return { samples, writes: 0, loss: undefined, misfit: undefined }
}

/** The key as it fits the store; the first that had to be changed for that is noted. */
export function noteFit(observed: Observed, composed: string, fitted: string): string {
  if (fitted !== composed && observed.misfit === undefined) {
    // Quoting copies: a slice alone would hold on to the whole of a key that may be long.
    observed.misfit = { start: JSON.stringify(composed.slice(0, 60)), bytes: Buffer.byteLength(composed) }
  }
  return fitted
}
