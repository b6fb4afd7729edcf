import { type Attempt, whenGivenUp } from './storage.js'

/**
 * Keeps a write from coming between a read of its key and the `DELETE` with which Keyv follows some reads (of what it
 * finds expired; on memcached of every miss): it would take the new value. Reads pass each other, and so do writes.
 */
export interface ReadWriteOrder {
  read<T>(keys: readonly string[], attempt: Attempt, run: () => Promise<T>): Promise<T>
  write<T>(keys: readonly string[], attempt: Attempt, run: () => Promise<T>): Promise<T>
}

interface Operation {
  readonly kind: 'read' | 'write'
  /** Those who wait for its end. */
  waiting: (() => void)[] | undefined
}

export function createReadWriteOrder(): ReadWriteOrder {
  const lines = new Map<string, Set<Operation>>()

  const pass = <T>(
    kind: Operation['kind'],
    keys: readonly string[],
    attempt: Attempt,
    run: () => Promise<T>,
  ): Promise<T> => {
    const before = othersOn(kind, keys)
    const leave = join(kind, keys)
    whenGivenUp(attempt, leave) // what never answers must not hold up its key for ever
    if (before.length === 0) return run().finally(leave)
    return Promise.all(before.map(endOf))
      .then(() => {
        if (attempt.givenUp) throw new Error('given up while it waited')
        return run()
      })
      .finally(leave)
  }

  const othersOn = (kind: Operation['kind'], keys: readonly string[]): Operation[] =>
    keys.flatMap((key) => [...(lines.get(key) ?? [])].filter((other) => other.kind !== kind))

  const join = (kind: Operation['kind'], keys: readonly string[]): (() => void) => {
    const operation: Operation = { kind, waiting: undefined }
    for (const key of keys) {
      const line = lines.get(key)
      if (line === undefined) lines.set(key, new Set([operation]))
      else line.add(operation)
    }
    return () => {
      for (const key of keys) {
        const line = lines.get(key)
        if (line?.delete(operation) && line.size === 0) lines.delete(key)
      }
      for (const goOn of operation.waiting ?? []) goOn()
      operation.waiting = undefined
    }
  }

  return {
    read: (keys, attempt, run) => pass('read', keys, attempt, run),
    write: (keys, attempt, run) => pass('write', keys, attempt, run),
  }
}

function endOf(operation: Operation): Promise<void> {
  return new Promise((resolve) => {
    operation.waiting ??= []
    operation.waiting.push(resolve)
  })
}
