/** The `AbortSignal`s among the arguments of a call, at any depth of plain objects and arrays: they are no part of its key. */

/**
 * Every signal in the arguments; `undefined` where there is none. What cannot be looked into has none. Ten thousand calls
 * at once ask this: without an object among the arguments it is over with a glance at each.
 */
export function signalsIn(args: readonly unknown[]): readonly AbortSignal[] | undefined {
  for (let i = 0; i < args.length; i++) if (typeof args[i] === 'object') return lookFor(args)
  return undefined
}

function lookFor(args: readonly unknown[]): readonly AbortSignal[] | undefined {
  let found: AbortSignal[] | undefined
  const seen: Seen = new Map()
  try {
    for (const arg of args) {
      replace(arg, seen, (signal) => {
        found ??= []
        found.push(signal)
        return signal
      })
    }
  } catch {
    return undefined
  }
  return found
}

/** The signal in the arguments that is aborted, if one is: nobody waits for a call with these. */
export function abortedIn(args: readonly unknown[]): AbortSignal | undefined {
  return signalsIn(args)?.find(({ aborted }) => aborted)
}

/** The arguments with `signal` in place of every signal. What holds one is copied, all else is the caller's own. */
export function withSignal(args: readonly unknown[], signal: AbortSignal): readonly unknown[] {
  const seen: Seen = new Map()
  return args.map((arg) => replace(arg, seen, () => signal))
}

/** What has become of objects that were met before: of one that is within itself, nothing. */
type Seen = Map<object, unknown>

/** How many objects, and how many members of one, are looked into: a caller's data is no place for its signals. */
const MOST = 1_000

function replace(value: unknown, seen: Seen, by: (signal: AbortSignal) => AbortSignal): unknown {
  if (typeof value !== 'object' || value === null) return value
  const isList = Array.isArray(value)
  if (!isList && !isPlain(value)) return isSignal(value) ? by(value) : value
  if (seen.has(value) || seen.size >= MOST) return seen.has(value) ? seen.get(value) : value
  seen.set(value, value)
  const replaced = isList ? listWith(value, seen, by) : objectWith(value, seen, by)
  seen.set(value, replaced)
  return replaced
}

function listWith(list: readonly unknown[], seen: Seen, by: (signal: AbortSignal) => AbortSignal): readonly unknown[] {
  let copy: unknown[] | undefined
  for (let i = 0; i < Math.min(list.length, MOST); i++) {
    const replaced = replace(list[i], seen, by)
    if (replaced === list[i]) continue
    copy ??= list.slice()
    copy[i] = replaced
  }
  return copy ?? list
}

/** No getter is asked: it may do something. */
function objectWith(object: object, seen: Seen, by: (signal: AbortSignal) => AbortSignal): object {
  let copy: PropertyDescriptorMap | undefined
  for (const name of Object.keys(object).slice(0, MOST)) {
    const property = Reflect.getOwnPropertyDescriptor(object, name)
    const replaced = replace(property?.value, seen, by)
    if (replaced === property?.value) continue
    copy ??= Object.getOwnPropertyDescriptors(object)
    copy[name] = { ...property, value: replaced }
  }
  return copy === undefined ? object : Object.create(Object.getPrototypeOf(object), copy)
}

/** Of any realm, as for keys: what is no part of the key is not to end the run of others. */
function isSignal(value: object): value is AbortSignal {
  const mayBe =
    value instanceof AbortSignal ||
    (Object.prototype.toString.call(value) === '[object AbortSignal]' && 'aborted' in value && 'onabort' in value)
  return mayBe && answers(value as AbortSignal) // by its class, or what it has
}

/** What only looks like a signal throws when it is asked. */
function answers(signal: AbortSignal): boolean {
  try {
    return typeof signal.aborted === 'boolean'
  } catch {
    return false
  }
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}
