import type { Coder, CoderPair } from '../coder.js'
import { OptionError } from '../errors.js'
import { kindOf } from './kind.js'

/** The coder that `given` is or, as an `[encode, decode]` pair, stands for. Throws an `OptionError` that begins with `who`. */
export function toCoder(given: unknown, who: string): Coder {
  if (isPair(given)) return { encode: given[0], decode: given[1] }
  if (isCoder(given)) return given
  throw new OptionError(
    `${who} is an object { encode, decode, stored?: 'text' | 'bytes' | 'any', takes?: 'bytes', name?: string } or an [encode, decode] pair, got ${kindOf(given)}`,
  )
}

/** Two functions, and nothing else, in an array. */
export function isPair(given: unknown): given is CoderPair {
  return Array.isArray(given) && given.length === 2 && given.every((part) => typeof part === 'function')
}

function isCoder(given: unknown): given is Coder {
  if (typeof given !== 'object' || given === null) return false
  const {
    encode,
    decode,
    stored = 'text',
    takes = 'bytes',
    name = 'custom',
  } = given as Partial<Record<keyof Coder, unknown>> // being checked
  return (
    typeof encode === 'function' &&
    typeof decode === 'function' &&
    (stored === 'text' || stored === 'bytes' || stored === 'any') &&
    takes === 'bytes' &&
    typeof name === 'string'
  )
}
