import { isDeepStrictEqual } from 'node:util'
import { SuperJSON } from 'superjson'
import type { Coder } from '../coder.js'
import { CoderError } from '../errors.js'
import { type Inspection, inspect } from './inspect.js'
import { kindOf } from './kind.js'
import { rehome } from './rehome.js'

const instance = new SuperJSON({ dedupe: false })

instance.registerCustom<Buffer, string>(
  {
    isApplicable: (value): value is Buffer => Buffer.isBuffer(value),
    serialize: (bytes) => bytes.toString('base64'),
    deserialize: (base64: unknown) => {
      if (typeof base64 === 'string') return Buffer.from(base64, 'base64')
      throw new CoderError(`coder 'superjson' expects base64 for a Buffer, got ${kindOf(base64)}`)
    },
  },
  'Buffer',
)

/**
 * superjson's text: JSON that keeps Date, Map, Set, RegExp, URL, BigInt, `undefined`, typed arrays, errors (as `Error`, by
 * name, message and cause), shared references, and Buffer. Plain superjson reads it, and it reads what plain superjson wrote.
 * It throws for what would be lost without a word: functions, instances of classes, ArrayBuffer, holes in arrays, ...
 */
export const superjson: Coder<unknown, string> = {
  encode: (value) => {
    const found = inspect(value)
    return stringify(found.foreign ? rehome(value) : value, found)
  },
  decode: (stored) => {
    const payload: unknown = JSON.parse(stored)
    if (!isPayload(payload)) throw new CoderError(`coder 'superjson' expects an object with a member 'json'`)
    const value: unknown = instance.deserialize(payload, { inPlace: true })
    // Their paths are resolved through prototypes, so hostile ones can place a function: as `then`, it would hang an `await`.
    if (payload.meta?.referentialEqualities) inspect(value)
    return value
  },
}

function stringify(value: unknown, { cyclic, keyed }: Inspection): string {
  const payload = instance.serialize(value)
  // Restoring a shared member of a Set or key of a Map moves it to the end, and superjson's later paths then hit others.
  // Without them each place has its own copy.
  if (keyed && !cyclic) delete payload.meta?.referentialEqualities
  const text = JSON.stringify(payload)
  if (!cyclic || (!keyed && isDeepStrictEqual(instance.parse(text), value))) return text
  throw new CoderError(`coder 'superjson' cannot restore this cycle; use 'v8', or 'clone' or 'bypass' in memory`)
}

function isPayload(payload: unknown): payload is ReturnType<SuperJSON['serialize']> {
  return typeof payload === 'object' && payload !== null && Object.hasOwn(payload, 'json')
}
