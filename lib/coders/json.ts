import { types } from 'node:util'
import type { Coder } from '../coder.js'
import { CoderError } from '../errors.js'
import { kindOf } from './kind.js'

/**
 * `JSON.stringify` and `JSON.parse`, with all that they change: a Date comes back as a string, a Map as `{}`.
 * It throws for what has no JSON text at all: `undefined`, functions, symbols, bigints, cycles.
 */
export const json: Coder<unknown, string> = {
  encode: (value) => {
    const text = stringify(value)
    if (text !== undefined) return text
    const wayOut = value === undefined ? "; use 'superjson'" : ''
    throw new CoderError(`coder 'json' cannot represent ${kindOf(value)}: it has no JSON text${wayOut}`)
  },
  decode: (stored) => JSON.parse(stored),
}

function stringify(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch (error) {
    // Of JSON itself; any other error is that of a `toJSON` or a getter.
    const [, reason] = (types.isNativeError(error) && /^(.*(?:BigInt|circular structure).*)/.exec(error.message)) || []
    if (reason === undefined) throw error
    throw new CoderError(`coder 'json' cannot encode ${kindOf(value)}: ${reason}; use 'superjson'`, { cause: error })
  }
}
