/** Plays operations on one key of a controlled store in an order that is chosen step by step, and watches its promises. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { jest } from '@jest/globals'
import { Keyv } from 'keyv'
import { beginTurn } from '../../lib/fence.js'
import { type Cached, cached, StoreError } from '../../lib/index.js'
import { controlledStore, quiet } from '../support/controlled-store.js'

export const TIMEOUT = 1_000
const KEY = 'f::1'
/** Which operation a run belongs to. One for all plays: each costs every later promise something. */
const doing = new AsyncLocalStorage<number>()

type Verb = 'call' | 'get' | 'set' | 'update' | 'delete' | 'touch' | 'many' | 'updateMany'
/** What is done, by which of two wrappers of the key. */
export type Op = readonly [verb: Verb, wrapper: 0 | 1]

/** What is passed as `store`. */
export type StoreKind = 'adapter' | 'keyv' | 'map'

export interface Plan {
  readonly store: StoreKind
  readonly ops: readonly Op[]
  /** What may go wrong beside the order: operations and runs that fail, time that runs out. */
  readonly faults?: boolean
  /** Whether an older version (-1) is there at first. */
  readonly stored: boolean
}

/** Chooses one of `count` possible next steps. */
export type Chooser = (count: number) => number

interface History {
  readonly verb: Verb
  /** The latest write that had finished when this began, be it that the store failed it. */
  readonly after: number
  result?: unknown
  status: 'running' | 'done' | 'failed'
}

type F = (n: number) => Promise<number>
type Step = readonly [name: string, act: () => void]

/** Plays a plan. Throws, with all its steps, when a promise of ringcache does not hold. */
export async function play({ store, ops, stored, faults = false }: Plan, choose: Chooser): Promise<void> {
  const steps: string[] = []
  const world = buildWorld(store)
  if (stored) world.seed()
  const history: History[] = []
  let written = -1
  let ended = -1
  let failures = 0
  let timeouts = 0

  const begin = (id: number, [verb, wrapper]: Op): void => {
    const cell: History = { verb, after: ended, status: 'running' }
    history[id] = cell
    const f = world.wrappers[wrapper]
    const acts: Record<Verb, () => Promise<unknown>> = {
      call: () => f(1),
      get: () => f.get(1),
      set: () => f.set(id, 1),
      update: () => f.update(1),
      delete: () => f.delete(1),
      touch: () => f.touch(1),
      many: async () => (await f.getOrUpdateMany([1]))[0],
      updateMany: async () => (await f.updateMany([1]))[0],
    }
    doing.run(id, () =>
      acts[verb]().then(
        (result) => {
          cell.result = result
          cell.status = 'done'
          if (isWrite(verb)) written = Math.max(written, id)
          ended = Math.max(ended, written)
        },
        (error) => {
          cell.status = 'failed'
          failures += 1
          if (isWrite(verb) && error instanceof StoreError) ended = Math.max(ended, id)
        },
      ),
    )
  }

  const possible = (): Step[] => [
    ...world.steps(faults),
    ...ops
      .slice(history.length, history.length + 1)
      .map((op): Step => [`begin ${op}`, () => begin(history.length, op)]),
    ...(faults && timeouts < 2 && history.some((cell) => cell.status === 'running')
      ? [
          [
            'time out',
            () => {
              timeouts += 1
              jest.advanceTimersByTime(TIMEOUT)
            },
          ] satisfies Step,
        ]
      : []),
  ]

  const check = (holds: boolean, what: string): void => {
    if (!holds) throw new Error(`${what}\n${store}: ${steps.join('; ')}\n${JSON.stringify(history)}`)
  }

  for (let next = possible(); next.length > 0; next = possible()) {
    const [name, act] = next[choose(next.length)] ?? ['none', () => {}]
    steps.push(name)
    act()
    await quiet()
    check(world.writesInTheAir() <= 1, 'more than one write is in the air')
    const content = world.content()
    check(content === undefined || content >= written, `${content} is stored after ${written} was written`)
    for (const { verb, after, status, result } of history) {
      if (status !== 'done' || !isRead(verb)) continue
      check(result === undefined || Number(result) >= after, `${verb} began after ${after} and gave ${String(result)}`)
    }
    // A step that gives a time-out to all that wait for ever is always there.
    if (faults && next.length === 1 && name === 'time out' && world.steps(false).length === 0) break
  }

  check(
    history.every((cell) => cell.status !== 'running'),
    'something never ended',
  )
  const last = ops.findLastIndex(([verb]) => isWrite(verb))
  const lastVerb = ops[last]?.[0]
  if (failures === 0 && last >= 0 && lastVerb !== 'delete') {
    check(Number(world.content()) >= last, `${String(world.content())} is what remained of the write ${last}`)
  }
  const turn = beginTurn(world.identity, KEY, false)
  const { pendingReplays } = world.wrappers[0].storage.health
  check(turn.number === 1 || pendingReplays === 1, 'the order of the key was not forgotten')
  world.data.clear()
  const runs = world.runCount()
  const fresh = doing.run(ops.length, () => world.wrappers[0](1))
  await world.finishAll()
  check((await fresh) === ops.length && world.runCount() === runs + 1, 'a flight was left behind')
}

const isWrite = (verb: Verb) => verb === 'set' || verb === 'update' || verb === 'delete' || verb === 'updateMany'
const isRead = (verb: Verb) => verb === 'call' || verb === 'get' || verb === 'many'

interface World {
  readonly wrappers: readonly [Cached<F, 'json'>, Cached<F, 'json'>]
  readonly identity: object
  readonly data: Map<string, unknown>
  seed(): void
  steps(faults: boolean): Step[]
  writesInTheAir(): number
  content(): number | undefined
  runCount(): number
  finishAll(): Promise<void>
}

function buildWorld(kind: StoreKind): World {
  const controlled = controlledStore()
  const map = new Map<string, unknown>()
  const waiting: { name: string; end(): void; fail(): void }[] = []
  let runs = 0

  /** Something else than the store that takes its time. */
  const wait = (name: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const leave = () => waiting.splice(waiting.indexOf(one), 1)
      const one = {
        name,
        end: () => {
          leave()
          resolve()
        },
        fail: () => {
          leave()
          reject(new Error('failed'))
        },
      }
      waiting.push(one)
    })
  const run = async (_n: number): Promise<number> => {
    runs += 1
    const id = doing.getStore() ?? Number.NaN
    await wait(`run ${id}`)
    return id
  }
  /** In a Map there is no operation to wait for, so encoding is what takes its time. */
  const slowJson = {
    encode: async (value: unknown) => {
      await wait(`encode ${value}`)
      return JSON.stringify(value)
    },
    decode: (text: string) => JSON.parse(text),
  }
  const identities: Record<StoreKind, () => object> = {
    adapter: () => controlled.adapter,
    keyv: () => new Keyv({ store: controlled.adapter }).on('error', () => {}),
    map: () => map,
  }
  const identity = identities[kind]()
  const wrap = () => {
    const coder = kind === 'map' ? slowJson : 'json'
    const f = cached(run, { store: identity, keyPrefix: 'f', ttl: 3_600_000, storeTimeout: TIMEOUT, coder })
    f.on('error', () => {})
    return f as Cached<F, 'json'> // either coder gives numbers
  }
  const data = kind === 'map' ? map : controlled.data

  return {
    wrappers: [wrap(), wrap()],
    identity,
    data,
    seed: () =>
      kind === 'map'
        ? data.set(KEY, { value: '-1', expires: undefined })
        : data.set(kind === 'keyv' ? `keyv:${KEY}` : KEY, '{"value":"-1"}'),
    steps: (faults) => [
      ...controlled.pending.flatMap((one): Step[] => [
        one.applied ? [`answer ${one.operation}`, one.finish] : [`apply ${one.operation}`, one.apply],
        ...(faults ? [[`fail ${one.operation}`, () => one.fail(new Error('failed'))] satisfies Step] : []),
      ]),
      ...waiting.flatMap((one): Step[] => [
        [`end ${one.name}`, one.end],
        ...(faults ? [[`fail ${one.name}`, one.fail] satisfies Step] : []),
      ]),
    ],
    writesInTheAir: () => controlled.pending.filter((one) => one.operation !== 'get').length,
    content: () => {
      const [kept] = data.values()
      if (kept === undefined) return undefined
      return Number((typeof kept === 'string' ? JSON.parse(kept) : kept).value)
    },
    runCount: () => runs,
    finishAll: async () => {
      await quiet()
      for (let left = true; left; ) {
        const one = controlled.pending[0]
        one?.finish()
        const other = waiting[0]
        other?.end()
        left = one !== undefined || other !== undefined
        await quiet()
      }
    },
  }
}

/** Plays every order there is: gives how many. */
export async function playAll(plan: Plan): Promise<number> {
  let prefix: number[] | undefined = []
  let played = 0
  while (prefix !== undefined) {
    const counts: number[] = []
    const choices: number[] = []
    const given: number[] = prefix
    await play(plan, (count) => {
      const choice = given[choices.length] ?? 0
      counts.push(count)
      choices.push(choice)
      return choice
    })
    played += 1
    prefix = undefined
    for (let i = choices.length - 1; i >= 0 && prefix === undefined; i--) {
      const choice = choices[i] ?? 0
      if (choice + 1 < (counts[i] ?? 0)) prefix = [...choices.slice(0, i), choice + 1]
    }
  }
  return played
}
