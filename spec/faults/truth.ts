/** The source behind the cache, which changes under the load, and what a reader may still see of it. */
import { setTimeout as sleep } from 'node:timers/promises'

export interface Value {
  readonly key: string
  readonly version: number
  /** What makes a value as large as a scenario needs it. */
  readonly padding: string
}

/** `stale`: older than what a control has promised is gone. `wrong`: it never was a value of this key. */
export type Verdict = 'right' | 'stale' | 'wrong'

export interface Truth {
  /** The function that is cached: the source's value when it began, a few milliseconds later. */
  load(key: string): Promise<Value>
  /** Changes the source. */
  change(key: string): Value
  /** A control has succeeded: nothing older than this version may be seen by who asks from now on. */
  promise(key: string, version: number): void
  /** An expire has succeeded: nothing older than this version is fresh for who asks from now on. */
  expire(key: string, version: number): void
  /** A delete has failed: nothing older may be seen once it was made up for. */
  owe(key: string, version: number): void
  /** What is owed: the oldest version that may be seen then, by key. */
  readonly owed: ReadonlyMap<string, number>
  /** What one who asks now may see at the oldest. */
  oldest(key: string): number
  /** What one who asks now for what is fresh may see at the oldest. */
  oldestFresh(key: string): number
  /** Whether one who asked when `oldest` was the oldest may have got this. */
  judge(key: string, oldest: number, got: unknown): Verdict
  /** How large the values of a key are from now on. */
  pad(bytesOf: (key: string) => number): void
}

/** The longest that `load` takes, in milliseconds, where the process has time. */
export const FUNCTION_TIME = 5

export function createTruth(random: () => number): Truth {
  const versions = new Map<string, number>()
  const promised = new Map<string, number>()
  const expired = new Map<string, number>()
  const owed = new Map<string, number>()
  const paddings = new Set<string>()
  let paddingOf = (_key: string): string => ''
  const now = (key: string): Value => ({ key, version: versions.get(key) ?? 0, padding: paddingOf(key) })
  const raise = (floors: Map<string, number>, key: string, version: number): void => {
    floors.set(key, Math.max(floors.get(key) ?? 0, version))
  }
  const pad = (bytesOf: (key: string) => number): void => {
    paddingOf = (key) => {
      const padding = 'x'.repeat(bytesOf(key))
      paddings.add(padding)
      return padding
    }
  }
  pad(() => 0)

  return {
    async load(key) {
      const value = now(key)
      await sleep(1 + Math.floor(random() * FUNCTION_TIME))
      return value
    },
    change(key) {
      versions.set(key, (versions.get(key) ?? 0) + 1)
      return now(key)
    },
    promise: (key, version) => raise(promised, key, version),
    expire: (key, version) => raise(expired, key, version),
    owe: (key, version) => raise(owed, key, version),
    owed,
    oldest: (key) => promised.get(key) ?? 0,
    oldestFresh: (key) => Math.max(promised.get(key) ?? 0, expired.get(key) ?? 0),
    judge(key, oldest, got) {
      if (typeof got !== 'object' || got === null) return 'wrong'
      const { key: its, version, padding } = got as Partial<Value> // each part is looked at
      if (its !== key || version === undefined || padding === undefined || !paddings.has(padding)) return 'wrong'
      if (version > (versions.get(key) ?? 0)) return 'wrong'
      return version < oldest ? 'stale' : 'right'
    },
    pad,
  }
}
