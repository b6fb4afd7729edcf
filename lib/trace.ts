import { channel } from 'node:diagnostics_channel'
import { ActionError, messageOf } from './errors.js'
import { isThenable } from './maybe.js'
import { receiverPart } from './receiver.js'

/**
 * What a cached function tells:
 * - `hit`, `miss`: a read found a fresh entry, or none;
 * - `stale`: a call was given a value whose `ttl` has ended (`error`, if that is because the function failed);
 * - `wait`: another process ran the function, and the call waited for it (`duration` in milliseconds);
 * - `execute`: the function ran (`value` or `error`, and `duration` in milliseconds);
 * - `write`: the result of a plain call was stored;
 * - `set`, `update`, `delete`, `expire`, `touch`: the control of that name took effect;
 * - `fenced`: a result was not stored, because a `set`, `delete`, `expire` or `update` had begun since, in whatever process;
 * - `error`: a failure that the call survived.
 */
export type EventName = (typeof EVENT_NAMES)[number]

/** What the listener of an event gets. */
export interface CacheEvent<Args extends readonly unknown[] = readonly unknown[], Value = unknown> {
  readonly key: string
  /** Empty where only the key is known (`fn.storage`). */
  readonly args: Args | readonly []
  /** `this` of the call, for a function with a receiver. */
  readonly receiver?: unknown
  readonly value?: Value
  readonly error?: unknown
  /** How long the function ran, or the call waited, in milliseconds. */
  readonly duration?: number
}

/** A function that is told of an event. */
export type Listener<Args extends readonly unknown[] = readonly unknown[], Value = unknown> = (
  event: CacheEvent<Args, Value>,
) => void

const EVENT_NAMES = [
  'hit',
  'miss',
  'wait',
  'execute',
  'write',
  'set',
  'update',
  'delete',
  'expire',
  'touch',
  'stale',
  'fenced',
  'error',
] as const

const channels = /* @__PURE__ */ Object.fromEntries(
  /* @__PURE__ */ EVENT_NAMES.map((name) => [name, channel(`ringcache:${name}`)]),
) as Record<EventName, ReturnType<typeof channel>> // fromEntries forgets the names

/** What an event is about. */
export interface Subject {
  readonly key: string
  readonly args: readonly unknown[]
  readonly receiver?: unknown
}

/** What an event tells of its subject. */
export type Told = Pick<CacheEvent, 'value' | 'error' | 'duration'>

/** The events of one function, published only where someone listens: on it, or on `node:diagnostics_channel`. */
export interface Trace {
  wants(name: EventName): boolean
  /** `wants('hit')`, which every hit asks: by its own name each look is at one known place. */
  wantsHit(): boolean
  /** Whether anybody was told. */
  emit(name: EventName, subject: Subject, told?: Told): boolean
  /**
   * `of` has the listener told of one receiver's calls alone. It throws an `ActionError` for an unknown name, and for
   * what is no function; so does `off`.
   */
  on(name: EventName, listener: Listener, of?: unknown): void
  off(name: EventName, listener: Listener, of?: unknown): void
}

/** Listeners by the part that their receiver has in keys; `undefined`: of all. */
type Ears = Map<string | undefined, Set<Listener>>

export function createTrace(): Trace {
  const earsOf = Object.fromEntries(EVENT_NAMES.map((name) => [name, undefined])) as Record<EventName, Ears | undefined>
  return {
    wantsHit: () => earsOf.hit !== undefined || channels.hit.hasSubscribers,
    wants: (name) => earsOf[name] !== undefined || channels[name].hasSubscribers,
    emit(name, { key, args, receiver }, told) {
      const event: CacheEvent = { key, args, ...(receiver !== undefined && { receiver }), ...told }
      const ears = earsOf[name]
      const listeners = ears === undefined ? [] : heardBy(ears, receiver)
      for (const listener of listeners) tell(listener, event)
      const { hasSubscribers } = channels[name]
      if (hasSubscribers) channels[name].publish(event)
      return hasSubscribers || listeners.length > 0
    },
    on(name, listener, of) {
      checkListener(name, listener)
      const part = partOf(of)
      const ears: Ears = earsOf[name] ?? new Map()
      earsOf[name] = ears.set(part, new Set(ears.get(part)).add(listener))
    },
    off(name, listener, of) {
      checkListener(name, listener)
      const part = partOf(of)
      const ears = earsOf[name]
      const left = new Set(ears?.get(part))
      if (!left.delete(listener)) return
      if (left.size > 0) ears?.set(part, left)
      else ears?.delete(part)
      if (ears?.size === 0) earsOf[name] = undefined
    },
  }
}

function partOf(receiver: unknown): string | undefined {
  return receiver === undefined ? undefined : receiverPart(receiver)
}

/** By identity, as keys go: two instances that share entries share their events, and none is held on to. */
function heardBy(ears: Ears, receiver: unknown): readonly Listener[] {
  const ofAll = ears.get(undefined) ?? []
  if (receiver === undefined || ears.size === (ears.has(undefined) ? 1 : 0)) return [...ofAll]
  try {
    return [...ofAll, ...(ears.get(receiverPart(receiver)) ?? [])]
  } catch {
    return [...ofAll] // it has no identity any more
  }
}

function checkListener(name: unknown, listener: unknown): void {
  if (!EVENT_NAMES.some((known) => known === name))
    throw new ActionError(`unknown event '${String(name)}'; the events are ${EVENT_NAMES.join(', ')}`)
  if (typeof listener === 'function') return
  throw new ActionError(`the listener of '${String(name)}' must be a function, got ${typeof listener}`)
}

const WARN_EVERY = 60_000
const warnedAt = new WeakMap<object, number>()

/** Tells of a failure that a call survived; where nobody listens, one process warning per store and minute. */
export function report(
  trace: Trace,
  store: object,
  subject: Subject,
  error: unknown,
  what = 'a call went on without its cache',
): void {
  if (trace.wants('error') && trace.emit('error', subject, { error })) return
  const tells = "on('error') of the function tells each"
  warn(store, 'RINGCACHE', `${what} for '${subject.key}': ${messageOf(error)}; ${tells}`)
}

/** A listener that throws, or rejects, is its owner's mistake, not the call's. */
function tell(listener: Listener, event: CacheEvent): void {
  const failed = (error: unknown): void => warn(listener, 'RINGCACHE_LISTENER', `a listener threw: ${messageOf(error)}`)
  try {
    const answer: unknown = listener(event)
    if (isThenable(answer)) answer.then(undefined, failed)
  } catch (error) {
    failed(error)
  }
}

/** A warning of the process, at most one a minute about each object. */
function warn(about: object, code: string, message: string): void {
  const now = performance.now()
  const last = warnedAt.get(about)
  if (last !== undefined && now - last < WARN_EVERY) return
  warnedAt.set(about, now)
  process.emitWarning(message, { type: 'RingcacheWarning', code })
}
