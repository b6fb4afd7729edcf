import type { StoreFailure } from '../errors.js'
import { asBuffer, clientKeyv, fromReply } from './client.js'
import { checkNoLease } from './lease-key.js'
import {
  type Answer,
  checkLength,
  closeMemcache,
  fitKey,
  type MemcacheClient,
  memcacheGate,
  memcacheSeconds,
} from './memcache-client.js'
import { memcacheLeases } from './memcache-leases.js'
import { memcacheSwaps } from './memcache-swap.js'
import { type Driver, forEach, type Item, type Storage, writeEach } from './storage.js'

/** memjs numbers its requests and fails to write a number above this one. */
const LAST_SEQUENCE = 2 ** 31 - 2

/** memcached by the user's own client: the stored bytes are what the coder gave. */
export function memcacheStorage(client: MemcacheClient): Storage {
  const gate = memcacheGate(client)

  const command = <T, U>(key: string, send: (callback: Answer<T>) => void, from: (answer: T) => U): Promise<U> =>
    new Promise((resolve, reject) => {
      checkLength(key)
      if (client.seq >= LAST_SEQUENCE) client.seq = 0
      send((error, answer) => (error ? reject(error) : resolve(from(answer))))
    })
  const get = (key: string) => command(key, (answer) => client.get(key, answer), fromReply)
  const set = async ({ key, value, ttl }: Item): Promise<void> => {
    const sent = typeof value === 'string' ? value : asBuffer(value)
    const expires = ttl === undefined ? 0 : memcacheSeconds(ttl)
    try {
      await command(key, (answer) => client.set(key, sent, { expires }, answer), Boolean)
    } catch (error) {
      if (!(error instanceof Error && error.message.includes('Value too large'))) throw error
      throw new Error(`${error.message}: the value has ${Buffer.byteLength(sent)} bytes`, { cause: error })
    }
  }
  const remove = (key: string) => command(key, (answer) => client.delete(key, answer), Boolean)
  const add = (key: string, value: string, expires: number) =>
    command(key, (answer) => client.add(key, value, { expires }, answer), Boolean)
  const exists = async (key: string) => (await get(key)) !== undefined
  const touch = (key: string, seconds: number) => command(key, (answer) => client.touch(key, seconds, answer), Boolean)

  const driver: Driver = {
    name: 'memcached',
    identity: client,
    capabilities: {
      expiry: 'native',
      touch: 'native',
      many: 'each',
      values: 'bytes',
      deleteTells: true,
      lease: 'best-effort',
    },
    wholeSeconds: true,
    fit: (key, functionPart) => fitKey(key, functionPart),
    check: (key) => {
      checkLength(key)
      checkNoLease(key)
    },
    failure: memcacheFailure,
    get: (key, attempt) => gate.pass(attempt, () => get(key)),
    getMany: (keys, attempt) => gate.pass(attempt, () => forEach(keys, get)),
    setMany: (items, attempt) => gate.pass(attempt, () => writeEach(items, set)),
    deleteMany: (keys, attempt) => gate.pass(attempt, () => forEach(keys, remove)),
    hasMany: (keys, attempt) => gate.pass(attempt, () => forEach(keys, exists)),
    touchMany: (keys, ttl, attempt) =>
      gate.pass(attempt, () => forEach(keys, (key) => touch(key, memcacheSeconds(ttl)))),
    swapMany: memcacheSwaps(client, { command, remove, pass: gate.pass }),
    leases: memcacheLeases({ get, set, add, remove, touch, pass: gate.pass }),
  }
  const disconnect = async (): Promise<void> => closeMemcache(client)
  return { ...driver, backend: clientKeyv(driver, client, disconnect) }
}

function memcacheFailure(error: unknown): StoreFailure {
  return error instanceof Error && /^MemJS [A-Z]+:/.test(error.message) ? 'reply' : 'connection'
}
