import type { Codec } from '../codec.js'
import { CoderError } from '../errors.js'
import { isThenable, silence } from '../maybe.js'

/** A codec that answers at once, or throws. @throws CoderError for one that is known to answer with promises */
export function synchronous(codec: Codec): Codec {
  const { name } = codec
  if (codec.asynchronous) throw refusal(name)
  const now = (output: unknown): unknown => {
    if (!isThenable(output)) return output
    silence(output)
    throw refusal(name)
  }
  return { ...codec, encode: (value) => now(codec.encode(value)), decode: (stored) => now(codec.decode(stored)) }
}

function refusal(name: string): CoderError {
  return new CoderError(
    `cachedSync takes synchronous coders, and '${name}' answers with a promise: use another coder, or cached`,
  )
}
