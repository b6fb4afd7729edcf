import { Buffer } from 'node:buffer'
import { setMaxListeners } from 'node:events'
import { gatheredOf } from '../gathered.js'
import { nodeCrypto, once } from '../on-demand.js'
import { asBuffer, fromReply } from './client.js'
import { isPlain, openRedis, type PlainClient, type RedisClient } from './redis-client.js'
import { isForeignData } from './reply.js'
import { type Attempt, forEach, type Stored } from './storage.js'

// By the type of a string in the protocol.
const BYTES = { 36: Buffer }
const TEXT = { 36: String }
const MOST_KEYS_PER_COMMAND = 1_000

/** Reads that give bytes. */
export type ByteReader = Pick<RedisClient, 'get' | 'mGet' | 'hGet' | 'hmGet'>

/** Reads that give text: what is not UTF-8 has `U+FFFD` in it. */
export interface TextReader {
  get(key: string): Promise<string | null>
  mGet(keys: readonly string[]): Promise<(string | null)[]>
}

/** How a store on Redis sends commands: through the client's gate, and nothing that was given up is sent later. */
export interface RedisCommands {
  read<T>(attempt: Attempt, send: (bytes: ByteReader) => Promise<T>): Promise<T>
  /** Like `read`; `undefined` where the client gives bytes alone. */
  readonly readText: (<T>(attempt: Attempt, send: (text: TextReader) => Promise<T>) => Promise<T>) | undefined
  write<T>(attempt: Attempt, send: (client: RedisClient) => Promise<T>): Promise<T>
  /** Like `write`, for scripts. Text in a reply comes as bytes. */
  script<T>(attempt: Attempt, send: (run: RunScript) => Promise<T>): Promise<T>
  disconnect(): Promise<void>
}

/** A Lua script, which the server knows by its hash once it has run. */
export interface Script {
  readonly text: string
  readonly sha: string
}

export type RunScript = (script: Script, keys: string[], args: (string | Buffer)[]) => Promise<unknown>

export function scriptOf(text: () => string): Script {
  const sha = once(() => nodeCrypto().createHash('sha1').update(text()).digest('hex'))
  return {
    get text() {
      return text()
    },
    get sha() {
      return sha()
    },
  }
}

export function redisCommands(client: RedisClient): RedisCommands {
  const bytes = byteReader(client)
  const text = isPlain(client) ? textReader(client) : undefined
  const { gate, disconnect } = openRedis(client)
  const gathered = gatheredOf(client)
  /** A write that was given up on while the client had yet to send it would be sent after a reconnect. */
  const guarded = <T>(attempt: Attempt, send: (signal?: AbortSignal) => Promise<T>): Promise<T> => {
    gathered.batch?.send()
    if (!isPlain(client)) return gate.pass(attempt, () => send())
    const controller = new AbortController()
    setMaxListeners(0, controller.signal) // each command of a bulk write listens to it
    return gate.pass(
      attempt,
      () => send(controller.signal),
      () => controller.abort(),
    )
  }
  return {
    read: (attempt, send) => gate.pass(attempt, () => send(bytes)),
    readText: text && ((attempt, send) => gate.pass(attempt, () => send(text))),
    write: (attempt, send) =>
      guarded(attempt, (signal) =>
        send(signal !== undefined && isPlain(client) ? client.withAbortSignal(signal) : client),
      ),
    script: (attempt, send) => guarded(attempt, (signal) => send(scriptRunner(client, signal))),
    disconnect: () => {
      gathered.batch?.send()
      return disconnect()
    },
  }
}

/** A server that was restarted, or took over, has to be told the script again. */
function scriptRunner(client: RedisClient, abortSignal: AbortSignal | undefined): RunScript {
  const evaluate = evaluator(client, abortSignal)
  return async (script, keys, args) => {
    try {
      return await evaluate('EVALSHA', script.sha, keys, args)
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error
      return evaluate('EVAL', script.text, keys, args)
    }
  }
}

type Evaluate = (
  command: 'EVALSHA' | 'EVAL',
  script: string,
  keys: string[],
  args: (string | Buffer)[],
) => Promise<unknown>

/** Of a client that was made to give bytes, `withAbortSignal` would be lost: a plain one is handed the bare command. */
function evaluator(client: RedisClient, abortSignal: AbortSignal | undefined): Evaluate {
  if (isPlain(client)) {
    const options = { typeMapping: BYTES, ...(abortSignal && { abortSignal }) }
    return (command, script, keys, args) =>
      client.sendCommand([command, script, String(keys.length), ...keys, ...args], options)
  }
  const bytes = client.withTypeMapping(BYTES)
  return (command, script, keys, args) => {
    const options = { keys, arguments: args }
    return command === 'EVAL' ? bytes.eval(script, options) : bytes.evalSha(script, options)
  }
}

/**
 * Reads as bytes over the user's connection, which goes on giving strings to its owner. A plain client is handed the bare
 * command: what its own methods add costs as much as all else here with many in flight.
 */
function byteReader(client: RedisClient): ByteReader {
  const options = { typeMapping: BYTES }
  if (!isPlain(client)) return client.withTypeMapping(BYTES)
  return {
    get: (key) => client.sendCommand(['GET', key], options),
    mGet: (keys) => client.sendCommand(['MGET', ...keys], options),
    hGet: (key, field) => client.sendCommand(['HGET', key, field], options),
    hmGet: (key, fields) => client.sendCommand(['HMGET', key, ...fields], options),
  }
}

function textReader(client: PlainClient): TextReader {
  const options = { typeMapping: TEXT }
  return {
    get: (key) => client.sendCommand(['GET', key], options),
    mGet: (keys) => client.sendCommand(['MGET', ...keys], options),
  }
}

/** A bulk read in commands of a bearable length. */
export async function inChunks(
  keys: readonly string[],
  read: (chunk: readonly string[]) => Promise<(Buffer | string | null)[]>,
): Promise<(Stored | undefined)[]> {
  if (keys.length <= MOST_KEYS_PER_COMMAND) return (await read(keys)).map(fromReply)
  const chunks: string[][] = []
  for (let i = 0; i < keys.length; i += MOST_KEYS_PER_COMMAND) chunks.push(keys.slice(i, i + MOST_KEYS_PER_COMMAND))
  return (await forEach(chunks, read)).flat().map(fromReply)
}

/** What a read gives where the key holds another type. */
export function foreignOrThrow(error: unknown): Stored {
  if (isForeignData(error)) return { value: undefined, foreign: error }
  throw error
}

/** An encoded value as the client takes it. */
export function sendable(value: unknown): string | Buffer {
  return typeof value === 'string' ? value : asBuffer(value)
}

/** Redis refuses a `PX` whose sum with its clock overflows 64 bits; this is 285,000 years. */
const LONGEST_TTL = Number.MAX_SAFE_INTEGER

/** A `ttl` in the whole milliseconds that Redis takes. */
export function milliseconds(ttl: number): number {
  return Math.min(Math.ceil(ttl), LONGEST_TTL)
}
