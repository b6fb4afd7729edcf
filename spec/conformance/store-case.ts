/** What the conformance suite needs to know of a store, and how it looks past ringcache at what lies there. */
import type { Capabilities } from '../../lib/index.js'

/** A kind of store that the suite runs over. */
export interface StoreCase {
  readonly name: string
  /** What `fn.storage.capabilities` must say; each of them changes a test. */
  readonly capabilities: Capabilities
  /** `fake`: the store is memory, and jest moves its clock. `real`: time passes, and specs poll. */
  readonly clock: 'fake' | 'real'
  /** By how much a `ttl` of whole seconds may end early, in milliseconds: the server's clock ticks. */
  readonly early?: number
  /** The longest key that the store takes as it is, in bytes; it then takes printable ASCII only. */
  readonly longestKey?: number
  /** What the store calls the commands it gets. A `getMany` is one bulk read, where there is such a command. */
  readonly commands: { readonly get: string; readonly getMany?: string; readonly set: string; readonly touch?: string }
  /** Whether a Keyv adapter that takes text alone lies below: it refuses what is not text. */
  readonly textOnly?: boolean
  /** Whether the Keyv takes what memcached does not have for an expired entry, and sends a `DELETE` as well. */
  readonly deletesOnMiss?: boolean
  /** Before and after all tests of the suite. */
  begin?(): Promise<void>
  end?(): Promise<void>
  /** A store that no other test has used. */
  open(): Promise<Opened>
}

/** One open store, and the ways past ringcache. */
export interface Opened {
  /** What is passed to `cached`. */
  readonly store: object
  /** What lies under a key of ours: a `Buffer` (bytes), the text or the object of a `{ value, expires }` envelope; `undefined` for nothing. */
  raw(key: string): Promise<unknown>
  /** Puts the stored form of an entry there, in an envelope where the store has one. */
  plant(key: string, stored: unknown): Promise<void>
  /** Puts there what is no entry at all: a list, a broken envelope. Absent where there is no such thing. */
  garble?(key: string): Promise<void>
  /** How long the store will keep an entry, in milliseconds; `Infinity` without an end. */
  timeLeft(key: string): Promise<number>
  /** The commands that the store got while `run` ran, in alphabetical order. */
  commandsOf(run: () => Promise<unknown>): Promise<string[]>
  close(): Promise<void>
}

/** What is in Keyv's envelope, given as text or as an object. */
export function envelopeOf(raw: unknown): { value: unknown; expires?: number | undefined } {
  const envelope: unknown = typeof raw === 'string' ? JSON.parse(raw) : raw
  if (typeof envelope === 'object' && envelope !== null && 'value' in envelope) {
    const expires: unknown = Reflect.get(envelope, 'expires')
    return { value: envelope.value, expires: typeof expires === 'number' ? expires : undefined }
  }
  throw new TypeError(`not an envelope: ${String(raw)}`)
}

/** `timeLeft` where the end is in the envelope. */
export async function timeLeftOf(raw: unknown): Promise<number> {
  const { expires } = envelopeOf(raw)
  return expires === undefined ? Number.POSITIVE_INFINITY : expires - Date.now()
}

const OPERATIONS = ['get', 'set', 'delete', 'has', 'getMany', 'setMany', 'deleteMany', 'hasMany'] as const

/** Notes every operation on a store in this process. What a map is asked in one turn of the event loop counts as one. */
export function recorder(store: object, asOne?: 'asOne'): Opened['commandsOf'] {
  let log: string[] = []
  let lastOfTurn: string | undefined
  for (const name of OPERATIONS) {
    const operation: unknown = Reflect.get(store, name)
    if (typeof operation !== 'function') continue
    Reflect.defineProperty(store, name, {
      configurable: true,
      value: (...args: unknown[]) => {
        if (asOne === undefined || lastOfTurn !== name) log.push(name)
        lastOfTurn = name
        queueMicrotask(() => {
          lastOfTurn = undefined
        })
        return Reflect.apply(operation, store, args)
      },
    })
  }
  return async (run) => {
    log = []
    await run()
    return log.toSorted()
  }
}
