import { isThenable } from './maybe.js'

/** The work behind the calls of one function: nobody waits for it, and it never rejects. */
export interface Background {
  /** Whether this run has been added. */
  has(run: Promise<unknown>): boolean
  /**
   * Adds what is still to be done of a run, which tells by itself of whatever fails. `fail` is told what the host's
   * `waitUntil` throws, or rejects with.
   */
  add(run: Promise<unknown>, work: Promise<unknown>, fail: (error: unknown) => void): void
  /** Resolves when none is left, what is added meanwhile included. */
  idle(): Promise<void>
}

/** `waitUntil` is given each work. */
export function createBackground(waitUntil: ((work: Promise<void>) => unknown) | undefined): Background {
  const all = new Set<Promise<void>>()
  const runs = new WeakSet<Promise<unknown>>()
  return {
    has: (run) => runs.has(run),
    add(run, work, fail) {
      runs.add(run)
      const done: Promise<void> = work.then(
        () => {},
        () => {},
      )
      all.add(done)
      void done.then(() => all.delete(done))
      try {
        const waiting = waitUntil?.(done)
        if (isThenable(waiting)) Promise.resolve(waiting).catch(fail)
      } catch (error) {
        fail(error)
      }
    },
    async idle() {
      while (all.size > 0) await Promise.all(all)
    },
  }
}
