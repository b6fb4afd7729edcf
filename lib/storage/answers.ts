import { kindOf } from '../coders/kind.js'
import { isThenable, type MaybePromise, silence } from '../maybe.js'
import type { Failure, Stored } from './storage.js'

/** What someone else's Storage may answer, for each key. */
export interface Kind<T> {
  readonly name: string
  is(value: unknown): value is T
}

export const entry: Kind<Stored | undefined> = {
  name: '{ value }, or undefined for a miss',
  is: (value): value is Stored | undefined => value === undefined || has(value, 'value') || has(value, 'foreign'),
}

export const outcome: Kind<Failure | undefined> = {
  name: 'undefined where it is stored, else { error }',
  is: (value): value is Failure | undefined => value === undefined || has(value, 'error'),
}

export const told: Kind<boolean> = { name: 'true or false', is: (value) => typeof value === 'boolean' }

export const swapped: Kind<Failure | boolean> = {
  name: 'true, false or { error }',
  is: (value): value is Failure | boolean => typeof value === 'boolean' || has(value, 'error'),
}

/** The answer, or the promise of it, checked: a wrong one fails, it is never taken for a miss or for success. */
export function answerOf<T>(member: string, kind: Kind<T>, answer: unknown): MaybePromise<T> {
  return whenHere(answer, (value) => {
    if (!kind.is(value)) throw wrong(member, kind.name, value)
    return value
  })
}

/** Like `answerOf`, for an answer to each of `count` keys. */
export function answersOf<T>(
  member: string,
  kind: Kind<T>,
  count: number,
  answer: unknown,
): MaybePromise<readonly T[]> {
  return whenHere(answer, (values) => {
    if (!Array.isArray(values)) throw wrong(member, `an array of ${count}`, values)
    if (values.length !== count) throw wrong(member, `an array of ${count}, one for each`, values)
    const at = values.findIndex((value) => !kind.is(value))
    if (at < 0) return values
    values.forEach(silence) // often a list of promises
    throw wrong(member, `for each ${kind.name}`, values[at])
  })
}

/** What was to be answered at once, if it is that. */
export function atHand<T>(kind: Kind<T>, answer: () => unknown): T | undefined {
  try {
    const value = answer()
    if (kind.is(value)) return value
    silence(value)
  } catch {} // the complete way tells of it
  return undefined
}

function whenHere<T>(answer: unknown, check: (value: unknown) => T): MaybePromise<T> {
  return isThenable(answer) ? Promise.resolve(answer).then(check) : check(answer)
}

function wrong(member: string, contract: string, got: unknown): TypeError {
  return new TypeError(`${member} must give ${contract}; got ${isThenable(got) ? 'a promise' : kindOf(got)}`)
}

function has(value: unknown, member: string): boolean {
  return typeof value === 'object' && value !== null && member in value
}
