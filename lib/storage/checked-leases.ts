/** The leases of a Storage that someone else wrote, checked for what can be seen of them, and each time for what they answer. */
import { answersOf, type Kind, outcome, told } from './answers.js'
import type { StorageContract } from './contract.js'
import type { Failure, Leases, Storage, Stored } from './storage.js'

const NAMES = ['covers', 'take', 'replace', 'renew', 'release', 'setMany', 'deleteMany'] as const

/** What `leases` must be. */
export const LEASES_CONTRACT = `an object with ${NAMES.join(', ')}`

export function isLeases(given: unknown): given is Leases {
  if (typeof given !== 'object' || given === null) return false
  return NAMES.every((name) => typeof Reflect.get(given, name) === 'function')
}

/** Those of the Storage below would go past what is read and written here, unless that is the same. */
export function leasesOf(its: StorageContract, base: Storage | undefined): Leases | undefined {
  if (its.leases === undefined || its.leases !== base?.leases) return its.leases && checkedLeases(its.leases)
  const names = ['get', 'getMany', 'setMany', 'deleteMany'] as const
  const isAsBelow = names.every((name) => its[name] === base[name])
  return isAsBelow ? base.leases : undefined
}

const grant: Kind<Stored | 'taken' | 'held'> = {
  name: `{ value }, 'taken' or 'held'`,
  is: (answer): answer is Stored | 'taken' | 'held' =>
    answer === 'taken' || answer === 'held' || (typeof answer === 'object' && answer !== null && 'value' in answer),
}

const mark: Kind<string> = { name: 'a string', is: (answer) => typeof answer === 'string' }

const leasedOutcome: Kind<Failure | 'refused' | undefined> = {
  name: `undefined where it is stored, 'refused', or { error }`,
  is: (answer): answer is Failure | 'refused' | undefined => answer === 'refused' || outcome.is(answer),
}

function checkedLeases(its: Leases): Leases {
  return {
    covers: (key) => its.covers(key) === true,
    take: (leases, ttl, anyway, attempt) =>
      answersOf('leases.take', grant, leases.length, its.take(leases, ttl, anyway, attempt)),
    replace: (leases, ttl, attempt) =>
      answersOf('leases.replace', mark, leases.length, its.replace(leases, ttl, attempt)),
    renew: (leases, ttl, attempt) => answersOf('leases.renew', told, leases.length, its.renew(leases, ttl, attempt)),
    release: (leases, attempt) => answersOf('leases.release', told, leases.length, its.release(leases, attempt)),
    setMany: (items, attempt) => answersOf('leases.setMany', leasedOutcome, items.length, its.setMany(items, attempt)),
    deleteMany: (keys, attempt) => answersOf('leases.deleteMany', told, keys.length, its.deleteMany(keys, attempt)),
  }
}
