/** The leases and swaps of a Storage that someone else wrote, checked for what can be seen of them, and each time for what they answer. */
import { answersOf, type Kind, outcome, swapped, told } from './answers.js'
import type { StorageContract } from './contract.js'
import type { Failure, Leases, Storage, Stored } from './storage.js'

const NAMES = ['covers', 'take', 'replace', 'renew', 'yield', 'release', 'setMany', 'deleteMany'] as const

/** What `leases` must be. */
export const LEASES_CONTRACT = `an object with ${NAMES.join(', ')}`

export function isLeases(given: unknown): given is Leases {
  if (typeof given !== 'object' || given === null) return false
  return NAMES.every((name) => typeof Reflect.get(given, name) === 'function')
}

/** Those of the Storage below would go past what is read and written here, unless that is the same. */
export function leasesOf(its: StorageContract, base: Storage | undefined): Leases | undefined {
  if (its.leases === undefined || its.leases !== base?.leases) return its.leases && checkedLeases(its.leases)
  return isAsBelow(its, base) ? base.leases : undefined
}

/** Like the leases; and where these are others, those would be fenced which nobody has. */
export function swapsOf(its: StorageContract, base: Storage | undefined): Storage['swapMany'] {
  const { swapMany } = its
  if (swapMany === undefined) return undefined
  if (swapMany !== base?.swapMany) {
    return (swaps, attempt) => answersOf('swapMany', swapped, swaps.length, swapMany.call(its, swaps, attempt))
  }
  const fencesTheSame = its.leases === undefined || its.leases === base.leases
  return isAsBelow(its, base) && fencesTheSame ? swapMany : undefined
}

/** Whether entries are read and written as they are below. */
function isAsBelow(its: StorageContract, base: Storage): boolean {
  const names = ['get', 'getMany', 'setMany', 'deleteMany'] as const
  return names.every((name) => its[name] === base[name])
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
    yield: (leases, ttl, attempt) => answersOf('leases.yield', told, leases.length, its.yield(leases, ttl, attempt)),
    release: (leases, attempt) => answersOf('leases.release', told, leases.length, its.release(leases, attempt)),
    setMany: (items, attempt) => answersOf('leases.setMany', leasedOutcome, items.length, its.setMany(items, attempt)),
    deleteMany: (keys, attempt) => answersOf('leases.deleteMany', told, keys.length, its.deleteMany(keys, attempt)),
  }
}
