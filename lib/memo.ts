/** Keys that were made before. */

type Simple = string | number

/** An argument that a Map finds by what its token says: it tells 1 from '1' and takes -0 for 0, as the grammar does. */
export const isSimple = (value: unknown): value is Simple => typeof value === 'string' || typeof value === 'number'

type KeyOf = (args: readonly unknown[]) => string

const MEMO_ENTRIES = 1_000
const MEMO_LENGTH = 256

/**
 * Saves scanning, joining and fitting for one or two simple arguments that came before, and the store the hashing of a
 * new text. It starts anew when full, and long arguments pass it by, so its memory is bounded.
 */
export function remembering(keyOf: KeyOf): KeyOf {
  const ofOne = rememberingOne(keyOf)
  const ofTwo = rememberingTwo(keyOf)
  return (args) => {
    const { length, 0: first, 1: second } = args
    if (length === 1 && isSimple(first)) return ofOne(args, first)
    if (length === 2 && isSimple(first) && isSimple(second)) return ofTwo(args, first, second)
    return keyOf(args)
  }
}

function rememberingOne(keyOf: KeyOf) {
  let keys = new Map<Simple, string>()
  return (args: readonly unknown[], only: Simple): string => {
    const known = keys.get(only)
    if (known !== undefined) return known
    const key = keyOf(args)
    if (isLong(only)) return key
    if (keys.size >= MEMO_ENTRIES) keys = new Map()
    keys.set(only, key)
    return key
  }
}

function rememberingTwo(keyOf: KeyOf) {
  let pairs = new Map<Simple, Map<Simple, string>>()
  let size = 0
  return (args: readonly unknown[], first: Simple, second: Simple): string => {
    const known = pairs.get(first)?.get(second)
    if (known !== undefined) return known
    const key = keyOf(args)
    if (isLong(first) || isLong(second)) return key
    if (size >= MEMO_ENTRIES) {
      pairs = new Map()
      size = 0
    }
    const seconds = pairs.get(first) ?? new Map<Simple, string>()
    pairs.set(first, seconds.set(second, key))
    size += 1
    return key
  }
}

const isLong = (argument: Simple) => typeof argument === 'string' && argument.length > MEMO_LENGTH
