import type { Coder } from '../coder.js'

/**
 * A structured clone either way: what callers do to a result never reaches the cache. It changes what `structuredClone`
 * changes: instances of classes become plain objects, and a Buffer inside an object a `Uint8Array` (a Buffer by itself
 * stays one). It throws for functions, symbols and whatever else cannot be cloned.
 */
export const clone: Coder = { encode: copy, decode: copy, stored: 'any' }

function copy(value: unknown): unknown {
  // structuredClone would make it a Uint8Array over a copy of the whole pool it lies in.
  return Buffer.isBuffer(value) ? Buffer.from(value) : structuredClone(value)
}
