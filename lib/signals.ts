/** The `AbortSignal`s among the arguments of a call, at any depth of plain objects and arrays: they are no part of its key. */

/** Every signal in the arguments; `undefined` where there is none. */
export function signalsIn(args: readonly unknown[]): readonly AbortSignal[] | undefined {
  let found: AbortSignal[] | undefined
  for (const arg of args) {
    if (typeof arg !== 'object' || arg === null) continue
    replace(arg, new Set(), (signal) => {
      found ??= []
      found.push(signal)
      return signal
    })
  }
  return found
}

/** The arguments with `signal` in place of every signal. What holds one is copied, all else is the caller's own. */
export function withSignal(args: readonly unknown[], signal: AbortSignal): readonly unknown[] {
  return args.map((arg) => replace(arg, new Set(), () => signal))
}

function replace(value: unknown, within: Set<object>, by: (signal: AbortSignal) => AbortSignal): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof AbortSignal) return by(value)
  const isList = Array.isArray(value)
  if ((!isList && !isPlain(value)) || within.has(value)) return value
  within.add(value)
  let copy: Record<PropertyKey, unknown> | undefined
  for (const [name, member] of Object.entries(value)) {
    const replaced = replace(member, within, by)
    if (replaced === member) continue
    copy ??= (isList ? [...value] : Object.assign(Object.create(Object.getPrototypeOf(value)), value)) as typeof copy
    ;(copy as Record<PropertyKey, unknown>)[name] = replaced // it has just been made
  }
  within.delete(value)
  return copy ?? value
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}
