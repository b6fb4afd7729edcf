/** Stores whose every operation ends when the spec says so, and stores that fail. */
import { setImmediate } from 'node:timers/promises'

export type Operation = 'get' | 'set' | 'delete'

/** An operation on its way: it reached the store, and nobody has had an answer. */
export interface Pending<Operation extends string = 'get' | 'set' | 'delete'> {
  readonly operation: Operation
  readonly key: string
  /** How many came before it. */
  readonly place: number
  /** Whether it has taken effect. */
  readonly applied: boolean
  /** Takes effect now (a read sees the data of now), still without an answer. */
  apply(): void
  /** Takes effect, if it has not, and answers. */
  finish(): void
  /** Answers with an error. What has been applied stays. */
  fail(error: Error): void
}

/** A Keyv adapter over a Map. */
export interface TestAdapter {
  readonly opts: Record<string, unknown>
  namespace?: string | undefined
  get(key: string): Promise<unknown>
  set(key: string, value: unknown, ttl?: number): Promise<unknown>
  delete(key: string): Promise<boolean>
  clear(): Promise<void>
}

export interface ControlledStore {
  /** Pass it bare, or in a `Keyv` of one's own. */
  readonly adapter: TestAdapter
  readonly data: Map<string, unknown>
  /** In the order in which they came. */
  readonly pending: readonly Pending[]
  /** How many operations of this kind ever came. */
  count(operation: Operation): number
  /** The first pending operation of this kind, when all that is ready to happen has happened. */
  next(operation: Operation): Promise<Pending>
  /** Finishes everything, in order, until nothing comes any more. */
  drain(): Promise<void>
  /** Counts from the beginning again, where nothing is pending. */
  renew(): void
}

/** Waits until all that needs no timer, no store and no function of the spec's has happened. */
export async function quiet(): Promise<void> {
  await setImmediate()
}

export function controlledStore(): ControlledStore {
  const data = new Map<string, unknown>()
  const { pending, begin, count, renew } = operations<Operation>()

  return {
    adapter: {
      opts: {},
      get: (key) => begin('get', key, () => data.get(key)),
      set: (key, value) => begin('set', key, () => void data.set(key, value)),
      delete: (key) => begin('delete', key, () => data.delete(key)),
      clear: async () => data.clear(),
    },
    data,
    pending,
    count,
    renew,
    async next(operation) {
      await quiet()
      const found = pending.find((one) => one.operation === operation)
      if (found !== undefined) return found
      throw new Error(`no ${operation} is pending, but: ${pending.map((one) => one.operation).join(', ') || 'nothing'}`)
    },
    async drain() {
      await quiet()
      for (let first = pending[0]; first !== undefined; first = pending[0]) {
        first.finish()
        await quiet()
      }
    },
  }
}

/** Operations that take effect, and end, when the spec says so. */
export interface Operations<Operation extends string> {
  /** In the order in which they came. */
  readonly pending: readonly Pending<Operation>[]
  count(operation: Operation): number
  begin<T>(operation: Operation, key: string, effect: () => T): Promise<T>
  /** Counts from the beginning again, where nothing is pending. */
  renew(): void
}

export function operations<Operation extends string>(): Operations<Operation> {
  const pending: Pending<Operation>[] = []
  const counts = new Map<Operation, number>()
  let came = 0
  return {
    pending,
    count: (operation) => counts.get(operation) ?? 0,
    renew: () => {
      counts.clear()
      came = 0
    },
    begin: <T>(operation: Operation, key: string, effect: () => T) =>
      new Promise<T>((resolve, reject) => {
        counts.set(operation, (counts.get(operation) ?? 0) + 1)
        let result: { value: T } | undefined
        const leave = () => pending.splice(pending.indexOf(it), 1)
        const it: Pending<Operation> = {
          operation,
          key,
          place: came++,
          get applied() {
            return result !== undefined
          },
          apply: () => {
            result ??= { value: effect() }
          },
          finish: () => {
            result ??= { value: effect() }
            leave()
            resolve(result.value)
          },
          fail: (error) => {
            leave()
            reject(error)
          },
        }
        pending.push(it)
      }),
  }
}

/** How a faulty store behaves: it works, throws at once, rejects, never answers, or answers reads with nonsense. */
export type Fault = 'none' | 'throws' | 'rejects' | 'hangs' | 'corrupts'

export interface FaultyStore {
  readonly adapter: TestAdapter
  readonly data: Map<string, unknown>
  readonly faults: Record<Operation, Fault>
  /** How many operations of this kind ever came. */
  count(operation: Operation): number
}

export const FAILURE = new Error('the store is broken')

export function faultyStore(all: Fault = 'none'): FaultyStore {
  const data = new Map<string, unknown>()
  const faults: Record<Operation, Fault> = { get: all, set: all, delete: all }
  const counts: Record<Operation, number> = { get: 0, set: 0, delete: 0 }
  const act = <T>(operation: Operation, effect: () => T, nonsense: T): Promise<T> => {
    counts[operation] += 1
    switch (faults[operation]) {
      case 'throws':
        throw FAILURE
      case 'rejects':
        return Promise.reject(FAILURE)
      case 'hangs':
        return new Promise(() => {})
      case 'corrupts':
        return Promise.resolve(nonsense)
      case 'none':
        return Promise.resolve(effect())
    }
  }
  return {
    adapter: {
      opts: {},
      get: (key) => act<unknown>('get', () => data.get(key), '{"value":'),
      set: (key, value) => act<unknown>('set', () => void data.set(key, value), false),
      delete: (key) => act('delete', () => data.delete(key), false),
      clear: async () => data.clear(),
    },
    data,
    faults,
    count: (operation) => counts[operation],
  }
}

/** A function whose every run ends when the spec says so. */
export interface Runs<R, Args extends unknown[]> {
  readonly fn: (...args: Args) => Promise<R>
  /** Runs that have not ended, in order. */
  readonly pending: readonly { readonly args: Args; resolve(value: R): void; reject(error: unknown): void }[]
  /** How many runs there ever were. */
  readonly count: number
  /** The first run that has not ended, when all that is ready to happen has happened. */
  next(): Promise<Runs<R, Args>['pending'][number]>
}

export function controlledRuns<R, Args extends unknown[] = []>(): Runs<R, Args> {
  const pending: { args: Args; resolve(value: R): void; reject(error: unknown): void }[] = []
  let count = 0
  return {
    fn: (...args) =>
      new Promise<R>((resolve, reject) => {
        count += 1
        const leave = () => pending.splice(pending.indexOf(run), 1)
        const run = {
          args,
          resolve: (value: R) => {
            leave()
            resolve(value)
          },
          reject: (error: unknown) => {
            leave()
            reject(error)
          },
        }
        pending.push(run)
      }),
    pending,
    get count() {
      return count
    },
    async next() {
      await quiet()
      const first = pending[0]
      if (first === undefined) throw new Error('no run is pending')
      return first
    },
  }
}
