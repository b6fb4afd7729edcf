import type { Attempt } from './storage.js'

/**
 * Hands commands to a client only while it can send them, so that nothing waits in the client's own queue: not before
 * it is ready, and not while a command that was given up on still has no answer (the server is frozen, or the
 * connection is half open: later ones would only pile up behind it).
 */
export interface Gate {
  /** Sends now, or when the gate opens; a command given up on before that is never sent. */
  pass<T>(attempt: Attempt, send: () => Promise<T>): Promise<T>
  /** Lets the waiting commands go, if the client is ready. */
  open(): void
  /** Fails the waiting commands: there is no hope of a connection now. */
  fail(error: unknown): void
}

interface Waiter {
  go(): void
  fail(error: unknown): void
}

/** `wake` is asked to make the client ready, each time a command has to wait. */
export function createGate(isReady: () => boolean, wake: () => void): Gate {
  const waiters = new Set<Waiter>()
  let unanswered = 0

  const open = (): void => {
    for (const waiter of waiters) {
      if (unanswered > 0 || !isReady()) return
      waiters.delete(waiter)
      waiter.go()
    }
  }

  const track = <T>(attempt: Attempt, send: () => Promise<T>): Promise<T> => {
    const answer = send()
    attempt.onGiveUp = () => {
      unanswered += 1
      const answered = () => {
        unanswered -= 1
        open()
      }
      answer.then(answered, answered)
    }
    return answer
  }

  const pass = <T>(attempt: Attempt, send: () => Promise<T>): Promise<T> => {
    if (unanswered === 0 && isReady()) return track(attempt, send)
    return new Promise<T>((resolve, reject) => {
      const waiter: Waiter = {
        go: () => track(attempt, send).then(resolve, reject),
        fail: reject,
      }
      waiters.add(waiter)
      attempt.onGiveUp = () => waiters.delete(waiter)
      wake()
    })
  }

  const fail = (error: unknown): void => {
    const failed = [...waiters]
    waiters.clear()
    for (const waiter of failed) waiter.fail(error)
  }

  return { pass, open, fail }
}
