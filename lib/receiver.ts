/** On whose behalf a function runs: the part of a key that comes of `this`. */
import { kindOf } from './coders/kind.js'
import { KeyError } from './errors.js'
import { percentEncoded } from './escape.js'
import { silence } from './maybe.js'
import { ringKey } from './token.js'

/**
 * The receiver's part of a key: what its `[ringKey]()` gives, else, for a class, its name.
 *
 * @throws KeyError for a receiver that does not say what identifies it
 */
export function receiverPart(receiver: unknown): string {
  if (!isReceiver(receiver)) {
    throw new KeyError(
      `this function runs with a receiver, and \`this\` is ${kindOf(receiver)}: call it as a method of its object, or bind it first: fn.bind(object).update(), or controlsOf(object, 'name').update()`,
    )
  }
  const own: unknown = Reflect.get(receiver, ringKey)
  if (typeof own === 'function') return receiverText(own.call(receiver))
  if (typeof receiver === 'function') return className(receiver)
  throw new KeyError(
    `${nameOf(receiver)} does not say what identifies it in a key: add a [ringKey]() method that gives a string, a number or a bigint`,
  )
}

/** What can be a receiver at all. */
export function isReceiver(receiver: unknown): receiver is object {
  return typeof receiver === 'function' || (typeof receiver === 'object' && receiver !== null)
}

/**
 * The receiver's part of a key, from what its `[ringKey]()` gave: verbatim but for what could end it or break a line.
 *
 * @throws KeyError unless it is a non-empty string, a number (`NaN` is none: every lost one is the same) or a bigint
 */
export function receiverText(identity: unknown): string {
  const isNumber = typeof identity === 'bigint' || (typeof identity === 'number' && !Number.isNaN(identity))
  if (isNumber) return String(identity)
  if (typeof identity === 'string' && identity !== '') {
    return PLAIN.test(identity) ? identity : identity.replace(UNSAFE, percentEncoded)
  }
  silence(identity)
  throw new KeyError(
    `the [ringKey]() of a receiver must give a non-empty string, a number or a bigint; it gave ${shown(identity)}`,
  )
}

function shown(identity: unknown): string {
  if (identity === '') return '""'
  return Number.isNaN(identity) ? 'NaN' : kindOf(identity)
}

/** Nearly all identities; others are looked at more closely. */
const PLAIN = /^[^%:\s\p{Cc}\p{Cs}]+$/u
const UNSAFE = /[%\s\p{Cc}\p{Cs}]|(?<=^|:):|:$/gu

function className({ name }: { readonly name: unknown }): string {
  if (typeof name === 'string' && name !== '') return receiverText(name)
  throw new KeyError('a class without a name cannot stand in a key: name it, or add a static [ringKey]() to it')
}

function nameOf(receiver: object): string {
  const name: unknown = receiver.constructor?.name // absent where a prototype chain has none
  return typeof name === 'string' && name !== '' && name !== 'Object' ? `an instance of ${name}` : 'this object'
}
