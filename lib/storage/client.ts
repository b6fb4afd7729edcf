import { isUtf8 } from 'node:buffer'
import { types } from 'node:util'
import type { Keyv } from 'keyv'
import { UnsupportedError } from '../errors.js'
import { ownKeyv } from './keyv.js'
import type { Attempt, Driver, Stored } from './storage.js'

/**
 * The backend of a store that we drive by its client: a Keyv whose raw operations are the driver's own. `clear` only where
 * all that it empties is the store's.
 */
export function clientKeyv(
  driver: Driver,
  client: object,
  disconnect: () => Promise<void>,
  clear?: (attempt: Attempt) => Promise<void>,
): Keyv {
  return ownKeyv({
    opts: {},
    client,
    get: async (key: string) => envelope(await driver.get(key, patient())),
    getMany: async (keys: string[]) => (await driver.getMany(keys, patient())).map(envelope),
    set: async (key: string, { value }: { value: unknown }, ttl?: number) => {
      const [failure] = await driver.setMany([{ key, value, ttl }], patient())
      if (failure !== undefined) throw failure.error
      return true
    },
    delete: async (key: string) => (await driver.deleteMany([key], patient())).some(Boolean),
    deleteMany: async (keys: string[]) => (await driver.deleteMany(keys, patient())).some(Boolean),
    has: async (key: string) => (await driver.hasMany([key], patient())).some(Boolean),
    hasMany: async (keys: string[]) => [...(await driver.hasMany(keys, patient()))],
    clear: async () => {
      if (clear !== undefined) return clear(patient())
      throw new UnsupportedError(`clear() would empty the whole ${driver.name} server, which others may share`)
    },
    disconnect,
  })
}

/** What a client answers to a read: `null` is a miss. */
export function fromReply(reply: Buffer | string | null): Stored | undefined {
  return reply === null ? undefined : { value: reply }
}

/** The same bytes as the `Buffer` that clients ask for. */
export function asBuffer(value: unknown): Buffer {
  if (Buffer.isBuffer(value)) return value
  if (types.isUint8Array(value)) return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  throw new TypeError(`the store takes text or bytes, got ${typeof value}`)
}

/** A raw operation on the backend waits as long as the client does. */
function patient(): Attempt {
  return { givenUp: false, onGiveUp: undefined, timeout: Number.POSITIVE_INFINITY }
}

function envelope(stored: Stored | undefined): { value: unknown } | undefined {
  if (stored === undefined) return undefined
  if (stored.foreign !== undefined) throw stored.foreign
  return { value: Buffer.isBuffer(stored.value) && isUtf8(stored.value) ? stored.value.toString() : stored.value }
}
