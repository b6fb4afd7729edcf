import { createGate, type Gate } from './gate.js'

/** The part of a `@redis/client` client, cluster or sentinel that is used here; keys and values as they are sent. */
export interface RedisClient {
  readonly isOpen: boolean
  /** Absent on a cluster. */
  readonly isReady?: boolean
  /** On a cluster: none until it has found them, though it is open. */
  readonly masters?: readonly unknown[]
  connect(): Promise<unknown>
  close(): Promise<unknown>
  on(event: 'ready' | 'connect' | 'error', listener: (error?: unknown) => void): unknown
  withTypeMapping(mapping: Record<number, unknown>): RedisClient
  get(key: string): Promise<Buffer | null>
  mGet(keys: readonly string[]): Promise<(Buffer | null)[]>
  set(key: string, value: string | Buffer, options?: { expiration: { type: 'PX'; value: number } }): Promise<unknown>
  unlink(key: string): Promise<number>
  exists(key: string): Promise<number>
  pExpire(key: string, milliseconds: number): Promise<number>
  evalSha(sha: string, options: { keys: string[]; arguments: (string | Buffer)[] }): Promise<unknown>
  eval(script: string, options: { keys: string[]; arguments: (string | Buffer)[] }): Promise<unknown>
  hGet(key: string, field: string): Promise<Buffer | null>
  hmGet(key: string, fields: readonly string[]): Promise<(Buffer | null)[]>
  hSet(key: string, field: string, value: string | Buffer): Promise<unknown>
  hDel(key: string, field: string): Promise<number>
  hExists(key: string, field: string): Promise<number>
}

/** A client of one server: what a cluster or a sentinel has otherwise, or not at all. */
export interface PlainClient extends RedisClient {
  withAbortSignal(signal: AbortSignal): RedisClient
  sendCommand<Reply>(
    args: readonly (string | Buffer)[],
    options: { typeMapping: Record<number, unknown>; abortSignal?: AbortSignal },
  ): Promise<Reply>
}

/** Recognised by its methods: neither class nor dialect tells a Redis client reliably. */
export function isRedisClient(client: unknown): client is RedisClient {
  if (typeof client !== 'object' || client === null || !('isOpen' in client)) return false
  const methods = ['connect', 'withTypeMapping', 'get', 'mGet', 'set', 'unlink', 'exists', 'pExpire']
  return methods.every((name) => typeof Reflect.get(client, name) === 'function')
}

export function isPlain(client: RedisClient): client is PlainClient {
  return 'withAbortSignal' in client
}

/** A cluster has a connection for each node, and tells of none of them whether it is ready. */
export function isCluster(client: RedisClient): boolean {
  return 'slots' in client
}

export interface RedisConnection {
  readonly gate: Gate
  disconnect(): Promise<void>
}

/** One for each client, however many stores use it. */
const connections = new WeakMap<RedisClient, RedisConnection>()

/** The gate in front of a client: it is connected when the first command asks for it, and again when it was given up. */
export function openRedis(client: RedisClient): RedisConnection {
  const known = connections.get(client)
  if (known !== undefined) return known
  const connection = create(client)
  connections.set(client, connection)
  return connection
}

function create(client: RedisClient): RedisConnection {
  let connecting: Promise<void> | undefined
  let closed = false
  let lastError: unknown
  const gate = createGate({
    oneConnection: !isCluster(client),
    problem: () => lastError,
    isReady: () => client.isReady ?? (client.isOpen && connecting === undefined && client.masters?.length !== 0),
    wake: () => {
      if (client.isOpen || connecting !== undefined) return
      if (closed) return gate.fail(new Error('the client was disconnected'))
      const connected = (): void => {
        connecting = undefined
      }
      connecting = client.connect().finally(connected).then(gate.open, gate.fail)
    },
  })
  const ready = (): void => {
    lastError = undefined
    gate.open()
  }
  client.on('ready', ready)
  if (isCluster(client)) client.on('connect', ready) // its user may have connected it
  // Unheard, the event would end the process.
  client.on('error', (error) => {
    lastError = error
  })
  const disconnect = async (): Promise<void> => {
    closed = true
    if (client.isOpen) await client.close()
  }
  return { gate, disconnect }
}
