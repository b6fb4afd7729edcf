/** The actions of a synchronous function by their names: over one call, and over many. */
import { beginTurn, endTurn } from '../fence.js'
import { distinct, throwFirst, told } from '../lists.js'
import type { Write } from '../outcome.js'
import { freshEntry } from '../read.js'
import { askTrusted, execute, type SyncCall, type SyncContext } from './call.js'
import { expire } from './expire.js'
import { read, readMany } from './read.js'
import { renew } from './renew.js'
import { executeMany, getOrUpdate, getOrUpdateMany, update, updateMany } from './runs.js'
import { keepAll, prepare, remove } from './write.js'

/** An action of one call. `value` is what `set` gets. */
export type One = (context: SyncContext, call: SyncCall, value: unknown) => unknown

/** An action of many calls. `values` are what `setMany` gets. */
export type Many = (context: SyncContext, calls: readonly SyncCall[], values: readonly unknown[]) => unknown

export const ONE = {
  getOrUpdate,
  get: (context, call) => {
    const found = read(context, call)
    return found === undefined ? context.policy.missValue : found.value
  },
  set: (context, call, value) => setMany(context, [call], [value]),
  update,
  delete: (context, call) => deleteMany(context, [call])[0] === true,
  expire: (context, call) => expireMany(context, [call])[0] === true,
  has: (context, call) => hasMany(context, [call])[0] === true,
  touch: (context, call) => touchMany(context, [call])[0] === true,
  execute,
} satisfies Record<string, One>

export const MANY = {
  getMany: (context, calls) => {
    const found = readMany(context, calls)
    return found.map((entry) => (entry === undefined ? context.policy.missValue : entry.value))
  },
  getOrUpdateMany,
  setMany,
  updateMany,
  deleteMany,
  expireMany,
  hasMany,
  touchMany,
  executeMany,
} satisfies Record<string, Many>

/** Stores a value for each call; of several for one key, the last. Throws the first failure in order. */
function setMany(context: SyncContext, calls: readonly SyncCall[], values: readonly unknown[]): void {
  const writes = new Map<string, Write<SyncCall>>()
  calls.forEach((call, i) => {
    const turn = writes.get(call.key)?.turn ?? beginTurn(context.storage.identity, call.key, true)
    writes.set(call.key, { kind: 'set', call, turn, value: values[i] })
  })
  const all = [...writes.values()]
  try {
    const prepared = all.map((write) => prepare(context, write))
    throwFirst(calls, keepAll(context, 'set', prepared))
  } finally {
    for (const { turn } of all) endTurn(turn)
  }
}

function deleteMany(context: SyncContext, calls: readonly SyncCall[]): boolean[] {
  const own = distinct(calls)
  return told(context, 'delete', calls, own, remove(context, own))
}

function expireMany(context: SyncContext, calls: readonly SyncCall[]): boolean[] {
  const own = distinct(calls)
  return told(context, 'expire', calls, own, expire(context, own))
}

function touchMany(context: SyncContext, calls: readonly SyncCall[]): boolean[] {
  const own = distinct(calls)
  return told(context, 'touch', calls, own, renew(context, own))
}

function hasMany(context: SyncContext, calls: readonly SyncCall[]): boolean[] {
  const { storage } = context
  const keys = calls.map((call) => call.key)
  const stored = askTrusted(context, 'has', keys, () => storage.getMany(keys))
  return calls.map((call, i) => freshEntry(context, call, stored[i]) !== undefined)
}
