/** The functions that tests wrap. */

/** A function that counts its runs, and gives what it got with the number of the run: no two runs give the same. */
export function numbered() {
  const run = counting(async (x: unknown): Promise<string> => `${String(x)} #${run.runs}`)
  return run
}

/** `fn`, which counts its runs. */
export function counting<A extends readonly unknown[], R>(fn: (...args: A) => Promise<R>) {
  const run = Object.assign(
    (...args: A): Promise<R> => {
      run.runs += 1
      return fn(...args)
    },
    { runs: 0 },
  )
  return run
}
