import type { Socket } from 'node:net'
import { KeyError } from '../errors.js'
import { fitsMemcached, hashedKey } from '../key.js'
import { createGate, type Gate } from './gate.js'

/** The part of a `memjs` client that is used here. Its times are seconds. */
export interface MemcacheClient {
  readonly servers: readonly MemcacheServer[]
  readonly options: { retries?: number; retry_delay?: number; failover?: boolean; expires?: number }
  seq: number
  get(key: string, callback: Answer<Buffer | null>): void
  set(key: string, value: string | Buffer, options: { expires: number }, callback: Answer<boolean>): void
  /** `false` where the key holds something. */
  add(key: string, value: string | Buffer, options: { expires: number }, callback: Answer<boolean>): void
  delete(key: string, callback: Answer<boolean>): void
  touch(key: string, expires: number, callback: Answer<boolean>): void
  /** Sends any request of the binary protocol, whose number is `seq`. `tries`: how often at most where it fails, else as its options say. */
  perform(key: string, request: Buffer, seq: number, callback: Answer<MemcacheResponse>, tries?: number): void
  /** What its owner makes of values on their way. */
  readonly serializer?: MemcacheSerializer
  close(): void
}

/** A response of the binary protocol. */
export interface MemcacheResponse {
  readonly header: { readonly status: number; readonly cas?: Buffer }
  readonly extras: Buffer
  readonly val: Buffer
}

export interface MemcacheSerializer {
  serialize(opcode: number, value: string | Buffer, extras: Buffer): { value: string | Buffer; extras: Buffer }
  deserialize(opcode: number, value: Buffer, extras: Buffer): { value: string | Buffer }
}

/** One server of a `memjs` client. */
export interface MemcacheServer {
  readonly options: { timeout?: number; conntimeout?: number }
  /** What has come of answers that are not complete. */
  responseBuffer: Buffer
  _socket?: Socket | undefined
  /** Hands the connection to `go`, a new one if there is none. */
  sock(sasl: boolean, go: (socket: Socket) => void): void
  /** Told of each new connection, before anything is sent on it. */
  on(event: 'authenticated', listener: () => void): unknown
  /** Ends the connection; all that has been sent is sent again, or fails if it was already. */
  error(error: Error): void
}

/** How memjs answers. */
export type Answer<T> = (error: Error | null, answer: T) => void

/** Recognised by its methods, whatever copy of the package it comes from. */
export function isMemcacheClient(client: unknown): client is MemcacheClient {
  if (typeof client !== 'object' || client === null || !('servers' in client && 'seq' in client)) return false
  const methods = ['get', 'set', 'add', 'delete', 'touch', 'perform', 'close']
  return methods.every((name) => typeof Reflect.get(client, name) === 'function')
}

/** One for each client, however many stores use it. */
const gates = new WeakMap<MemcacheClient, Gate>()

/** The gate in front of a client: memjs connects by itself, so only a frozen server closes it. */
export function memcacheGate(client: MemcacheClient): Gate {
  const known = gates.get(client)
  if (known !== undefined) return known
  const { servers } = client
  servers.forEach(tend)
  const flush = (): void => {
    for (const server of servers) server.error(new Error('the answer was lost'))
  }
  const gate: Gate = createGate({
    isReady: () => !closed.has(client),
    wake: () => {
      if (closed.has(client)) gate.fail(new Error('the client was disconnected'))
    },
    oneConnection: servers.length === 1,
    lost: { after: patienceOf(client), flush },
  })
  gates.set(client, gate)
  return gate
}

/** memjs would connect again for the next command, and keep the process. */
const closed = new WeakSet<MemcacheClient>()

/** Closes the connections for good. */
export function closeMemcache(client: MemcacheClient): void {
  closed.add(client)
  client.close()
}

/**
 * memjs forgets what it has sent when the server closes the connection politely: no callback is ever called, until some
 * later error sends those writes again, after all that was written since. And it takes half an answer from one
 * connection to the next, whose answers it then cannot read.
 */
function tend(server: MemcacheServer): void {
  const listen = (): void => {
    const socket = server._socket
    socket?.prependListener('end', () => {
      const isCurrent = server._socket === undefined || server._socket === socket
      // Where this side has hung up first, its owner wants it so.
      if (isCurrent && !socket.writableEnded) server.error(new Error('the server closed the connection'))
    })
  }
  listen() // it may be connected already
  keepSocket(server)
  server.on('authenticated', () => {
    server.responseBuffer = Buffer.alloc(0)
    listen()
  })
}

/**
 * When a connection closes or fails, memjs does that to the one that it has, be it another by now: a command that was
 * sent while the last one was being closed would be waited for in vain.
 */
function keepSocket(server: MemcacheServer): void {
  const guard = (socket: Socket): void => {
    for (const event of ['close', 'error']) {
      const [its] = socket.listeners(event).slice(-1)
      if (its === undefined) continue
      socket.removeListener(event, its as () => void) // any function will do
      socket.on(event, (...args: unknown[]) => {
        if (server._socket === socket) Reflect.apply(its, socket, args)
      })
    }
  }
  if (server._socket !== undefined) guard(server._socket)
  const { sock } = server
  server.sock = (sasl, go) => {
    const before = server._socket
    Reflect.apply(sock, server, [sasl, go])
    const socket = server._socket
    if (socket !== undefined && socket !== before) guard(socket)
  }
}

const LONGEST_TIMER = 2 ** 31 - 1

/** Twice what memjs takes at most until it gives up a command, in milliseconds. */
function patienceOf({ options, servers }: MemcacheClient): number {
  const tries = Math.max(options.retries ?? 0, 1) * (options.failover ? servers.length : 1)
  const oneTry = Math.max(...servers.map((server) => secondsOf(server.options))) + (options.retry_delay ?? 0)
  return Math.min(2 * tries * oneTry * 1000, LONGEST_TIMER)
}

/** memjs takes 0 for no limit. */
function secondsOf({ timeout, conntimeout }: MemcacheServer['options']): number {
  return (timeout || 60) + (conntimeout || 60)
}

/** The longest key that memcached takes, in bytes. */
const LONGEST_KEY = 250

/** Whether memcached takes a key as it is. */
export function fitsMemcache(key: string): boolean {
  return fitsMemcached(key, LONGEST_KEY)
}

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
