import { types } from 'node:util'
import type { CoderStored, ResolvedCoder } from './coder.js'
import { bypass } from './coders/bypass.js'
import { toBytes, toText, wellFormed } from './coders/convert.js'
import { kindOf } from './coders/kind.js'
import { CoderError } from './errors.js'
import { type MaybePromise, whenReady } from './maybe.js'

/** What a store holds: bytes (given back as a string where they are UTF-8), text, or JavaScript values as they are. */
export type StoreValues = 'bytes' | 'text' | 'objects'

/** A coder fitted to a store. Both functions throw a `CoderError`, or reject with it where the coder is asynchronous. */
export interface Codec {
  /** What messages call the coder. */
  readonly name: string
  /** What the coder's own form is. */
  readonly stored: CoderStored
  /** Whether it is known to answer with promises before it is asked. */
  readonly asynchronous: boolean
  /** Whether what it decodes to is what is stored, the same object each time. */
  readonly asIs: boolean
  /** What the store takes for `value`. */
  encode(value: unknown): MaybePromise<unknown>
  /** The value for exactly what `backend.get(key)` gives. */
  decode(stored: unknown): MaybePromise<unknown>
}

/** Puts between `coder` and the store what turns the one's form into the other's, once and for all calls. */
export function fitCodec(coder: ResolvedCoder, values: StoreValues): Codec {
  const { name } = coder
  const { give, take } = fits[values][coder.stored]
  return {
    name,
    stored: coder.stored,
    asynchronous: coder.asynchronous,
    asIs: take === undefined && coder.decode === bypass.decode,
    encode: give ? (value) => whenReady(coder.encode(value), (encoded) => give(name, encoded)) : coder.encode,
    decode: take ? (stored) => coder.decode(take(name, stored)) : coder.decode,
  }
}

interface Fit {
  /** From what the coder gave to what the store takes. */
  give?: (name: string, encoded: unknown) => unknown
  /** From what the store gave to what the coder takes. */
  take?: (name: string, stored: unknown) => unknown
}

const fits: Record<StoreValues, Record<CoderStored, Fit>> = {
  bytes: {
    text: { give: toWellFormed, take: toText },
    bytes: { take: toBytes },
    any: { give: onlyBytes, take: toBytes },
  },
  text: {
    text: { give: toWellFormed, take: onlyText },
    bytes: { give: toBase64, take: fromBase64 },
    any: {},
  },
  objects: {
    text: { take: onlyText },
    bytes: { give: ownBytes, take: ownBytes },
    any: {},
  },
}

function toWellFormed(name: string, encoded: unknown): string {
  return wellFormed(name, encoded as string) // a 'text' coder resolved gives nothing else
}

function onlyBytes(name: string, encoded: unknown): Uint8Array {
  if (types.isUint8Array(encoded)) return encoded
  throw new CoderError(
    `coder '${name}' gave ${kindOf(encoded)}, and this store holds bytes only; use 'superjson', 'v8', 'json', 'text' for strings, or a coder of your own`,
  )
}

function onlyText(name: string, stored: unknown): string {
  if (typeof stored === 'string') return stored
  throw new CoderError(`coder '${name}' decodes text, got ${kindOf(stored)}`)
}

function toBase64(name: string, encoded: unknown): string {
  return toBytes(name, encoded).toString('base64')
}

function fromBase64(name: string, stored: unknown): Buffer {
  const base64 = onlyText(name, stored)
  const bytes = Buffer.from(base64, 'base64')
  if (bytes.toString('base64') === base64) return bytes
  throw new CoderError(`coder '${name}' decodes bytes, which this store keeps as base64, got text that is not base64`)
}

/** A copy, since what lies in a store of objects must not change with a buffer that someone else still holds. */
function ownBytes(name: string, bytes: unknown): Buffer {
  if (!types.isUint8Array(bytes)) throw new CoderError(`coder '${name}' decodes bytes, got ${kindOf(bytes)}`)
  const copy = Buffer.allocUnsafeSlow(bytes.byteLength) // never a part of the shared pool
  copy.set(bytes)
  return copy
}
