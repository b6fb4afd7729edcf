import { isDeepStrictEqual } from 'node:util'
import type { Common } from './call.js'
import type { Codec } from './codec.js'
import { difference } from './difference.js'
import { CoderError, messageOf } from './errors.js'
import { isThenable, type MaybePromise, whenReady } from './maybe.js'

/** The first writes of a function, and one of so many after them. */
const FIRST = 3
const EVERY = 100
/** Longer forms would be felt. */
const LONGEST = 2 ** 20

/**
 * Looks, at some writes, whether the coder's output decodes to the value again. At once where the coder is synchronous:
 * later the value may be another. Nothing of it reaches the write.
 */
export function sample(context: Common, value: unknown, encoding: MaybePromise<unknown>): void {
  const { codec, observed } = context
  // A coder of the user's might change what it decodes, and an object is stored as it is.
  const isObject = codec.stored === 'any' && codec.name !== 'clone'
  if (!observed.samples || observed.loss !== undefined || isObject) return
  observed.writes += 1
  if (observed.writes > FIRST && observed.writes % EVERY !== 0) return
  const loss = whenReady(encoding, (encoded) => lossOf(codec, value, encoded))
  if (isThenable(loss))
    confirm(context, value, encoding, loss).catch(() => {}) // the write tells of what fails
  else observed.loss = loss
}

function lossOf(codec: Codec, value: unknown, encoded: unknown): MaybePromise<string | undefined> {
  if (isLong(encoded)) return undefined
  try {
    const decoded = codec.decode(encoded)
    return isThenable(decoded)
      ? decoded.then((later) => difference(value, later), unreadable)
      : difference(value, decoded)
  } catch (error) {
    return unreadable(error)
  }
}

function isLong(encoded: unknown): boolean {
  return (typeof encoded === 'string' || encoded instanceof Uint8Array) && encoded.length > LONGEST
}

/** Whatever else is thrown comes of looking at the value, and tells nothing of the coder. */
function unreadable(error: unknown): string | undefined {
  return error instanceof CoderError ? `what it gave cannot be read: ${messageOf(error)}` : undefined
}

/** While the coder took its time, the value's owner may have changed it: then it codes to something else now. */
async function confirm(
  { codec, observed }: Common,
  value: unknown,
  encoding: MaybePromise<unknown>,
  pending: Promise<string | undefined>,
): Promise<void> {
  const loss = await pending
  if (loss !== undefined && isDeepStrictEqual(await codec.encode(value), await encoding)) observed.loss = loss
}
