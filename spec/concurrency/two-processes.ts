/** Two wrappers in two processes, as far as they know: all that they share is what lies in one store. */
import { jest } from '@jest/globals'
import { seal, unseal } from '../../lib/entry.js'
import { cached } from '../../lib/index.js'
import type { StorageContract } from '../../lib/storage/contract.js'
import type { Item, Lease, LeasedItem, Leases, Stored, Swap, WantedLease } from '../../lib/storage/storage.js'
import { type Operations, operations, quiet } from '../support/controlled-store.js'
import { actsOf, KEY, metaOf, once, type Ran, TIMEOUT } from './one-process.js'
import { createWaits, isOrderLeft, type Step, type Touches, TTL, WINDOWS, type Window, type World } from './world.js'

/** The longest that a call waits before it looks again whether another's run has ended. */
const POLL = 200

type Operation = 'get' | 'has' | 'touch' | 'set' | 'delete' | 'swap' | `lease ${Exclude<keyof Leases, 'covers'>}`

export interface TwoProcessOptions {
  /** Whether the function uses the leases of the store. */
  readonly leases: boolean
  /** Whether a lease may end too early, once. */
  readonly expiry: boolean
  readonly window: Window
}

export function twoProcesses(ran: Ran, { leases, expiry, window }: TwoProcessOptions): World {
  const data = createSharedData()
  const waits = createWaits()
  let hasExpired = false
  /** The processes that wait for the other one's run. */
  const polling = new Set<number>()
  const processes = ['A', 'B'].map((name, process) => {
    const air = operations<Operation>()
    const storage = storageOver(data, air, (isHeld) => polling[isHeld ? 'add' : 'delete'](process))
    const run = async (_n: number, id: number): Promise<string> => {
      const value = ran(id)
      await waits.wait(`${name} run ${value}`, process)
      return value
    }
    const key = (n: number) => [n]
    const times = { ttl: TTL, storeTimeout: TIMEOUT, ...WINDOWS[window] }
    const wrap = () => {
      const f = cached(run, { store: storage, keyPrefix: 'f', key, ...times, coder: 'json', lease: leases })
      f.on('error', () => {})
      return actsOf(f)
    }
    return { name, air, identity: storage.identity, acts: once(wrap) }
  })
  const [a, b] = processes as [(typeof processes)[0], (typeof processes)[0]] // there are two
  const expire: Step = {
    name: 'the lease ends too early',
    touches: 'write',
    act: () => {
      hasExpired = true
      data.tokens.clear()
    },
  }
  const isHeld = () => data.tokens.size > 0

  return {
    wrappers: [a.acts, b.acts],
    oneProcess: false,
    seed: (value, stored) => data.entries.set(KEY, String(seal(JSON.stringify(value), metaOf(window, stored), 'text'))),
    steps: (faults) => [
      ...processes.flatMap(({ name, air }, process) => stepsOf(name, process, air, faults)),
      ...waits.steps(faults),
      ...(expiry && !hasExpired && isHeld() ? [expire] : []),
    ],
    isPolled: () => polling.size > 0,
    timeSteps: (faults) => [
      ...(faults && isHeld() ? [expire] : []), // of a run that could not end it
      { name: 'time passes', touches: 'time', act: () => void jest.advanceTimersByTime(POLL) },
    ],
    writesInTheAir: () => Math.max(...processes.map(({ air }) => air.pending.filter(isWrite).length)),
    content: () => {
      const text = data.entries.get(KEY)
      return text === undefined ? undefined : JSON.parse(payloadOf(text))
    },
    clear: () => {
      data.entries.clear()
      data.tokens.clear()
    },
    renew: () => {
      data.entries.clear()
      data.tokens.clear()
      polling.clear()
      for (const { air } of processes) air.renew()
    },
    hasExpired: () => hasExpired,
    leftBehind: (undisturbed) => {
      const orders = processes.filter(({ identity }) => isOrderLeft(identity, KEY))
      if (orders.length > 0) return `the order of the key in ${orders.map(({ name }) => name)}`
      return undisturbed && isHeld() ? 'a lease' : undefined
    },
    finishAll: async () => {
      await quiet()
      for (let left = true; left; ) {
        const first = a.air.pending[0] ?? b.air.pending[0]
        first?.finish()
        left = waits.endFirst() || first !== undefined
        await quiet()
      }
    },
  }
}

const isWrite = ({ operation }: { operation: Operation }) =>
  ['set', 'delete', 'touch', 'swap', 'lease setMany', 'lease deleteMany'].includes(operation)

/** What an entry is without its metadata. */
const payloadOf = (text: string): string => String(unseal(text, 'text')?.payload)

/** What lies in the store: text by key, and the token of the lease that stands. */
function createSharedData() {
  const entries = new Map<string, string>()
  const tokens = new Map<string, string>()
  /** Tokens whose runs have left their leases. */
  const yielded = new Set<string>()
  const stands = ({ key, token }: Lease): boolean => tokens.get(key) === token
  const markOf = (key: string): string => payloadOf(entries.get(key) ?? '')
  const ends = (lease: Lease): boolean => stands(lease) && tokens.delete(lease.key)
  return {
    entries,
    tokens,
    get: (key: string): Stored | undefined => {
      const value = entries.get(key)
      return value === undefined ? undefined : { value }
    },
    set: ({ key, value }: Item): undefined => {
      entries.set(key, String(value)) // it is text
    },
    take({ key, token, known = '' }: WantedLease, anyway: boolean): Stored | 'taken' | 'held' {
      const value = anyway ? undefined : entries.get(key)
      if (value !== undefined && (known === '' || !value.startsWith(known))) return { value }
      const held = tokens.get(key)
      if (held !== undefined && held !== token && !yielded.has(held)) return 'held'
      tokens.set(key, token)
      return 'taken'
    },
    replace({ key, token }: Lease): string {
      tokens.set(key, token)
      return markOf(key)
    },
    renew: stands,
    yield: (lease: Lease): boolean => stands(lease) && yielded.add(lease.token).has(lease.token),
    release: ends,
    setLeased({ key, value, lease, unlessChanged }: LeasedItem): 'refused' | undefined {
      if (lease === undefined || ends(lease)) {
        tokens.delete(key)
        entries.set(key, String(value))
        return undefined
      }
      if (unlessChanged && markOf(key) === unlessChanged) entries.delete(key)
      return 'refused'
    },
    swap({ key, from, to, fences }: Swap): boolean {
      if (fences) tokens.delete(key)
      const value = entries.get(key)
      if (value === undefined || !value.startsWith(from) || (from === '' && value.startsWith('@ring'))) return false
      entries.set(key, to + value.slice(from.length))
      return true
    },
    deleteLeased(key: string): boolean {
      tokens.delete(key)
      return entries.delete(key)
    },
  }
}

/** The store as one process sees it. */
function storageOver(
  data: ReturnType<typeof createSharedData>,
  { begin }: Operations<Operation>,
  held: (isHeld: boolean) => void,
) {
  const leases: Leases = {
    covers: () => true,
    take: (all, _ttl, anyway) => {
      held(false)
      const answer = begin('lease take', KEY, () => all.map((lease) => data.take(lease, anyway)))
      answer.then(
        (told) => held(told.includes('held')),
        () => {},
      )
      return answer
    },
    replace: (all) => begin('lease replace', KEY, () => all.map(data.replace)),
    renew: (all) => begin('lease renew', KEY, () => all.map(data.renew)),
    yield: (all) => begin('lease yield', KEY, () => all.map(data.yield)),
    release: (all) => begin('lease release', KEY, () => all.map(data.release)),
    setMany: (items) => begin('lease setMany', KEY, () => items.map(data.setLeased)),
    deleteMany: (keys) => begin('lease deleteMany', KEY, () => keys.map(data.deleteLeased)),
  }
  return {
    name: 'shared',
    identity: {},
    capabilities: {
      expiry: 'native',
      touch: 'native',
      many: 'native',
      values: 'text',
      deleteTells: true,
      lease: 'atomic',
    },
    getMany: (keys) => begin('get', KEY, () => keys.map(data.get)),
    setMany: (items) => begin('set', KEY, () => items.map(data.set)),
    deleteMany: (keys) => begin('delete', KEY, () => keys.map((key) => data.entries.delete(key))),
    hasMany: (keys) => begin('has', KEY, () => keys.map((key) => data.entries.has(key))),
    touchMany: (keys) => begin('touch', KEY, () => keys.map((key) => data.entries.has(key))),
    swapMany: (swaps) => begin('swap', KEY, () => swaps.map(data.swap)),
    leases,
  } satisfies StorageContract
}

/** After these answers the function may run; reads among them change nothing. */
const READS: readonly Operation[] = ['get', 'has']
const BEFORE_RUNS: readonly Operation[] = ['get', 'lease take', 'lease replace']

function stepsOf(name: string, process: number, { pending }: Operations<Operation>, faults: boolean): Step[] {
  return pending.flatMap((one): Step[] => {
    const title = `${name} ${one.operation} ${one.place}`
    const touches: Touches = { process, does: BEFORE_RUNS.includes(one.operation) ? 'may run' : 'goes on' }
    return [
      one.applied
        ? { name: `answer ${title}`, touches, act: one.finish }
        : { name: `apply ${title}`, touches: READS.includes(one.operation) ? 'read' : 'write', act: one.apply },
      ...(faults ? [{ name: `fail ${title}`, touches, act: () => one.fail(new Error('failed')) }] : []),
    ]
  })
}
