/**
 * Those who wait for one run of the function, whose arguments have a signal. Each leaves by its own; when the last has
 * left, the signal that the function got is aborted, with the reason of that last one: like `AbortSignal.any`, but of all.
 */
export interface Crowd {
  /** What the function gets in place of its caller's own signals. */
  readonly signal: AbortSignal
  enter(): void
  leave(reason: unknown): void
  /** The run is given up, whoever waits. */
  abort(reason: unknown): void
}

export function createCrowd(): Crowd {
  const controller = new AbortController()
  let waiting = 0
  return {
    signal: controller.signal,
    enter() {
      waiting += 1
    },
    leave(reason) {
      waiting -= 1
      if (waiting === 0) controller.abort(reason)
    },
    abort: (reason) => controller.abort(reason),
  }
}

/** Waits with a crowd (`undefined`: the run has none) until one of its own signals is aborted; then it rejects with that one's reason. */
export function attend<T>(
  crowd: Crowd | undefined,
  signals: readonly AbortSignal[] | undefined,
  run: Promise<T>,
): Promise<T> {
  crowd?.enter()
  if (signals === undefined) return run
  return new Promise((resolve, reject) => {
    const end = (): void => {
      for (const signal of signals) removeLeaver(signal, leave)
    }
    const leave = (): void => {
      end()
      const reason: unknown = signals.find(({ aborted }) => aborted)?.reason
      crowd?.leave(reason)
      reject(reason)
    }
    for (const signal of signals) addLeaver(signal, leave)
    run.then(
      (value) => {
        end()
        resolve(value)
      },
      (error) => {
        end()
        reject(error)
      },
    )
    if (signals.some(({ aborted }) => aborted)) leave()
  })
}

/** Whoever leaves by a signal. With a listener for each, Node would warn of the callers of one request. */
const leaversBySignal = new WeakMap<object, Set<() => void>>()

function addLeaver(signal: AbortSignal, leave: () => void): void {
  const leavers = leaversBySignal.get(signal) ?? new Set()
  if (leavers.size === 0) {
    leaversBySignal.set(signal, leavers)
    signal.addEventListener('abort', leaveAll)
  }
  leavers.add(leave)
}

/** What `AbortSignal.any` gave is held by its sources as long as somebody listens to it. */
function removeLeaver(signal: AbortSignal, leave: () => void): void {
  const leavers = leaversBySignal.get(signal)
  if (leavers?.delete(leave) && leavers.size === 0) signal.removeEventListener('abort', leaveAll)
}

function leaveAll({ target }: Event): void {
  for (const leave of leaversBySignal.get(target as AbortSignal) ?? []) leave() // it listens to nothing else
}
