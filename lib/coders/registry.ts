import type { Coder, CoderPair, CoderRegistry } from '../coder.js'
import { OptionError } from '../errors.js'
import { brotli } from './brotli.js'
import { bypass } from './bypass.js'
import { clone } from './clone.js'
import { gzip } from './gzip.js'
import { json } from './json.js'
import { kindOf } from './kind.js'
import { toCoder } from './shape.js'
import { superjson } from './superjson.js'
import { text } from './text.js'
import { v8 } from './v8.js'

const builtIn = {
  bypass,
  clone,
  text,
  json,
  superjson,
  v8,
  gzip: /* @__PURE__ */ gzip(),
  brotli: /* @__PURE__ */ brotli(),
}

/** A registry of your own, with the built-in coders in it: for a library, or a test, that must not name coders for others. */
export function coderRegistry(): CoderRegistry {
  const known = new Map(Object.entries<Coder | CoderPair>(builtIn).map(([name, given]) => [name, entryOf(name, given)]))

  return {
    register: (name, given) => {
      if (typeof name !== 'string' || name === '')
        throw new OptionError(`a coder's name is a non-empty string, got ${kindOf(name)}`)
      const present = known.get(name)
      if (present && present.given !== given) throw new OptionError(`a coder named '${name}' is registered already`)
      known.set(name, present ?? entryOf(name, given))
    },
    get: (name) => known.get(name)?.coder,
    names: () => [...known.keys()],
  }
}

/** The registry that `cached` looks coder names up in. */
export const coders: CoderRegistry = /* @__PURE__ */ coderRegistry()

function entryOf(name: string, given: Coder | CoderPair): { given: unknown; coder: Coder } {
  return { given, coder: toCoder(given, `coder '${name}'`) }
}
