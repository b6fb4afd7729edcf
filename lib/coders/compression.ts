import { constants } from 'node:buffer'
import { types } from 'node:util'
import type { Coder } from '../coder.js'
import { CoderError, OptionError } from '../errors.js'
import { kindOf } from './kind.js'

export interface CompressionOptions {
  /** The most bytes that decompression may give; more is a `CoderError`. Default: 64 MiB. */
  maxBytes?: number | undefined
  /** How hard to try, from fast to small; the scale is the format's own. */
  level?: number | undefined
}

const DEFAULT_MAX_BYTES = 64 * 1024 * 1024

type Run = (bytes: Uint8Array) => Promise<Buffer>

/** A coder that compresses bytes. Always asynchronous: whether a coder is must not hang on the size of the value. */
export function compression(name: string, compress: Run, decompress: Run): Coder<Uint8Array, Uint8Array, Buffer> {
  return {
    encode: async (value) => {
      if (types.isUint8Array(value)) return compress(value)
      throw new CoderError(
        `coder '${name}' takes bytes, got ${kindOf(value)}; to compress text write ['text', '${name}'], for other values ['superjson', '${name}']`,
      )
    },
    decode: async (stored) => decompress(stored),
    stored: 'bytes',
    takes: 'bytes',
  }
}

/** What one of zlib's functions gives its callback, as a promise. */
export function promised(run: (done: (error: Error | null, bytes: Buffer) => void) => void): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    run((error, bytes) => {
      if (error === null) resolve(bytes)
      else reject(error)
    })
  })
}

/** `maxBytes`, checked. */
export function boundOf(name: string, { maxBytes = DEFAULT_MAX_BYTES }: CompressionOptions): number {
  return checked(`${name}({ maxBytes })`, maxBytes, 1, constants.MAX_LENGTH)
}

/** `level`, checked against the format's scale. */
export function levelOf(name: string, level: number, lowest: number, highest: number): number {
  return checked(`${name}({ level })`, level, lowest, highest)
}

function checked(option: string, value: number, lowest: number, highest: number): number {
  if (Number.isInteger(value) && value >= lowest && value <= highest) return value
  throw new OptionError(`${option} is a whole number from ${lowest} to ${highest}, got ${String(value)}`)
}
