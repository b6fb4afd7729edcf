/** What goes on behind calls of one function: nobody waits for it, and it never rejects. */

/** The work behind the calls of one function. */
export interface Background {
  /** Adds work; what it gives is dropped, and so is what it rejects with: whoever adds it has told of that. */
  add(work: Promise<unknown>): void
  /** Resolves when none is left, what is added meanwhile included. */
  idle(): Promise<void>
}

/** `waitUntil` is told of each work. */
export function createBackground(waitUntil: ((work: Promise<void>) => void) | undefined): Background {
  const all = new Set<Promise<void>>()
  return {
    add(work) {
      const done = work.then(
        () => {},
        () => {},
      )
      all.add(done)
      void done.then(() => all.delete(done))
      if (waitUntil !== undefined) waitUntil(done)
    },
    async idle() {
      while (all.size > 0) await Promise.all(all)
    },
  }
}
