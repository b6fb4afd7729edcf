import type { Keyv } from 'keyv'
import { kindOf } from '../coders/kind.js'
import { KeyError, OptionError, type StoreFailure, UnsupportedError } from '../errors.js'
import { isThenable, silence, whenReady } from '../maybe.js'
import { answerOf, answersOf, atHand, entry, outcome, told } from './answers.js'
import { isLeases, LEASES_CONTRACT, leasesOf, swapsOf } from './checked-leases.js'
import { clientKeyv } from './client.js'
import type { StorageContract } from './contract.js'
import { isKeyv } from './keyv.js'
import type { Attempt, Capabilities, Driver, Leases, Storage, Stored } from './storage.js'

/**
 * A Storage that someone else wrote, complete: checked now for what can be seen of it, and each time for what it answers.
 * `who` is what messages call it, `base` the Storage that it stands in for.
 *
 * @throws OptionError for what is no Storage
 */
export function checkedStorage(given: unknown, who: string, base?: Storage): Storage {
  const its = checkedMembers(given, who)
  const leases = leasesOf(its, base)
  const capabilities = checkedCapabilities(its, leases, who)
  const { touchMany } = its
  const swapMany = swapsOf(its, base)
  if (swapMany && capabilities.values === 'objects') {
    throw new OptionError(`${who}: it has swapMany, so capabilities.values must be 'bytes' or 'text', got 'objects'`)
  }
  const ownOf = <N extends 'get' | 'hasMany' | 'peek'>(name: N) => (its[name] === base?.[name] ? undefined : its[name])
  const [get, hasMany] = its.getMany === base?.getMany ? [its.get, its.hasMany] : [ownOf('get'), ownOf('hasMany')]
  const peek = its.getMany === base?.getMany && its.get === base?.get ? its.peek : ownOf('peek')
  const getMany: Storage['getMany'] = (keys, attempt) =>
    answersOf('getMany', entry, keys.length, its.getMany(keys, attempt))
  const driver: Driver = {
    name: its.name,
    identity: its.identity ?? base?.identity ?? its,
    capabilities,
    wholeSeconds: its.wholeSeconds ?? base?.wholeSeconds ?? false,
    fit: (key, functionPart) => fitted(its.fit ? its.fit(key, functionPart) : (base?.fit(key, functionPart) ?? key)),
    check: (key) => (its.check ? its.check(key) : base?.check(key)),
    failure: (error) => (its.failure ? understood(its.failure(error)) : (base?.failure(error) ?? 'connection')),
    ...(peek && { peek: (key: string) => atHand(entry, () => peek.call(its, key)) }),
    get: (key, attempt) =>
      get
        ? answerOf('get', entry, get.call(its, key, attempt))
        : whenReady(getMany([key], attempt), ([found]) => found),
    getMany,
    setMany: (items, attempt) => answersOf('setMany', outcome, items.length, its.setMany(items, attempt)),
    deleteMany: (keys, attempt) => answersOf('deleteMany', told, keys.length, its.deleteMany(keys, attempt)),
    hasMany: (keys, attempt) =>
      hasMany
        ? answersOf('hasMany', told, keys.length, hasMany.call(its, keys, attempt))
        : whenReady(getMany(keys, attempt), (found) => found.map(isOurs)),
    ...(touchMany && {
      touchMany: (keys: readonly string[], ttl: number, attempt: Attempt) =>
        answersOf('touchMany', told, keys.length, touchMany.call(its, keys, ttl, attempt)),
    }),
    ...(swapMany && { swapMany }),
    ...(leases && { leases }),
  }
  const backend = its.backend ?? base?.backend ?? clientKeyv(driver, its, async () => {}, noClear)
  return { ...driver, backend: checkedBackend(backend, who) }
}

async function noClear(): Promise<void> {
  throw new UnsupportedError('a Storage of your own has no clear(): give it a backend that has')
}

const REQUIRED = ['getMany', 'setMany', 'deleteMany'] as const
const OPTIONAL = ['peek', 'fit', 'check', 'failure', 'get', 'hasMany', 'touchMany', 'swapMany'] as const

function checkedMembers(given: unknown, who: string): StorageContract {
  if (isThenable(given)) {
    silence(given)
    throw new OptionError(`${who} must be a Storage, got a promise: await it first`)
  }
  if (typeof given !== 'object' || given === null) {
    throw new OptionError(`${who} must be a Storage (name, capabilities, ${REQUIRED.join(', ')}), got ${kindOf(given)}`)
  }
  const its = given as Partial<StorageContract> // what it really has is looked at here
  const member = (name: keyof StorageContract, contract: string, holds: boolean): void => {
    if (!holds) throw new OptionError(`${who}: ${name} must be ${contract}, got ${kindOf(its[name])}`)
  }
  member('name', 'a non-empty string', typeof its.name === 'string' && its.name !== '')
  for (const name of REQUIRED) member(name, 'a function', typeof its[name] === 'function')
  for (const name of OPTIONAL)
    member(name, 'a function, if given', ['function', 'undefined'].includes(typeof its[name]))
  member('wholeSeconds', 'a boolean, if given', ['boolean', 'undefined'].includes(typeof its.wholeSeconds))
  member('identity', 'an object, if given', its.identity === undefined || isObject(its.identity))
  member('leases', `${LEASES_CONTRACT}, if given`, its.leases === undefined || isLeases(its.leases))
  member('capabilities', 'an object', isObject(its.capabilities))
  return its as StorageContract // all that is required is there
}

const CAPABILITIES: { readonly [Name in keyof Capabilities]: readonly Capabilities[Name][] } = {
  expiry: ['native', 'envelope', 'none'],
  touch: ['native', 'rewrite'],
  many: ['native', 'each'],
  values: ['bytes', 'text', 'objects'],
  deleteTells: [true, false],
  lease: ['atomic', 'best-effort', 'process'],
}

function checkedCapabilities(
  { capabilities, touchMany, leases: given }: StorageContract,
  leases: Leases | undefined,
  who: string,
): Capabilities {
  for (const [name, known] of Object.entries(CAPABILITIES)) {
    const value: unknown = Reflect.get(capabilities, name)
    if ((known as readonly unknown[]).includes(value) || (name === 'lease' && value === undefined)) continue
    throw new OptionError(`${who}: capabilities.${name} must be ${known.map(shown).join(' or ')}, got ${shown(value)}`)
  }
  const { expiry, touch, many, values, deleteTells, lease = 'process' } = capabilities
  if ((touch === 'native') !== (touchMany !== undefined)) {
    throw new OptionError(
      touchMany
        ? `${who}: it has touchMany, so capabilities.touch must be 'native', got 'rewrite'`
        : `${who}: capabilities.touch is 'native', so touchMany must be a function, got undefined`,
    )
  }
  if ((lease !== 'process') !== (given !== undefined)) {
    throw new OptionError(
      given
        ? `${who}: it has leases, so capabilities.lease must be 'atomic' or 'best-effort', got 'process'`
        : `${who}: capabilities.lease is '${lease}', so leases must be an object, got undefined`,
    )
  }
  return { expiry, touch, many, values, deleteTells, lease: leases === undefined ? 'process' : lease }
}

function shown(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`
  return typeof value === 'boolean' ? String(value) : kindOf(value)
}

function checkedBackend(backend: unknown, who: string): Keyv {
  if (isObject(backend) && isKeyv(backend)) return backend
  throw new OptionError(`${who}: backend must be a Keyv, since fn.storage.backend gives it; got ${kindOf(backend)}`)
}

const FAILURES: readonly unknown[] = ['reply', 'connection', 'timeout'] satisfies StoreFailure[]

function understood(failure: StoreFailure): StoreFailure {
  return FAILURES.includes(failure) ? failure : 'connection'
}

function fitted(key: unknown): string {
  silence(key)
  if (typeof key === 'string' && key !== '') return key
  throw new KeyError(`fit of the store must give a non-empty string, got ${kindOf(key)}`)
}

function isOurs(stored: Stored | undefined): boolean {
  return stored !== undefined && stored.foreign === undefined
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
