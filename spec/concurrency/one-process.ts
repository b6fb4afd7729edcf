/** Two wrappers in one process, over a store that keeps no order; and what a cache-aside without ringcache does there. */
import { Keyv } from 'keyv'
import { seal, unseal } from '../../lib/entry.js'
import { type Cached, cached } from '../../lib/index.js'
import { type ControlledStore, controlledStore, quiet } from '../support/controlled-store.js'
import {
  type Acts,
  createWaits,
  isOrderLeft,
  type Step,
  type Stored,
  TTL,
  type Waits,
  WINDOWS,
  type Window,
  type World,
} from './world.js'

export const TIMEOUT = 1_000
export const KEY = 'f::1'

/** The function, as it is wrapped: `id` is the operation that runs it, and no part of the key. */
export type F = (n: number, id: number) => Promise<string>

/** What is passed as `store`. */
export type OneProcessStore = 'adapter' | 'keyv' | 'map'

/** Tells that the function runs now, for an operation: gives the value of this run. */
export type Ran = (id: number) => string

export function oneProcess(store: OneProcessStore, ran: Ran, window: Window): World {
  const controlled = controlledStore()
  const map = new Map<string, unknown>()
  const waits = createWaits()
  const run = async (_n: number, id: number): Promise<string> => {
    const value = ran(id)
    await waits.wait(`run ${value}`, 0)
    return value
  }
  /** In a Map there is no operation to wait for, so encoding is what takes its time. */
  const slowJson = {
    encode: async (value: unknown) => {
      await waits.wait(`encode ${value}`, 0)
      return JSON.stringify(value)
    },
    decode: (text: string) => JSON.parse(text),
  }
  const identities = {
    adapter: () => controlled.adapter,
    keyv: () => new Keyv({ store: controlled.adapter }).on('error', () => {}),
    map: () => map,
  }
  const identity = identities[store]()
  const wrap = (): Acts => {
    const coder = store === 'map' ? slowJson : 'json'
    const key = (n: number) => [n]
    const options = { store: identity, keyPrefix: 'f', key, ttl: TTL, storeTimeout: TIMEOUT, ...WINDOWS[window] }
    const f = cached(run, { ...options, coder, overload: true })
    f.on('error', () => {})
    return actsOf(f as Cached<F, 'json'>) // either coder gives strings
  }
  const data = store === 'map' ? map : controlled.data
  const read = createReader()
  const values = store === 'map' ? 'objects' : 'text'
  const kept = (value: string, stored: Stored) => ({
    value: seal(JSON.stringify(value), metaOf(window, stored), values),
    expires: undefined,
  })

  return {
    ...inTheStore(controlled, waits),
    wrappers: [once(wrap), once(wrap)],
    seed: (value, stored) =>
      store === 'map'
        ? data.set(KEY, kept(value, stored))
        : data.set(store === 'keyv' ? `keyv:${KEY}` : KEY, JSON.stringify(kept(value, stored))),
    content: () => {
      const [kept] = data.values()
      return kept === undefined ? undefined : read(kept as Kept) // nothing else is stored here
    },
    clear: () => data.clear(),
    renew: () => {
      data.clear()
      controlled.renew()
    },
    leftBehind: () => (isOrderLeft(identity, KEY) ? 'the order of the key' : undefined),
  }
}

/** What everybody writes first: it looks, runs and stores, and knows of nothing that goes on beside. */
export function naive(ran: Ran): World {
  const controlled = controlledStore()
  const { adapter, data } = controlled
  const waits = createWaits()
  const run = async (id: number): Promise<string> => {
    const value = ran(id)
    await waits.wait(`run ${value}`, 0)
    return value
  }
  const get = async (): Promise<string | undefined> => (await adapter.get(KEY)) as string | undefined // it stores strings
  const update = async (id: number): Promise<string> => {
    const value = await run(id)
    await adapter.set(KEY, value)
    return value
  }
  const call = async (id: number) => (await get()) ?? update(id)
  const acts: Acts = {
    call,
    many: call,
    get,
    set: (value) => adapter.set(KEY, value),
    update,
    updateMany: update,
    delete: () => adapter.delete(KEY),
    expire: () => adapter.delete(KEY),
    touch: get,
  }
  return {
    ...inTheStore(controlled, waits),
    wrappers: [() => acts, () => acts],
    seed: (value) => data.set(KEY, value),
    writesInTheAir: () => 0, // as many as there are: it says nothing of that
    content: () => data.get(KEY) as string | undefined,
    clear: () => data.clear(),
    renew: () => {
      data.clear()
      controlled.renew()
    },
    leftBehind: () => undefined,
  }
}

/** As Keyv keeps it: an envelope, in an adapter as text. */
type Kept = string | { readonly value: unknown }

/** Reads the value in an envelope. It is asked after each step, and seldom for another one than before. */
function createReader(): (kept: Kept) => string {
  let last: { readonly kept: Kept; readonly value: string } | undefined
  return (kept) => {
    if (last?.kept === kept) return last.value
    const { value } = typeof kept === 'string' ? JSON.parse(kept) : kept
    const payload = unseal(value, typeof kept === 'string' ? 'text' : 'objects')?.payload
    last = { kept, value: JSON.parse(String(payload)) }
    return last.value
  }
}

/** The metadata of an entry of a function with that window. */
export function metaOf(window: Window, stored: Stored): { readonly expires: number } | undefined {
  if (window === 'none') return undefined
  return { expires: Date.now() + (stored === 'aged' ? -1 : TTL) }
}

/** The steps of a world in which all waits for one store, or for itself. */
function inTheStore(controlled: ControlledStore, waits: Waits) {
  return {
    oneProcess: true,
    steps: (faults: boolean) => [...storeSteps('', 0, controlled, faults), ...waits.steps(faults)],
    timeSteps: (): Step[] => [],
    writesInTheAir: () => controlled.pending.filter((one) => one.operation !== 'get').length,
    finishAll: async () => {
      await quiet()
      for (let left = true; left; ) {
        const first = controlled.pending[0]
        first?.finish()
        left = waits.endFirst() || first !== undefined
        await quiet()
      }
    },
  }
}

/** What can be done with the operations that a process has in the air. */
export function storeSteps(
  name: string,
  process: number,
  { pending }: Pick<ControlledStore, 'pending'>,
  faults: boolean,
): Step[] {
  return pending.flatMap((one): Step[] => {
    const title = `${name}${one.operation} ${one.place}`
    const touches = { process, does: one.operation === 'get' ? 'may run' : 'goes on' } as const
    return [
      one.applied
        ? { name: `answer ${title}`, touches, act: one.finish }
        : { name: `apply ${title}`, touches: one.operation === 'get' ? 'read' : 'write', act: one.apply },
      ...(faults ? [{ name: `fail ${title}`, touches, act: () => one.fail(new Error('failed')) }] : []),
    ]
  })
}

/** Wrapping costs as much as a play, and not every play needs both wrappers. */
export function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

export function actsOf(f: Cached<F, 'json'>): Acts {
  return {
    call: (id) => f(1, id),
    get: (id) => f.get(1, id),
    set: (value, id) => f.set(value, 1, id),
    update: (id) => f.update(1, id),
    delete: (id) => f.delete(1, id),
    expire: (id) => f.expire(1, id),
    touch: (id) => f.touch(1, id),
    many: async (id) => (await f.getOrUpdateMany([1, id]))[0],
    updateMany: async (id) => (await f.updateMany([1, id]))[0],
  }
}
