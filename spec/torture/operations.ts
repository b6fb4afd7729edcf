/** Random operations on few keys of cached functions, each with what is to be known of it afterwards. */
import { setTimeout as sleep } from 'node:timers/promises'
import { cached, StoreError } from 'ringcache'
import { type Kind, now, type Operation, type Part, PLANNED, STORE, type Value, WRITES } from './history.js'
import type { WorkerConfig } from './messages.js'
import type { Random } from './random.js'
import type { Origin } from './store.js'

/** How often each kind comes. */
const WEIGHTS: Record<Kind, number> = {
  call: 40,
  get: 10,
  getOrUpdateMany: 8,
  getMany: 5,
  has: 2,
  touch: 3,
  set: 6,
  setMany: 2,
  update: 8,
  updateMany: 3,
  delete: 10,
  deleteMany: 3,
}
const KINDS = (Object.keys(WEIGHTS) as Kind[]).flatMap((kind) => Array<Kind>(WEIGHTS[kind]).fill(kind)) // a record's own names

/** The functions: without a hash tag, with one, and with one and a short life. Each has few keys. */
const FUNCTIONS = [
  { keyPrefix: (prefix: string) => `${prefix}.plain`, keys: [1, 2, 3, 4] },
  { keyPrefix: (prefix: string) => `{${prefix}}.tagged`, keys: [1, 2] },
  { keyPrefix: (prefix: string) => `${prefix}.short{tag}`, keys: [1, 2], ttl: 60 },
]

/** How often a function that runs throws. */
const FAILING = 0.05
/** How often a write goes to the origin first: what else would it be good for? But some only want to be sure. */
const BUMPING = 0.8
const SLOWEST = 8

/** What a function throws at random. */
class PlannedFailure extends Error {}

export interface World {
  /** Does one operation, chosen at random, and gives its record. */
  perform(): Promise<Operation>
}

export function createWorld(config: WorkerConfig, store: object, origin: Origin, random: Random): World {
  const functions = FUNCTIONS.map(({ keyPrefix, keys, ttl }) => {
    const options = { store, keyPrefix: keyPrefix(config.prefix), ...(ttl && { ttl }), ...leaseOf(config.lease) }
    // To touch needs a life that can be made longer.
    const kinds = KINDS.filter((kind) => kind !== 'touch' || ttl !== undefined)
    return { f: wrap(config.process, options, origin, random), keys, kinds }
  })
  let performed = 0
  return {
    async perform() {
      performed += 1
      const { f, keys, kinds } = random.pick(functions)
      const kind = random.pick(kinds)
      const some = random.some(kind.endsWith('Many') ? 1 + random.below(keys.length) : 1, keys)
      return record(f, kind, some, `${config.process}.${performed}`)
    },
  }

  async function record(f: Wrapped, kind: Kind, args: readonly number[], id: string): Promise<Operation> {
    const keys = args.map((n) => f.key(n))
    const bounds = isWrite(kind) ? await Promise.all(keys.map((key) => boundOf(kind, key))) : []
    const operation = { id, process: config.process, kind }
    const begin = now()
    // Nothing is awaited between here and the operation: what the process knows of its order, these times tell.
    const values = keys.map((key, i): Value => {
      return { key, version: bounds[i] ?? 0, process: config.process, born: begin, set: id }
    })
    try {
      const seen = await act(f, kind, args, values)
      const end = now()
      const parts = keys.map((key, i): Part => {
        const bound = bounds[i]
        const value = seen[i]
        return { key, ...(bound !== undefined && { bound }), ...(value !== undefined && { seen: value }) }
      })
      return { ...operation, begin, end, parts }
    } catch (error) {
      return { ...operation, begin, end: now(), error: reasonOf(error), parts: keys.map((key) => ({ key })) }
    }
  }

  /** A version that the origin has before the write begins. */
  function boundOf(kind: Kind, key: string): Promise<number> {
    const writesOrigin = kind === 'set' || kind === 'setMany' || random.chance(BUMPING)
    return writesOrigin ? origin.bump(key) : origin.read(key)
  }
}

/** An option that is not given is absent. */
export function leaseOf(lease: WorkerConfig['lease']): Pick<WorkerConfig, 'lease'> {
  return lease === undefined ? {} : { lease }
}

type Wrapped = ReturnType<typeof wrap>

interface Options extends Pick<WorkerConfig, 'lease'> {
  readonly store: object
  readonly keyPrefix: string
  readonly ttl?: number
}

function wrap(process: string, options: Options, origin: Origin, random: Random) {
  const f = cached(
    async (n: number): Promise<Value> => {
      if (random.chance(0.3)) await sleep(random.below(SLOWEST))
      if (random.chance(FAILING)) throw new PlannedFailure('planned')
      const key = f.key(n)
      const born = now()
      const version = await origin.read(key)
      // After it has read: what it gives grows old before it is stored.
      if (random.chance(0.6)) await sleep(random.below(SLOWEST))
      return { key, version, process, born }
    },
    { ...options, coder: 'json' },
  )
  f.on('error', () => {}) // what a call survives is no failure of it
  return f
}

/** Begins the operation at once. For each key what it gave, where it gives values. */
async function act(
  f: Wrapped,
  kind: Kind,
  args: readonly number[],
  values: readonly Value[],
): Promise<readonly (Value | undefined)[]> {
  const [n = 0] = args
  const [value] = values
  const lists = args.map((one): [number] => [one])
  const nothing = (): [] => []
  switch (kind) {
    case 'call':
      return [await f(n)]
    case 'get':
      return [await f.get(n)]
    case 'getOrUpdateMany':
      return f.getOrUpdateMany(...lists)
    case 'getMany':
      return f.getMany(...lists)
    case 'has':
      return f.has(n).then(nothing)
    case 'touch':
      return f.touch(n).then(nothing)
    case 'set':
      return value === undefined ? [] : f.set(value, n).then(nothing)
    case 'setMany':
      return f.setMany(lists, values).then(nothing)
    case 'update':
      return [await f.update(n)]
    case 'updateMany':
      return f.updateMany(...lists)
    case 'delete':
      return f.delete(n).then(nothing)
    case 'deleteMany':
      return f.deleteMany(...lists).then(nothing)
  }
}

const isWrite = (kind: Kind): boolean => WRITES.some((write) => write === kind)

function reasonOf(error: unknown): string {
  if (error instanceof PlannedFailure) return PLANNED
  if (error instanceof StoreError) return `${STORE}${error.message}`
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
