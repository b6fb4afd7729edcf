import { isUtf8 } from 'node:buffer'
import { toUSVString, types } from 'node:util'
import { CoderError } from '../errors.js'
import { kindOf } from './kind.js'

/** `stored` as the text that coder `name` decodes; bytes must be valid UTF-8. */
export function toText(name: string, stored: unknown): string {
  if (typeof stored === 'string') return stored
  if (!types.isUint8Array(stored)) throw new CoderError(`coder '${name}' decodes text, got ${kindOf(stored)}`)
  const text = bufferOver(stored).toString()
  // What is not UTF-8 leaves this character behind, which may also stand there by itself.
  if (!text.includes('\uFFFD') || isUtf8(stored)) return text
  throw new CoderError(`coder '${name}' decodes text, got bytes that are not UTF-8`)
}

/** `stored` as the bytes that coder `name` decodes; text is taken as UTF-8. */
export function toBytes(name: string, stored: unknown): Buffer {
  if (typeof stored === 'string') return Buffer.from(stored, 'utf8')
  if (types.isUint8Array(stored)) return bufferOver(stored)
  throw new CoderError(`coder '${name}' decodes bytes, got ${kindOf(stored)}`)
}

/** `text`, unless UTF-8 would change it without a word. */
export function wellFormed(name: string, text: string): string {
  if (toUSVString(text) === text) return text
  throw new CoderError(`coder '${name}' gave text with a lone surrogate, which UTF-8 cannot represent`)
}

function bufferOver(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
