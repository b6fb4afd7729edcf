import type { Coder } from '../coder.js'
import { CoderError } from '../errors.js'
import { kindOf } from './kind.js'

/** A string as it is. It throws for anything else. */
export const text: Coder<string, string> = {
  encode: (value) => {
    if (typeof value === 'string') return value
    throw new CoderError(`coder 'text' takes strings, got ${kindOf(value)}`)
  },
  decode: (stored) => stored,
}
