import { kindOf } from './coders/kind.js'
import { ActionError } from './errors.js'

/**
 * The arguments of each item of a bulk control: an array of them, or an object of the named ones.
 *
 * @throws ActionError for an item that is neither
 */
export function listOfArguments(items: readonly unknown[], parameters: readonly string[] | undefined): unknown[][] {
  return items.map((item) => argumentsOf(item, parameters))
}

/** What `setMany` was given. @throws ActionError unless it is two lists of the same length */
export function checkedLists(items: unknown, values: unknown): [items: unknown[], values: unknown[]] {
  if (Array.isArray(items) && Array.isArray(values) && items.length === values.length) return [items, values]
  const got = [items, values].map((list) => (Array.isArray(list) ? list.length : typeof list)).join(' and ')
  throw new ActionError(`setMany takes a list of arguments and a list of values of the same length, got ${got}`)
}

function argumentsOf(item: unknown, parameters: readonly string[] | undefined): unknown[] {
  if (Array.isArray(item)) return [...item] // the caller may use its own again while the function runs
  if (parameters !== undefined && isPlainObject(item)) return namedArguments(item, parameters)
  const orNamed = parameters === undefined ? '' : `, or an object of ${parameters.join(', ')}`
  throw new ActionError(
    `each item of a bulk action is the complete arguments as an array, as in getMany([1], [2])${orNamed}; got ${kindOf(item)}`,
  )
}

/** As many as the last one that is there: the same call as by position. */
function namedArguments(item: object, parameters: readonly string[]): unknown[] {
  const names = Object.keys(item)
  const unknown = names.find((name) => !parameters.includes(name))
  if (unknown !== undefined) {
    throw new ActionError(`no parameter is named '${unknown}'; the parameters are ${parameters.join(', ')}`)
  }
  const last = Math.max(-1, ...names.map((name) => parameters.indexOf(name)))
  return parameters.slice(0, last + 1).map((name) => (Object.hasOwn(item, name) ? Reflect.get(item, name) : undefined))
}

function isPlainObject(item: unknown): item is object {
  if (typeof item !== 'object' || item === null) return false
  const prototype: unknown = Object.getPrototypeOf(item)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}
