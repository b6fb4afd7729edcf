/** What a value of type `R` is after the way through a coder: the type of `get` and `decode`. */
export type CoderOutput<C, R> = C extends undefined
  ? R
  : C extends keyof CoderTypes<R>
    ? CoderTypes<R>[C]
    : C extends string
      ? unknown
      : C extends readonly [Decoder, (stored: never) => infer Decoded]
        ? Awaited<Decoded>
        : C extends readonly [infer First, ...unknown[]]
          ? CoderOutput<First, R>
          : C extends { readonly faithful: true }
            ? R
            : C extends { decode(stored: never): infer Decoded }
              ? Awaited<Decoded>
              : unknown

/**
 * What each named coder gives for a value of type `R`; the type side of the registry, open to declaration merging.
 *
 * @example
 * declare module 'ringcache' {
 *   interface CoderTypes<R> { float: number }
 * }
 */
export interface CoderTypes<R> {
  bypass: R
  clone: R
  text: string
  json: Jsonified<R>
  superjson: R
  v8: R
  gzip: Buffer
  brotli: Buffer
}

/** What `JSON.parse(JSON.stringify(value))` gives: `toJSON` is called, functions and symbols go, `undefined` members may be absent. */
export type Jsonified<T> = 0 extends 1 & T
  ? T // `any` stays what it is
  : T extends { toJSON(...args: never): infer J }
    ? Jsonified<J>
    : T extends string | number | boolean | null
      ? T
      : T extends bigint | Dropped
        ? never
        : T extends Opaque
          ? Record<never, never>
          : T extends readonly unknown[]
            ? {
                [I in keyof T]:
                  | Jsonified<Exclude<T[I], Dropped>>
                  | (Extract<T[I], Dropped> extends never ? never : null)
              }
            : T extends object
              ? Flat<JsonMembers<T>>
              : T

type JsonMembers<T> = {
  [K in keyof T as K extends symbol ? never : Extract<T[K], Dropped> extends never ? K : never]: Jsonified<T[K]>
} & {
  [K in keyof T as K extends symbol ? never : MayBeDropped<T[K]> extends true ? K : never]?: Jsonified<
    Exclude<T[K], Dropped>
  >
}

type Decoder = (stored: never) => unknown
type Dropped = undefined | symbol | ((...args: never) => unknown)
type Opaque = ReadonlyMap<unknown, unknown> | ReadonlySet<unknown> | WeakMap<WeakKey, unknown> | WeakSet<WeakKey>
type MayBeDropped<T> = [Extract<T, Dropped>] extends [never]
  ? false
  : [Exclude<T, Dropped>] extends [never]
    ? false
    : true
type Flat<T> = { [K in keyof T]: T[K] }
