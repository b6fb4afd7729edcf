import { KeyError } from '../errors.js'
import { fitsMemcached, hashedKey } from '../key.js'
import { createGate, type Gate } from './gate.js'

/** The part of a `memjs` client that is used here. */
export interface MemcacheClient {
  readonly servers: readonly unknown[]
  seq: number
  get(key: string, callback: Answer<Buffer | null>): void
  set(key: string, value: string | Buffer, options: { expires: number }, callback: Answer<boolean>): void
  delete(key: string, callback: Answer<boolean>): void
  touch(key: string, expires: number, callback: Answer<boolean>): void
  close(): void
}

/** How memjs answers. */
export type Answer<T> = (error: Error | null, answer: T) => void

/** Recognised by its methods, whatever copy of the package it comes from. */
export function isMemcacheClient(client: unknown): client is MemcacheClient {
  if (typeof client !== 'object' || client === null || !('servers' in client && 'seq' in client)) return false
  const methods = ['get', 'set', 'add', 'delete', 'touch', 'perform', 'close']
  return methods.every((name) => typeof Reflect.get(client, name) === 'function')
}

/** The gate in front of a client: memjs connects by itself, so only a frozen server closes it. */
export function memcacheGate(client: MemcacheClient): Gate {
  return createGate({ isReady: () => true, wake: () => {}, oneConnection: client.servers.length === 1 })
}

/** The longest key that memcached takes, in bytes. */
const LONGEST_KEY = 250

/** The key itself where it fits beside `reserved` bytes of prefix, else its hashed form. */
export function fitKey(key: string, functionPart: string, reserved = 0): string {
  return fitsMemcached(key, LONGEST_KEY - reserved) ? key : hashedKey(key, functionPart, LONGEST_KEY - reserved)
}

/**
 * A longer key, or one with white space or bytes outside ASCII, would make memjs lose its place in the stream.
 *
 * @throws KeyError
 */
export function checkLength(key: string, reserved = 0): void {
  const longest = LONGEST_KEY - reserved
  if (fitsMemcached(key, longest)) return
  throw new KeyError(
    `memcached takes keys of at most ${longest} bytes, all between '!' and '~', got ${Buffer.byteLength(key)} bytes: ${JSON.stringify(key.slice(0, 60))}`,
  )
}

const THIRTY_DAYS = 30 * 24 * 60 * 60
const LAST_SECOND = 2 ** 32 - 1

/**
 * A `ttl` in memcached's seconds: relative up to 30 days, a Unix time above. The server's clock ticks once a second,
 * so an entry may end up to a second early; where its exact end is kept with it, the server gets a second more.
 */
export function memcacheSeconds(ttl: number): number {
  const seconds = ttl % 1000 === 0 ? ttl / 1000 : Math.ceil(ttl / 1000) + 1
  return seconds <= THIRTY_DAYS ? seconds : Math.min(Math.ceil(Date.now() / 1000) + seconds, LAST_SECOND)
}
