import { setMaxListeners } from 'node:events'
import { asBuffer, fromReply } from './client.js'
import { isPlain, openRedis, type RedisClient } from './redis-client.js'
import { isForeignData } from './reply.js'
import { type Attempt, forEach, type Stored } from './storage.js'

const BLOB_STRING = 36
const MOST_KEYS_PER_COMMAND = 1_000

/** Reads that give bytes. */
export type ByteReader = Pick<RedisClient, 'get' | 'mGet' | 'hGet' | 'hmGet'>

/** How a store on Redis sends commands: through the client's gate, and nothing that was given up is sent later. */
export interface RedisCommands {
  read<T>(attempt: Attempt, send: (bytes: ByteReader) => Promise<T>): Promise<T>
  write<T>(attempt: Attempt, send: (client: RedisClient) => Promise<T>): Promise<T>
  disconnect(): Promise<void>
}

export function redisCommands(client: RedisClient): RedisCommands {
  const bytes = byteReader(client)
  const { gate, disconnect } = openRedis(client)
  return {
    read: (attempt, send) => gate.pass(attempt, () => send(bytes)),
    /** A write that was given up on while the client had yet to send it would be sent after a reconnect. */
    write: (attempt, send) => {
      if (!isPlain(client)) return gate.pass(attempt, () => send(client))
      const controller = new AbortController()
      setMaxListeners(0, controller.signal) // each command of a bulk write listens to it
      const abortable = client.withAbortSignal(controller.signal)
      return gate.pass(
        attempt,
        () => send(abortable),
        () => controller.abort(),
      )
    },
    disconnect,
  }
}

/**
 * Reads as bytes over the user's connection, which goes on giving strings to its owner. A plain client is handed the bare
 * command: what its own methods add costs as much as all else here with many in flight.
 */
function byteReader(client: RedisClient): ByteReader {
  const options = { typeMapping: { [BLOB_STRING]: Buffer } }
  if (!isPlain(client)) return client.withTypeMapping(options.typeMapping)
  return {
    get: (key) => client.sendCommand(['GET', key], options),
    mGet: (keys) => client.sendCommand(['MGET', ...keys], options),
    hGet: (key, field) => client.sendCommand(['HGET', key, field], options),
    hmGet: (key, fields) => client.sendCommand(['HMGET', key, ...fields], options),
  }
}

/** A bulk read in commands of a bearable length. */
export async function inChunks(
  keys: readonly string[],
  read: (chunk: readonly string[]) => Promise<(Buffer | null)[]>,
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
