import type { Coder } from '../coder.js'
import { CoderError } from '../errors.js'
import { kindOf } from './kind.js'

/**
 * `JSON.stringify` and `JSON.parse`, with all that they change: a Date comes back as a string, a Map as `{}`.
 * It throws for what has no JSON text at all: `undefined`, functions, symbols, bigints, cycles.
 */
export const json: Coder<unknown, string> = {
  encode: (value) => {
    const text: string | undefined = JSON.stringify(value)
    if (text !== undefined) return text
    throw new CoderError(`coder 'json' cannot represent ${kindOf(value)}: it has no JSON text`)
  },
  decode: (stored) => JSON.parse(stored),
}
