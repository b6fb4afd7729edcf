import type { Attempt } from './storage.js'

/**
 * Hands commands to a client only while it can send them, so that nothing waits in the client's own queue: not before
 * it is ready, and not while a command that was given up on still has no answer (the server is frozen, or the
 * connection is half open: later ones would only pile up behind it).
 */
export interface Gate {
  /**
   * Sends now, or when the gate opens; a command given up on before that is never sent. `drop` takes back what the
   * client was handed and has not sent.
   */
  pass<T>(attempt: Attempt, send: () => Promise<T>, drop?: () => void): Promise<T>
  /** Lets the waiting commands go, if the client is ready. */
  open(): void
  /** Fails the waiting commands: there is no hope of a connection now. */
  fail(error: unknown): void
}

interface Waiter {
  go(): void
  fail(error: unknown): void
}

/** What the gate is to know of the client. */
export interface GateOptions {
  /** Whether the client can send now. */
  isReady(): boolean
  /** Asked to make the client ready, each time a command has to wait. */
  wake(): void
  /** What keeps the client from being ready, where that is known. */
  problem?(): unknown
  /** Whether all commands share one connection, so that one without an answer holds up the others. */
  readonly oneConnection: boolean
}

export function createGate({ isReady, wake, problem, oneConnection }: GateOptions): Gate {
  const waiters = new Set<Waiter>()
  let unanswered = 0

  const open = (): void => {
    for (const waiter of waiters) {
      if (unanswered > 0 || !isReady()) return
      waiters.delete(waiter)
      waiter.go()
    }
  }

  const track = <T>(attempt: Attempt, send: () => Promise<T>, drop?: () => void): Promise<T> => {
    attempt.onGiveUp = undefined
    const answer = send()
    const givenUp = attempt.onGiveUp as Attempt['onGiveUp'] // what is sent may have set its own
    attempt.onGiveUp = () => {
      givenUp?.()
      drop?.()
      if (!oneConnection) return
      unanswered += 1
      const answered = () => {
        unanswered -= 1
        open()
      }
      answer.then(answered, answered)
    }
    return answer
  }

  const pass = <T>(attempt: Attempt, send: () => Promise<T>, drop?: () => void): Promise<T> => {
    if (attempt.givenUp) return Promise.reject(neverSent())
    if (unanswered === 0 && isReady()) return track(attempt, send, drop)
    return new Promise<T>((resolve, reject) => {
      const waiter: Waiter = {
        go: () => {
          new Promise<T>((sent) => sent(track(attempt, send, drop))).then(resolve, reject)
        },
        fail: reject,
      }
      waiters.add(waiter)
      attempt.onGiveUp = () => {
        waiters.delete(waiter)
        attempt.problem = problem?.()
        reject(neverSent()) // whoever waits for the end of this command, waits no more
      }
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

function neverSent(): Error {
  return new Error('given up before it could be sent')
}
