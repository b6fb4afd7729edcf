/** What each option may be. */
import { kindOf } from './coders/kind.js'
import { OptionError } from './errors.js'
import type { AnyOptions, Batch, LeaseTimes } from './options.js'

/** What a timer of Node can wait. */
const LONGEST_TIMEOUT = 2 ** 31 - 1

const NAMES: Record<keyof AnyOptions, true> = {
  store: true,
  coder: true,
  coderRegistry: true,
  key: true,
  keyPrefix: true,
  keyRefactor: true,
  parameters: true,
  ignorableKeys: true,
  receiver: true,
  overload: true,
  ttl: true,
  jitter: true,
  staleWhileRevalidate: true,
  staleIfError: true,
  retryAfter: true,
  earlyRefresh: true,
  cacheIf: true,
  softTimeout: true,
  hardTimeout: true,
  waitUntil: true,
  loadMany: true,
  batch: true,
  missValue: true,
  userInterface: true,
  defaultAction: true,
  storageInterface: true,
  storeTimeout: true,
  lease: true,
  onStoreError: true,
}

/** The name of every option. */
export const OPTION_NAMES = /* @__PURE__ */ Object.keys(NAMES) as (keyof AnyOptions)[] // Object.keys forgets the names

const FUNCTIONS = [
  'key',
  'keyRefactor',
  'userInterface',
  'storageInterface',
  'cacheIf',
  'waitUntil',
  'loadMany',
] as const
const BOOLEANS = ['receiver', 'overload'] as const

/**
 * `names` are the options that there are.
 * @throws OptionError for an option that is unknown or out of range
 */
export function checkOptions(options: AnyOptions, names: readonly string[] = OPTION_NAMES): void {
  if (typeof options !== 'object' || options === null)
    throw new OptionError(`options must be an object, got ${kindOf(options)}`)
  for (const name of Object.keys(options)) {
    if (!names.includes(name)) throw new OptionError(`unknown option '${name}'; the options are ${names.join(', ')}`)
  }
  const { ttl, storeTimeout, onStoreError, defaultAction, coderRegistry } = options
  if (ttl !== undefined && typeof ttl !== 'function') checkMilliseconds('ttl', ttl)
  if (storeTimeout !== undefined) checkMilliseconds('storeTimeout', storeTimeout, LONGEST_TIMEOUT)
  if (onStoreError !== undefined && onStoreError !== 'execute' && onStoreError !== 'throw') {
    throw new OptionError(`onStoreError must be 'execute' or 'throw', got ${String(onStoreError)}`)
  }
  for (const name of FUNCTIONS) {
    const given: unknown = options[name]
    if (given !== undefined && typeof given !== 'function')
      throw new OptionError(`${name} must be a function, got ${kindOf(given)}`)
  }
  for (const name of BOOLEANS) {
    const given: unknown = options[name]
    if (given !== undefined && typeof given !== 'boolean')
      throw new OptionError(`${name} must be true or false, got ${kindOf(given)}`)
  }
  if (defaultAction !== undefined && defaultAction !== null && typeof defaultAction !== 'string') {
    throw new OptionError(`defaultAction must be the name of an action, or null, got ${kindOf(defaultAction)}`)
  }
  if (coderRegistry !== undefined && typeof coderRegistry?.get !== 'function') {
    throw new OptionError('coderRegistry must be what coderRegistry() gives')
  }
  checkFreshness(options)
  checkBatch(options.batch)
  checkLease(options.lease)
  checkArguments(options)
}

/** `options` over `defaults`, neither of which is changed: an option that is `undefined` counts as not given. */
export function merge(defaults: AnyOptions, options: AnyOptions): AnyOptions {
  const given = OPTION_NAMES.filter((name) => options[name] !== undefined)
  return { ...defaults, ...Object.fromEntries(given.map((name) => [name, options[name]])) }
}

/** @throws OptionError unless it is one of the actions, or `null` */
export function checkDefaultAction(name: string | null, actions: readonly string[]): void {
  if (name === null || actions.includes(name)) return
  throw new OptionError(
    `defaultAction must be the name of an action, or null, got '${name}'; the actions are ${actions.join(', ')}`,
  )
}

function checkFreshness({ jitter, earlyRefresh, ...options }: AnyOptions): void {
  if (options.retryAfter !== undefined) checkMilliseconds('retryAfter', options.retryAfter)
  for (const name of ['staleWhileRevalidate', 'staleIfError', 'softTimeout', 'hardTimeout'] as const) {
    const given = options[name]
    const most = name.endsWith('Timeout') ? LONGEST_TIMEOUT : undefined
    if (given !== undefined && given !== false) checkMilliseconds(name, given, most)
  }
  if (jitter !== undefined && !(typeof jitter === 'number' && jitter >= 0 && jitter < 1)) {
    throw new OptionError(`jitter must be a fraction of ttl, from 0 to below 1, got ${shown(jitter)}`)
  }
  const isBeta = typeof earlyRefresh === 'number' && earlyRefresh > 0 && earlyRefresh < Number.POSITIVE_INFINITY
  if (earlyRefresh === undefined || typeof earlyRefresh === 'boolean' || isBeta) return
  throw new OptionError(`earlyRefresh must be true, false or a finite number above 0, got ${shown(earlyRefresh)}`)
}

const BATCH: readonly string[] = ['maxSize', 'wait'] satisfies (keyof Batch)[]

function checkBatch(batch: AnyOptions['batch']): void {
  if (batch === undefined) return
  if (typeof batch !== 'object' || batch === null || Array.isArray(batch)) {
    throw new OptionError(`batch must be { maxSize, wait }, got ${kindOf(batch)}`)
  }
  for (const name of Object.keys(batch)) {
    if (!BATCH.includes(name)) throw new OptionError(`batch has maxSize and wait, and no '${name}'`)
  }
  const { maxSize, wait } = batch
  if (maxSize !== undefined && !(Number.isSafeInteger(maxSize) && maxSize >= 1)) {
    throw new OptionError(`batch.maxSize must be a whole number above 0, got ${shown(maxSize)}`)
  }
  if (wait !== undefined && wait !== 0) checkMilliseconds('batch.wait', wait, LONGEST_TIMEOUT)
}

function checkArguments({ key, parameters, ignorableKeys }: AnyOptions): void {
  if (parameters !== undefined) checkNames(parameters)
  if (ignorableKeys === undefined) return
  if (key !== undefined) {
    throw new OptionError('key and ignorableKeys contradict each other: key alone decides which arguments count')
  }
  const isKey = (given: unknown) => typeof given === 'string' || (Number.isSafeInteger(given) && Number(given) >= 0)
  if (!Array.isArray(ignorableKeys) || !ignorableKeys.every(isKey)) {
    throw new OptionError(
      `ignorableKeys must be an array of argument positions (0, 1, ...), or of names that parameters gives them, got ${JSON.stringify(ignorableKeys)}`,
    )
  }
  for (const ignored of ignorableKeys) if (typeof ignored === 'string') checkPath(ignored, parameters)
}

const LEASE_TIMES: readonly string[] = ['ttl', 'wait'] satisfies (keyof LeaseTimes)[]

function checkLease(lease: AnyOptions['lease']): void {
  if (lease === undefined || typeof lease === 'boolean') return
  if (typeof lease !== 'object' || lease === null || Array.isArray(lease)) {
    throw new OptionError(`lease must be true, false or { ttl, wait }, got ${kindOf(lease)}`)
  }
  for (const name of Object.keys(lease)) {
    if (!LEASE_TIMES.includes(name)) throw new OptionError(`lease has ttl and wait, and no '${name}'`)
  }
  if (lease.ttl !== undefined) checkMilliseconds('lease.ttl', lease.ttl, LONGEST_TIMEOUT)
  if (lease.wait !== undefined) checkMilliseconds('lease.wait', lease.wait, LONGEST_TIMEOUT)
  const { ttl, wait } = leaseTimes(lease)
  if (wait >= ttl) return
  throw new OptionError(
    `lease.wait must not be less than lease.ttl: a call would give up while a process that died still holds the lease; got ttl ${ttl} and wait ${wait}`,
  )
}

/** The times of a lease with their defaults, in milliseconds. */
export function leaseTimes({ ttl = 10_000, wait = Math.max(30_000, ttl) }: LeaseTimes): { ttl: number; wait: number } {
  return { ttl, wait }
}

function checkNames(parameters: unknown): void {
  const isName = (name: unknown) => typeof name === 'string' && name !== '' && !name.includes('.')
  if (!Array.isArray(parameters) || !parameters.every(isName)) {
    throw new OptionError(
      `parameters must be an array of names, in the order of the arguments and without a dot in them, got ${JSON.stringify(parameters)}`,
    )
  }
  const twice = parameters.find((name, at) => parameters.indexOf(name) !== at)
  if (twice !== undefined) throw new OptionError(`parameters names two arguments '${twice}'`)
}

function checkPath(path: string, parameters: readonly string[] | undefined): void {
  if (parameters === undefined) {
    throw new OptionError(`ignorableKeys has the name '${path}', and the option parameters names no argument`)
  }
  const [name = '', ...members] = path.split('.')
  if (parameters.includes(name) && !members.includes('')) return
  throw new OptionError(
    `ignorableKeys has '${path}', which is neither one of the parameters (${parameters.join(', ')}) nor a path into one, such as '${parameters[0] ?? 'options'}.trace'`,
  )
}

/** @throws OptionError unless it is a finite number above 0 */
export function checkMilliseconds(name: string, ms: unknown, most = Number.MAX_VALUE): asserts ms is number {
  if (typeof ms === 'number' && ms > 0 && ms <= most) return
  const bound = most === Number.MAX_VALUE ? '' : ` and at most ${most}`
  throw new OptionError(`${name} must be a finite number of milliseconds above 0${bound}, got ${shown(ms)}`)
}

function shown(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'bigint') return String(value)
  return typeof value === 'string' ? JSON.stringify(value) : kindOf(value)
}
