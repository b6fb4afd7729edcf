/** Random operations on few keys of cached functions, each with what is to be known of it afterwards. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type CachedOptions, cached, StoreError, TimeoutError } from 'ringcache'
import {
  ENDS,
  type Kind,
  type Met,
  now,
  type Operation,
  type Part,
  PLANNED,
  STORE,
  type State,
  type Value,
  WRITES,
} from './history.js'
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
  expire: 8,
  expireMany: 3,
}
/** Where there are windows, entries are to grow old: what replaces them comes so much less often. */
const SPARED = 4
const KINDS = (Object.keys(WEIGHTS) as Kind[]).flatMap((kind) => Array<Kind>(WEIGHTS[kind]).fill(kind)) // a record's own names
const SPARING_KINDS = KINDS.filter((kind, i) => !isWrite(kind) || i % SPARED === 0)

/** The option of the windows, and of what goes with them. */
type Freshness = Pick<
  CachedOptions,
  'jitter' | 'staleWhileRevalidate' | 'staleIfError' | 'retryAfter' | 'earlyRefresh' | 'softTimeout' | 'hardTimeout'
>

interface Tortured extends Freshness {
  readonly ttl?: number
  keyPrefix(prefix: string): string
  /** Few. */
  readonly keys: readonly number[]
  /** How often the function throws, and how often it takes longer than its limit. */
  readonly failing?: number
  readonly hanging?: number
}

/**
 * The functions: without a hash tag, with one, and with one and a short life; with windows so short that each state is met
 * all the time, of which one serves old values at once, one only if the function fails or takes long, and one none.
 */
const FUNCTIONS: readonly Tortured[] = [
  { keyPrefix: (prefix) => `${prefix}.plain`, keys: [1, 2, 3, 4] },
  { keyPrefix: (prefix) => `{${prefix}}.tagged`, keys: [1, 2] },
  { keyPrefix: (prefix) => `${prefix}.short{tag}`, keys: [1, 2], ttl: 60 },
  {
    keyPrefix: (prefix) => `${prefix}.stale`,
    keys: [1, 2],
    ...{
      ttl: 40,
      jitter: 0.3,
      staleWhileRevalidate: 100,
      staleIfError: 300,
      retryAfter: 60,
      softTimeout: 10,
      hardTimeout: 40,
    },
    ...{ failing: 0.2, hanging: 0.03 },
  },
  {
    keyPrefix: (prefix) => `{${prefix}}.fallback`,
    keys: [1, 2],
    ...{ ttl: 30, staleIfError: 300, retryAfter: 60, hardTimeout: 40 },
    ...{ failing: 0.3, hanging: 0.03 },
  },
  { keyPrefix: (prefix) => `${prefix}.early`, keys: [1, 2], ttl: 80, jitter: 0.3, earlyRefresh: 2 },
]

/** How long a run takes that takes too long, in milliseconds: it ends when others have run. */
const HANGS = 120
/** How often a call is followed by a look at what the entry carries. */
const LOOKING = 0.3

/** How often a function that runs throws. */
const FAILS = 0.05
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
  let met: Met = {}
  const meet = (state: State): void => {
    met = { ...met, [state]: (met[state] ?? 0) + 1 }
  }
  const functions = FUNCTIONS.map(({ keyPrefix, keys, failing = FAILS, hanging = 0, ...freshness }) => {
    const { ttl } = freshness
    const options = { store, keyPrefix: keyPrefix(config.prefix), ...freshness, ...leaseOf(config.lease) }
    const hasWindows = freshness.staleIfError !== undefined
    // To touch needs a life that can be made longer. On memcached such a short one is written again, over whatever other
    // processes have done meanwhile: so README says.
    const touches = ttl !== undefined && config.store.kind !== 'memcached'
    const kinds = (hasWindows ? SPARING_KINDS : KINDS).filter((kind) =>
      kind === 'touch' ? touches : hasWindows || !isEnd(kind),
    )
    const state = hasWindows ? 'refresh behind' : 'early refresh'
    const f = wrap({ process: config.process, options, origin, random, failing, hanging, behind: () => meet(state) })
    f.on('stale', ({ error }) => meet(error === undefined ? 'stale served' : 'fallback'))
    return { f, keys, kinds, hasWindows }
  })
  let performed = 0
  return {
    async perform() {
      performed += 1
      const { f, keys, kinds, hasWindows } = random.pick(functions)
      const kind = random.pick(kinds)
      const some = random.some(kind.endsWith('Many') ? 1 + random.below(keys.length) : 1, keys)
      const operation = await record(f, kind, some, `${config.process}.${performed}`)
      if (hasWindows && kind === 'call' && random.chance(LOOKING) && (await isBackingOff(f, some))) meet('back-off')
      const during = met
      met = {}
      return Object.keys(during).length === 0 ? operation : { ...operation, met: during }
    },
  }

  async function record(f: Wrapped, kind: Kind, args: readonly number[], id: string): Promise<Operation> {
    const keys = args.map((n) => f.key(n))
    const bounds = isWrite(kind) || isEnd(kind) ? await Promise.all(keys.map((key) => boundOf(kind, key))) : []
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
      if (error instanceof TimeoutError) meet('hard timeout')
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

interface Wrapping {
  readonly process: string
  readonly options: Omit<Tortured, 'keyPrefix' | 'keys'> &
    Pick<WorkerConfig, 'lease'> & { readonly store: object; readonly keyPrefix: string }
  readonly origin: Origin
  readonly random: Random
  readonly failing: number
  readonly hanging: number
  /** Is told of each work behind a call. */
  behind(): void
}

function wrap({ process, options, origin, random, failing, hanging, behind }: Wrapping) {
  const f = cached(
    async (n: number): Promise<Value> => {
      if (random.chance(0.3)) await sleep(random.below(SLOWEST))
      if (random.chance(failing)) throw new PlannedFailure('planned')
      const key = f.key(n)
      const born = now()
      const version = await origin.read(key)
      // After it has read: what it gives grows old before it is stored.
      if (random.chance(hanging)) await sleep(HANGS)
      else if (random.chance(0.6)) await sleep(random.below(SLOWEST))
      return { key, version, process, born }
    },
    { ...options, coder: 'json', waitUntil: behind },
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
    case 'expire':
      return f.expire(n).then(nothing)
    case 'expireMany':
      return f.expireMany(...lists).then(nothing)
  }
}

/** Whether the entry says that its last refresh has failed, so that none is tried for a while. */
async function isBackingOff(f: Wrapped, [n = 0]: readonly number[]): Promise<boolean> {
  const stored = String(await f.storage.backend.get(f.key(n)))
  return Number(/^@ring1\{[^\n]*"retryAt":(\d+)/.exec(stored)?.[1] ?? 0) > Date.now()
}

function isWrite(kind: Kind): boolean {
  return WRITES.some((write) => write === kind)
}

function isEnd(kind: Kind): boolean {
  return ENDS.some((end) => end === kind)
}

function reasonOf(error: unknown): string {
  if (error instanceof PlannedFailure || error instanceof TimeoutError) return PLANNED
  if (error instanceof StoreError) return `${STORE}${error.message}`
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
