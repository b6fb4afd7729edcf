import { silence } from './maybe.js'

/** The work behind the calls of one function: nobody waits for it, and it never rejects. */
export interface Background {
  /** Adds work, which has told by itself of whatever fails. Throws what the host's `waitUntil` throws. */
  add(work: Promise<unknown>): void
  /** Resolves when none is left, what is added meanwhile included. */
  idle(): Promise<void>
}

/** `waitUntil` is given each work. */
export function createBackground(waitUntil: ((work: Promise<void>) => unknown) | undefined): Background {
  const all = new Set<Promise<void>>()
  return {
    add(work) {
      const done: Promise<void> = work.then(
        () => {},
        () => {},
      )
      all.add(done)
      void done.then(() => all.delete(done))
      silence(waitUntil?.(done))
    },
    async idle() {
      while (all.size > 0) await Promise.all(all)
    },
  }
}
