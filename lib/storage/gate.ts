import { type Attempt, whenGivenUp } from './storage.js'

/**
 * Hands commands to a client only while it can send them, so that nothing waits in the client's own queue: not before
 * it is ready, and not while a command that was given up on still has no answer (the server is frozen, or the
 * connection is half open: later ones would only pile up behind it).
 *
 * `attempt.onGiveUp` is added to, never replaced: `fence.ts` and `read-write-order.ts` have theirs in it.
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
  /** For a client that may lose a command: what to do when one that was given up on has not ended in time. */
  readonly lost?: LostCommands
}

export interface LostCommands {
  /** Milliseconds; longer than the client itself takes to give up. */
  readonly after: number
  /** Makes the client fail or repeat all that it has sent. What still does not end then, is forgotten as long after. */
  flush(): void
}

export function createGate({ isReady, wake, problem, oneConnection, lost }: GateOptions): Gate {
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
    const answer = send()
    whenGivenUp(attempt, () => {
      drop?.()
      hold(answer)
    })
    return answer
  }

  /** Closes the gate until the answer is there, or is lost. */
  const hold = (answer: Promise<unknown>): void => {
    let timer: NodeJS.Timeout | undefined
    let held = oneConnection
    if (held) unanswered += 1
    const release = (): void => {
      clearTimeout(timer)
      if (!held) return
      held = false
      unanswered -= 1
      open()
    }
    if (lost !== undefined) {
      const flush = (): void => {
        timer = setTimeout(release, lost.after).unref()
        lost.flush()
      }
      timer = setTimeout(flush, lost.after).unref()
    }
    answer.then(release, release)
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
      whenGivenUp(attempt, () => {
        if (!waiters.delete(waiter)) return
        attempt.problem = problem?.()
        reject(neverSent()) // whoever waits for the end of this command, waits no more
      })
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

/** For a command that follows another one: what was given up before it was sent is never sent. */
export function checkWaited({ givenUp }: Attempt): void {
  if (givenUp) throw neverSent()
}

function neverSent(): Error {
  return new Error('given up before it could be sent')
}
