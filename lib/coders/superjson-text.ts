import { isDeepStrictEqual } from 'node:util'
import { SuperJSON } from 'superjson'
import type { Coder } from '../coder.js'
import { CoderError } from '../errors.js'
import { type Inspection, type Inspector, inspect } from './inspect.js'
import { kindOf } from './kind.js'
import { rehome } from './rehome.js'
import { createReviver, type Payload } from './revive.js'

/**
 * A coder to superjson's text, in which instances of the inspector's classes may be. If it has any, what a value may be
 * is the same on both ways, and there is an instance in it wherever there are plain objects.
 */
export function superjsonText(inspector: Inspector): Coder<unknown, string> {
  const { name, classes } = inspector
  const writer = withBuffer(name)
  for (const known of classes.values()) {
    // superjson never constructs: it asks for no more than the prototype, and goes by its `constructor`.
    writer.registerClass(known.prototype.constructor as RegisteredClass, known.name)
  }
  const revive = createReviver(name, withBuffer(name), classes)

  return {
    encode: (value) => {
      const found = admit(value)
      return stringify(found.foreign ? rehome(value) : value, found)
    },
    decode: (stored) => {
      const payload: unknown = JSON.parse(stored)
      if (!isPayload(payload)) throw new CoderError(`coder '${name}' expects an object with a member 'json'`)
      const value = revive(payload)
      // Their paths are resolved through prototypes, so hostile ones can place a function: as `then`, it would hang an `await`.
      if (classes.size > 0 || payload.meta?.referentialEqualities) admit(value)
      return value
    },
  }

  function admit(value: unknown): Inspection {
    const found = inspect(value, inspector)
    if (classes.size === 0 || found.instances || !found.plain) return found
    throw new CoderError(
      `coder '${name}' takes plain objects only beside an instance of a class of its own, and there is none in this value; ` +
        `use 'superjson' for plain objects`,
    )
  }

  function stringify(value: unknown, { cyclic, keyed }: Inspection): string {
    const payload = writer.serialize(value)
    // Restoring a shared member of a Set or key of a Map moves it to the end, and superjson's later paths then hit others.
    // Without them each place has its own copy.
    if (keyed && !cyclic) delete payload.meta?.referentialEqualities
    const text = JSON.stringify(payload)
    if (!cyclic || (!keyed && isDeepStrictEqual(revive(JSON.parse(text)), value))) return text
    throw new CoderError(`coder '${name}' cannot restore this cycle; use 'v8', or 'clone' or 'bypass' in memory`)
  }
}

type RegisteredClass = Parameters<SuperJSON['registerClass']>[0]

/** superjson with Buffer as base64. */
function withBuffer(name: string): SuperJSON {
  const instance = new SuperJSON({ dedupe: false })
  instance.registerCustom<Buffer, string>(
    {
      isApplicable: (value): value is Buffer => Buffer.isBuffer(value),
      serialize: (bytes) => bytes.toString('base64'),
      deserialize: (base64: unknown) => {
        if (typeof base64 === 'string') return Buffer.from(base64, 'base64')
        throw new CoderError(`coder '${name}' expects base64 for a Buffer, got ${kindOf(base64)}`)
      },
    },
    'Buffer',
  )
  return instance
}

function isPayload(payload: unknown): payload is Payload {
  return typeof payload === 'object' && payload !== null && Object.hasOwn(payload, 'json')
}
