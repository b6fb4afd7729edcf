import type { MaybePromise } from './maybe.js'

/** What a coder's stored form is: text, bytes, or any JavaScript value. */
export type CoderStored = 'text' | 'bytes' | 'any'

/**
 * A pair of functions between values and what is stored; either may be asynchronous.
 * Ring's `encode` and `decode`, in one object with the type that they agree on.
 *
 * @example
 * const float: Coder<number, string> = { encode: (value) => String(value), decode: (stored) => Number(stored) }
 */
export interface Coder<Value = unknown, Stored = unknown, Decoded = Value> {
  /** What is stored for `value`: a string, a `Uint8Array` or anything, as `stored` says. It throws for what it cannot represent. */
  encode(value: Value): Stored | Promise<Stored>
  /** The value again. It gets a string, a `Buffer` or anything, as `stored` says, and throws for data that it does not understand. */
  decode(stored: Stored): Decoded | Promise<Decoded>
  /** What `encode` gives and `decode` gets. `undefined`: `'text'`. */
  readonly stored?: CoderStored | undefined
  /** What `encode` wants of the coder before it in a list: `'bytes'` has text given as UTF-8 bytes. `undefined`: whatever comes. */
  readonly takes?: 'bytes' | undefined
  /** What messages call the coder. `undefined`: the name it is registered by, else `custom`. */
  readonly name?: string | undefined
}

/** A coder that gives back what it was given: `get` and `decode` have the type of the function's own result. */
export interface FaithfulCoder<Stored = unknown> extends Coder<unknown, Stored> {
  readonly faithful: true
}

/** `[encode, decode]`: a coder whose stored form is text. */
export type CoderPair = readonly [encode: Coder['encode'], decode: Coder['decode']]

/**
 * A name in the registry, a coder, an `[encode, decode]` pair, or a list of names and coders, which is applied
 * left to right on the way to the store and right to left on the way back: `['superjson', 'gzip']`.
 */
export type CoderOption = CoderName | Coder | CoderPair | readonly (CoderName | Coder)[]

/** A registered name. The built-in ones are spelled out for editors; any other string is looked up when the function is wrapped. */
export type CoderName =
  | 'bypass'
  | 'clone'
  | 'text'
  | 'json'
  | 'superjson'
  | 'v8'
  | 'gzip'
  | 'brotli'
  | (string & Record<never, never>)

/** Coders by name. */
export interface CoderRegistry {
  /**
   * Makes `coder` known as `name`. A name is given once, since functions in other files rely on what it means:
   * throws an `OptionError` for a name that is taken (unless by this very object), an empty name, and what is no coder.
   */
  register(name: string, coder: Coder | CoderPair): void
  /** The coder with this name, or `undefined`. */
  get(name: string): Coder | undefined
  /** All names, the built-in ones first. */
  names(): string[]
}

/**
 * A `CoderOption` made ready: `encode` gives a string for `'text'`, a `Uint8Array` for `'bytes'`.
 * Every failure is a `CoderError`. Both are synchronous where the coder is.
 */
export interface ResolvedCoder {
  /** What messages call it: `superjson`, `superjson|gzip`, `custom`. */
  readonly name: string
  readonly stored: CoderStored
  /** Whether it is known to answer with promises before it is asked: a function of it is declared `async`. */
  readonly asynchronous: boolean
  encode(value: unknown): MaybePromise<unknown>
  decode(stored: unknown): MaybePromise<unknown>
}
