import type { Coder } from '../coder.js'
import { nodeV8 } from '../on-demand.js'

/**
 * A structured clone as bytes, the counterpart of Python's pickle: Date, Map, Set, BigInt, errors, cycles, ArrayBuffer,
 * Buffer. Instances of classes come back as plain objects. It throws for functions, symbols and promises.
 * The format is V8's own: a newer Node.js reads what an older one wrote, not always the other way round.
 */
export const v8: Coder<unknown, Uint8Array> = {
  encode: (value) => nodeV8().serialize(value),
  // A copy, because the typed arrays that `deserialize` gives are views of the bytes it was given.
  decode: (stored) => nodeV8().deserialize(new Uint8Array(stored)),
  stored: 'bytes',
}
