import { Keyv } from 'keyv'
import { KeyError, OptionError } from '../errors.js'
import type { Gate } from './gate.js'
import { checkLength, fitKey, isMemcacheClient, memcacheGate, memcacheSeconds } from './memcache-client.js'
import { createReadWriteOrder } from './read-write-order.js'
import { isRedisClient, openRedis } from './redis-client.js'
import { failureOf, isForeignData } from './reply.js'
import {
  type Attempt,
  type Failure,
  forEach,
  type Item,
  type Storage,
  type Stored,
  whenGivenUp,
  writeEach,
} from './storage.js'

/** How many times its caller's patience an operation that was given up on still hears of errors: it may never end. */
const REMEMBERED = 10

const own = new WeakSet<object>()

/** Whether it is a backend that we made, and no Keyv of the user's. */
export function isOwnKeyv(keyv: Keyv): boolean {
  return own.has(keyv)
}

/** A Keyv over an adapter of ours: no prefix, no serializer, and no error kept to itself. */
export function ownKeyv(adapter: object): Keyv {
  const keyv = new Keyv({ store: adapter, useKeyPrefix: false, throwOnErrors: true })
  keyv.namespace = undefined
  keyv.serialize = undefined
  keyv.deserialize = undefined
  own.add(keyv)
  return keyv
}

/** A Keyv of this or another copy or version of the package. */
export function isKeyv(store: object): store is Keyv {
  if (store instanceof Keyv) return true
  const methods = ['get', 'set', 'delete', 'on']
  return (
    ['store', 'stats', 'hooks'].every((name) => name in store) &&
    methods.every((name) => typeof Reflect.get(store, name) === 'function')
  )
}

/** Our own listeners: they hear what fails during an operation of ours, and tell nobody else. */
const ours = new WeakSet<object>()

/** Whether anybody but us listens to the errors of a Keyv; of one that does not tell its listeners, nobody knows. */
export function isHeard(keyv: Keyv): boolean {
  const tells = typeof Reflect.get(keyv, 'listeners') === 'function'
  return !tells || keyv.listeners('error').some((listener) => !ours.has(listener))
}

/**
 * A Keyv by its public methods; its namespace, envelope, serializer and default `ttl` are its own. It keeps most
 * errors to itself, so an operation also fails when the Keyv emits `error` while it is pending.
 *
 * @throws OptionError for a Keyv that neither emits nor throws its errors
 */
export function keyvStorage(keyv: Keyv, identity: object = keyv): Storage {
  if (keyv.opts?.emitErrors === false && !keyv.throwOnErrors) {
    throw new OptionError('a Keyv with emitErrors: false hides what fails: set throwOnErrors: true on it')
  }
  const client: unknown = keyv.store?.client
  // The adapter would leave what was given up in its client's queue, to be sent after a reconnect.
  const gate = gateOf(client)
  const pending = new Set<(error: unknown) => void>()
  const listen = (error: unknown): void => {
    for (const fail of pending) fail(error)
  }
  ours.add(listen)
  keyv.on('error', listen)
  /** Settles at the operation's real end, so that no later write goes beside it; an error that was emitted fails it. */
  const watch = <T>(attempt: Attempt, run: () => Promise<T>, isHarmless?: (error: unknown) => boolean): Promise<T> => {
    const watched = async (): Promise<T> => {
      let failed: { error: unknown } | undefined
      const fail = (error: unknown): void => {
        if (!isHarmless?.(error)) failed ??= { error }
      }
      pending.add(fail)
      let timer: NodeJS.Timeout | undefined
      whenGivenUp(attempt, () => {
        if (pending.has(fail)) timer = setTimeout(() => pending.delete(fail), REMEMBERED * attempt.timeout).unref()
      })
      try {
        const answer = await run()
        if (failed === undefined) return answer
      } catch (error) {
        failed ??= { error }
      } finally {
        clearTimeout(timer)
        pending.delete(fail)
      }
      throw failed.error
    }
    return gate === undefined ? watched() : gate.pass(attempt, watched)
  }
  const order = createReadWriteOrder()
  const textual = serializes(keyv)

  const overMemcache = isMemcacheClient(client)
  const prefix = (): string => (keyv.useKeyPrefix === false || !keyv.namespace ? '' : `${keyv.namespace}:`)
  // KeyvMemcache puts the namespace in front once more.
  const reserved = (): number => Buffer.byteLength(prefix() + (keyv.store.namespace ? `${keyv.store.namespace}:` : ''))

  const read = async (key: string): Promise<Stored | undefined> => {
    let raw: Stored | undefined
    try {
      raw = (await (keyv.getRaw === undefined ? keyv.get(key, { raw: true }) : keyv.getRaw(key))) as Stored | undefined
    } catch (error) {
      // The store answers and the Keyv does not: what is stored there cannot be read.
      await keyv.store.get(prefix() + key)
      return { value: undefined, foreign: error instanceof Error ? error : new Error(String(error)) }
    }
    if (raw === undefined || raw === null) return undefined
    // JSON leaves out a `value` that is undefined.
    if (typeof raw !== 'object' || !(textual || 'value' in raw))
      return { value: undefined, foreign: new TypeError('not a { value, expires } envelope') }
    return { value: raw.value, expires: raw.expires ?? undefined }
  }
  const writeMany = async (items: readonly Item[], attempt: Attempt): Promise<(Failure | undefined)[]> => {
    const keys = items.map((item) => item.key)
    const emitted = new Set<unknown>()
    const write = async ({ key, value, ttl }: Item): Promise<void> => {
      const whole = ttl === undefined ? undefined : overMemcache ? memcacheSeconds(ttl) * 1000 : Math.ceil(ttl)
      if ((await keyv.set(key, value, whole)) !== false) return
      throw [...emitted].at(-1) ?? new Error('the Keyv answered false')
    }
    const failures = await watch(
      attempt,
      () => order.write(keys, attempt, () => writeEach(items, write)),
      (error) => {
        emitted.add(error)
        return true
      },
    )
    // An error for each write that failed is theirs; one more may be that of any.
    if (emitted.size <= failures.filter(Boolean).length) return failures
    const [error] = emitted
    return failures.map((failure) => failure ?? { error })
  }
  const readMany = async (keys: readonly string[], attempt: Attempt): Promise<(Stored | undefined)[]> => {
    let foreign: Error | undefined
    const isForeign = (error: unknown): boolean => {
      if (!isForeignData(error)) return false
      foreign = error
      return true
    }
    const found = await watch(attempt, () => order.read(keys, attempt, () => forEach(keys, read)), isForeign)
    // The Keyv does not tell which of the keys it was.
    return found.map((stored) => stored ?? (foreign && { value: undefined, foreign }))
  }

  return {
    name: 'keyv',
    backend: keyv,
    identity,
    capabilities: {
      expiry: 'envelope',
      touch: 'rewrite',
      many: 'each',
      values: textual ? 'text' : 'objects',
      deleteTells: true,
      lease: 'process',
    },
    wholeSeconds: overMemcache,
    fit: (key, functionPart) => (overMemcache ? fitKey(key, functionPart, reserved()) : key),
    check: (key) => {
      if (overMemcache) checkLength(key, reserved())
      if (!keyv.namespace || keyv.useKeyPrefix === false || !key.startsWith(`${keyv.namespace}:`)) return
      throw new KeyError(
        `a Keyv with the namespace '${keyv.namespace}' mixes up '${key}' with another key: use a keyPrefix that does not begin with '${keyv.namespace}:'`,
      )
    },
    failure: failureOf,
    get: async (key, attempt) => (await readMany([key], attempt))[0],
    getMany: readMany,
    setMany: writeMany,
    deleteMany: (keys, attempt) => watch(attempt, () => forEach(keys, (key) => keyv.delete(key))),
    hasMany: async (keys, attempt) =>
      (await readMany(keys, attempt)).map((stored) => stored !== undefined && stored.foreign === undefined),
  }
}

function gateOf(client: unknown): Gate | undefined {
  if (isRedisClient(client)) return openRedis(client).gate
  return isMemcacheClient(client) ? memcacheGate(client) : undefined
}

function serializes(keyv: Keyv): boolean {
  return keyv.serialize !== undefined || Reflect.get(keyv, 'serialization') !== undefined // Keyv 6 has the latter
}
