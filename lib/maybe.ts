/** A value, or a promise of it: what lets a memory hit and a synchronous coder answer without a turn of the event loop. */
export type MaybePromise<T> = T | Promise<T>

/** True for a native promise and for anything else that can be awaited (which is then used by its `then` alone). */
export function isThenable<T>(value: MaybePromise<T>): value is Promise<T>
export function isThenable(value: unknown): boolean {
  return (
    ((typeof value === 'object' && value !== null) || typeof value === 'function') &&
    typeof (value as { then?: unknown }).then === 'function' // `in` would not narrow a method's type
  )
}

/** Nobody else would hear of the rejection of a promise that is refused, which would end the process. */
export function silence(value: unknown): void {
  if (isThenable(value)) Promise.resolve(value).catch(() => {})
}

/** All values now if none is a promise, else when all have come. */
export function allReady<const T extends readonly unknown[]>(values: T): MaybePromise<AllOf<T>> {
  return values.some((value) => isThenable(value)) ? Promise.all(values) : (values as AllOf<T>) // none is a promise
}

type AllOf<T extends readonly unknown[]> = { -readonly [K in keyof T]: Awaited<T[K]> }

/** Goes on with `next` now if `value` is here, else when it comes. */
export function whenReady<T, U>(value: MaybePromise<T>, next: (value: T) => MaybePromise<U>): MaybePromise<U> {
  return isThenable(value) ? value.then(next) : next(value)
}

/**
 * Goes on with what `run` gives, or fails with, as an async function does by `await`, and at the cost of one promise.
 * Like that it does not ask a native promise for its `then`: it may have been given one of its own.
 */
export function awaiting<T, U>(
  run: () => T | PromiseLike<T>,
  next: (value: T) => MaybePromise<U>,
  failed: (error: unknown) => MaybePromise<U>,
): Promise<U> {
  let running: Promise<T>
  try {
    running = Promise.resolve(run())
  } catch (error) {
    running = Promise.reject(error)
  }
  return Reflect.apply(Promise.prototype.then, running, [next, failed])
}

/** What is done by its `then` is done when the microtasks that are queued now have run. `queueMicrotask` makes an asynchronous resource of each. */
export const NOW: Promise<void> = /* @__PURE__ */ Promise.resolve()
