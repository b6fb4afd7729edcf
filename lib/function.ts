/** The function that is wrapped, and its arguments, in types. */

/** Any function that can be wrapped. */
export type AnyFunction = (...args: never[]) => unknown

/** What the function gives, awaited. */
export type ResultOf<F extends AnyFunction> = Awaited<ReturnType<F>>

/** One call in a bulk control: its complete arguments, as an array, or by name where `parameters` (`P`) names them. */
export type ItemOf<F extends AnyFunction, P> = P extends readonly string[]
  ? Parameters<F> | NamedArguments<P, Parameters<F>>
  : Parameters<F>

/** `{ a: number; b?: string }` for the names `['a', 'b']` of the arguments `[number, string?]`. */
export type NamedArguments<P extends readonly string[], Args extends readonly unknown[]> = Flat<Zip<P, Args>>

type Zip<P extends readonly string[], Args extends readonly unknown[]> = P extends readonly [
  infer Name extends string,
  ...infer Names extends readonly string[],
]
  ? Args extends readonly []
    ? unknown
    : Args extends readonly [infer Arg, ...infer Others]
      ? { [N in Name]: Arg } & Zip<Names, Others>
      : Args extends readonly [(infer Arg)?, ...infer Others]
        ? { [N in Name]?: Arg | undefined } & Zip<Names, Others>
        : unknown
  : unknown
type Flat<T> = { [K in keyof T]: T[K] }
