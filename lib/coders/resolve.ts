import { types } from 'node:util'
import type { Coder, CoderOption, CoderRegistry, CoderStored, ResolvedCoder } from '../coder.js'
import { CoderError, OptionError } from '../errors.js'
import { isThenable, type MaybePromise, whenReady } from '../maybe.js'
import { bypass } from './bypass.js'
import { toBytes, toText, wellFormed } from './convert.js'
import { kindOf } from './kind.js'
import { isPair, toCoder } from './shape.js'

/**
 * Makes a `coder` option ready for use. Throws a `CoderError` that lists the known names for an unknown one,
 * and an `OptionError` for what is no coder.
 */
export function resolveCoder(option: CoderOption, registry: CoderRegistry): ResolvedCoder {
  if (!isList(option)) return linkOf(option, registry)
  const [first, ...rest] = option.map((part) => linkOf(part, registry))
  if (!first) throw new OptionError('a list of coders names at least one, got an empty array')
  return rest.reduce(join, first)
}

interface Link extends ResolvedCoder {
  readonly takes: 'bytes' | undefined
}

type Step = (input: unknown) => MaybePromise<unknown>

function isList(option: unknown): option is readonly unknown[] {
  return Array.isArray(option) && !isPair(option)
}

function linkOf(option: unknown, registry: CoderRegistry): Link {
  if (typeof option !== 'string') {
    const coder = toCoder(option, 'coder: what is not a name or a list')
    return guard(coder.name ?? 'custom', coder)
  }
  const coder = registry.get(option)
  if (coder) return guard(option, coder)
  throw new CoderError(`no coder is named '${option}'; known are ${registry.names().join(', ')}`)
}

/** A coder whose every failure is a `CoderError`, and whose output is what it declares. */
function guard(name: string, coder: Coder): Link {
  const { stored = 'text', takes } = coder
  const asynchronous = types.isAsyncFunction(coder.encode) || types.isAsyncFunction(coder.decode)
  const given = { name, stored, takes, asynchronous }
  if (coder === bypass) return { ...given, encode: coder.encode, decode: coder.decode } // nothing in it can fail
  return {
    ...given,
    encode: guarded(name, 'encode', (value) => coder.encode(value), checks[stored]),
    decode: guarded(name, 'decode', (data) => coder.decode(data), checks.any),
  }
}

function guarded(name: string, verb: string, step: Step, check: (name: string, output: unknown) => unknown): Step {
  return (input) => {
    try {
      const output = step(input)
      if (!isThenable(output)) return check(name, output)
      return Promise.resolve(output)
        .then((settled) => check(name, settled))
        .catch((error: unknown) => {
          throw failure(name, verb, input, error)
        })
    } catch (error) {
      throw failure(name, verb, input, error)
    }
  }
}

const checks: Record<CoderStored, (name: string, output: unknown) => unknown> = {
  text: (name, output) => {
    if (typeof output === 'string') return output
    throw new CoderError(
      `coder '${name}' is to encode to a string (stored: 'text'), got ${kindOf(output)}; for bytes say stored: 'bytes'`,
    )
  },
  bytes: (name, output) => {
    if (types.isUint8Array(output)) return output
    throw new CoderError(`coder '${name}' is to encode to a Uint8Array (stored: 'bytes'), got ${kindOf(output)}`)
  },
  any: (_name, output) => output,
}

function failure(name: string, verb: string, input: unknown, cause: unknown): CoderError {
  if (cause instanceof CoderError) return cause
  const reason = types.isNativeError(cause) ? cause.message : `it threw ${kindOf(cause)}`
  return new CoderError(`coder '${name}' cannot ${verb} ${kindOf(input)}: ${reason}`, { cause })
}

/** Two links as one: `inner` first on the way to the store, last on the way back. */
function join(inner: Link, outer: Link): Link {
  const encodeOuter =
    inner.stored === 'text' && outer.takes === 'bytes' ? afterUtf8(inner.name, outer.encode) : outer.encode
  const decodeInner = inner.stored === 'any' ? inner.decode : afterConversion(inner)
  return {
    name: `${inner.name}|${outer.name}`,
    stored: outer.stored,
    takes: inner.takes,
    asynchronous: inner.asynchronous || outer.asynchronous,
    encode: (value) => whenReady(inner.encode(value), encodeOuter),
    decode: (stored) => whenReady(outer.decode(stored), decodeInner),
  }
}

function afterUtf8(name: string, encode: Step): Step {
  // A 'text' link gives nothing but strings: `guard` saw to it.
  return (text) => encode(Buffer.from(wellFormed(name, text as string), 'utf8'))
}

function afterConversion({ name, stored, decode }: Link): Step {
  const convert = stored === 'text' ? toText : toBytes
  return (data) => decode(convert(name, data))
}
