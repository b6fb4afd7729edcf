/** Plays operations on one key in an order that is chosen step by step, and watches what ringcache promises of it. */
import { jest } from '@jest/globals'
import { StoreError } from '../../lib/index.js'
import { quiet } from '../support/controlled-store.js'
import { naive, type OneProcessStore, oneProcess, type Ran, TIMEOUT } from './one-process.js'
import { twoProcesses } from './two-processes.js'
import type { Op, Step, Stored, Touches, Verb, Window, World } from './world.js'

/**
 * Where it is played: one process on a store of that kind; two with one store, with leases or without; a cache-aside that
 * is not ringcache.
 */
export type Place = OneProcessStore | 'two processes' | 'two processes without leases' | 'naive'

export interface Plan {
  readonly place: Place
  /** They begin in this order. */
  readonly ops: readonly Op[]
  /** Whether something older is stored at first. */
  readonly stored: Stored
  /** What calls do with an entry whose `ttl` has ended. `undefined`: there are no windows. */
  readonly window?: Window
  /** What may go wrong beside the order: operations and runs that fail, time that runs out. */
  readonly faults?: boolean
  /** Whether a lease may end too early, once. */
  readonly expiry?: boolean
}

/** Chooses one of the possible next steps; none ends the play. */
export type Chooser = (steps: readonly Step[]) => Step | undefined

export interface Played {
  /** Which promise did not hold. */
  readonly violation: string | undefined
  /** What each operation gave and what was stored in the end, as text; `undefined` where it did not come to an end. */
  readonly outcome: string | undefined
  /** All of it, for whoever has to find out why, where a promise did not hold. */
  readonly story: string
}

/** One operation of the play. Times are counted in what begins, ends and runs. */
interface Told {
  readonly verb: Verb
  readonly began: number
  /** `Infinity` where it has not ended, or failed: its write may still take effect. */
  ended: number
  /** When the store failed it: this process is to trust nothing older from then on. */
  lost?: number
  /** When its last run began. */
  ran: number | undefined
  result?: unknown
  status: 'running' | 'done' | 'failed'
}

/** Where a value comes from. */
interface Origin {
  readonly op: number
  readonly at: number
  readonly byRun: boolean
}

const SEED = 'seed'
/** In a sandbox of jest to look a global up is slow. */
const NEVER = Number.POSITIVE_INFINITY
/** More than this often nothing but time can help: then nothing does. */
const PATIENCE = 200
/** How often time passes for those who wait for another process, while something else could happen. */
const EARLY = 1

/** Where plays of a plan take place, one after the other. */
export interface Stage {
  enter(ran: Ran): World
  /** The play is over. */
  leave(played: Played): Promise<void>
}

/** To build a world takes longer than many a play: one in which nothing is left of a play serves the next. */
export function createStage({ place, window = 'none', faults = false, expiry = false }: Plan): Stage {
  let current: Ran
  let world: World | undefined
  return {
    enter(ran) {
      current = ran
      world ??= buildWorld(place, (id) => current(id), { expiry, window })
      return world
    },
    async leave({ violation }) {
      const left = world
      world = undefined
      if (faults || violation !== undefined || left?.renew === undefined || left.hasExpired?.()) return
      await left.finishAll()
      if (jest.getTimerCount() > 0 || left.leftBehind(true) !== undefined) return
      left.renew()
      world = left
    },
  }
}

/** Plays a plan to its end, or to the first promise that does not hold. */
export async function play(plan: Plan, choose: Chooser, stage = createStage(plan)): Promise<Played> {
  try {
    const played = await playOn(stage, plan, choose)
    await stage.leave(played)
    return played
  } finally {
    jest.clearAllTimers()
  }
}

async function playOn(
  stage: Stage,
  { place, ops, stored, window = 'none', faults = false }: Plan,
  choose: Chooser,
): Promise<Played> {
  const steps: string[] = []
  const told: Told[] = []
  const origins = new Map<unknown, Origin>([[SEED, { op: -1, at: -1, byRun: true }]])
  let clock = 0
  let runs = 0
  let timeouts = 0
  let passed = 0
  let early = 0
  let stepping: Exclude<Touches, string> | undefined
  let isUnforeseen = false

  const ran: Ran = (id) => {
    const value = `${id}.${runs++}`
    const at = clock++
    origins.set(value, { op: id, at, byRun: true })
    const one = told[id]
    if (one !== undefined) one.ran = at
    isUnforeseen ||= !faults && !world.oneProcess && stepping?.does === 'goes on'
    return value
  }
  const world = stage.enter(ran)
  if (stored) world.seed(SEED, stored)
  /** What was stored, and since when. */
  const contents = [{ at: -1, value: world.content() }]

  const begin = (id: number, [verb, wrapper]: Op): void => {
    const one: Told = { verb, began: clock++, ended: NEVER, ran: undefined, status: 'running' }
    told[id] = one
    if (verb === 'set') origins.set(`set ${id}`, { op: id, at: one.began, byRun: false })
    const acts = world.wrappers[wrapper]()
    const doing = verb === 'set' ? acts.set(`set ${id}`, id) : acts[verb](id)
    doing.then(
      (result) => {
        one.result = result
        one.status = 'done'
        one.ended = clock++
      },
      (error) => {
        one.status = 'failed'
        if (error instanceof StoreError) one.lost = clock++
      },
    )
  }

  const nextStep = (): readonly Step[] => {
    const id = told.length
    const op = ops[id]
    const timeOut = faults && timeouts < 2 && told.some(({ status }) => status === 'running')
    const possible: Step[] = [
      ...world.steps(faults),
      ...(op === undefined
        ? []
        : [{ name: `begin ${op}`, touches: { process: op[1], does: 'begins' } as const, act: () => begin(id, op) }]),
      ...(timeOut ? [{ name: 'time out', touches: 'time' as const, act: passTimeOut }] : []),
    ]
    if (told.every(({ status }) => status !== 'running')) return possible
    const isAlone = possible.every(({ name }) => name === 'time out')
    if (isAlone ? passed < PATIENCE : early < EARLY && world.isPolled?.())
      return [...possible, ...world.timeSteps(faults && isAlone)]
    return possible
  }
  const passTimeOut = (): void => {
    timeouts += 1
    jest.advanceTimersByTime(TIMEOUT)
  }

  /** The first promise that does not hold after a step. */
  const violation = (): string | undefined => {
    if (isUnforeseen) return 'a run began in a step that was thought to begin none: what commutes is wrong'
    if (world.writesInTheAir() > 1) return 'more than one write is in the air'
    const content = world.content()
    if (content !== contents.at(-1)?.value) contents.push({ at: clock++, value: content })
    for (const [id, write] of told.entries()) {
      if (write.verb === 'expire' && write.status === 'done') {
        const wrong = expireViolation(id, write)
        if (wrong !== undefined) return wrong
      }
      const { lost = NEVER } = write
      const since = world.oneProcess ? Math.min(write.ended, lost) : write.ended
      if (!isWrite(write.verb) || write.verb === 'expire' || since === NEVER) continue
      if (write.status === 'done' && content !== undefined && isOlder(content, id))
        return `${content} is stored after write ${id} has ended`
      for (const [reader, read] of told.entries()) {
        if (!isRead(read.verb) || read.status !== 'done' || read.began < since) continue
        if (read.result !== undefined && isOlder(read.result, id)) {
          return `read ${reader} began after write ${id} had ended, and gave ${read.result}`
        }
      }
    }
    return undefined
  }

  /**
   * What must hold after an `expire` has ended: what is older than it is not stored any more, is not fresh, and no call is
   * given any of it but what was stored while it was expired.
   */
  const expireViolation = (id: number, { began, ended }: Told): string | undefined => {
    const after = contents.find(({ at, value }) => at > ended && value !== undefined && isOlder(value, id))
    if (after !== undefined) return `${after.value} is stored after expire ${id} has ended`
    const last = contents.findLastIndex(({ at }) => at < began)
    const expired = contents.slice(last).filter(({ at }) => at < ended)
    for (const [reader, read] of told.entries()) {
      if (!isRead(read.verb) || read.status !== 'done' || read.began < ended || read.result === undefined) continue
      if (!isOlder(read.result, id)) continue
      if (read.verb === 'get') return `get ${reader} began after expire ${id} had ended, and gave ${read.result}`
      if (expired.some(({ value }) => value === read.result)) continue
      return `call ${reader} began after expire ${id} had ended, and gave ${read.result}, which was not what was expired`
    }
    return undefined
  }

  /** Whether a value is older than a write that has ended. */
  const isOlder = (value: unknown, id: number): boolean => {
    const origin = origins.get(value)
    if (origin === undefined) return true // of nobody
    const write = told[id] as Told // it has ended, so it is there
    const writer = told[origin.op]
    if (world.oneProcess) {
      // A refresh is an operation of its own, which begins when its call has found something: later than the call.
      const mayRefresh = window !== 'none' && writer !== undefined && isRead(writer.verb)
      return mayRefresh ? origin.at < write.began : origin.op < id
    }
    // Two writes at one time, in two processes: either may be the first.
    if (writer !== undefined && isWrite(writer.verb)) return writer.ended < write.began
    // Whose lease ended too early may be overtaken by a run that began after it did, before its own.
    const isAlone =
      !world.hasExpired?.() && told.every((other, i) => i === id || !isWrite(other.verb) || !overlap(other, write))
    return origin.at < (isAlone ? (write.ran ?? write.began) : write.began)
  }

  const atTheEnd = async (): Promise<string | undefined> => {
    if (told.some(({ status }) => status === 'running')) return 'something never ended'
    const last = ops.findLastIndex(([verb]) => isWrite(verb))
    const wentWell = told.every(({ status }) => status === 'done') && !world.hasExpired?.()
    const undisturbed = wentWell && !faults
    const isFreshAtFirst = stored === true || (stored === 'aged' && window === 'none')
    const lastWrite = told[last]
    const isLast =
      world.oneProcess ||
      told.every((one, i) => i === last || !isWrite(one.verb) || one.ended < Number(lastWrite?.began))
    if (wentWell && lastWrite !== undefined && lastWrite.verb !== 'delete' && lastWrite.verb !== 'expire' && isLast) {
      if (world.content() === undefined) return `nothing remained of write ${last}`
      if (isOlder(world.content(), last)) return `${world.content()} is what remained of write ${last}`
    }
    if (
      undisturbed &&
      !isFreshAtFirst &&
      !world.oneProcess &&
      told.every(({ verb }) => verb === 'call' || verb === 'many')
    ) {
      if (leases(place) && runs !== 1) return `the function ran ${runs} times`
    }
    const left = world.leftBehind(undisturbed)
    if (left !== undefined) return `left behind: ${left}`
    world.clear()
    const before = runs
    const fresh = world.wrappers[0]().call(ops.length)
    await world.finishAll()
    if ((await fresh) !== `${ops.length}.${before}` || runs !== before + 1) return 'left behind: a flight'
    return undefined
  }

  const finish = (wrong: string | undefined, outcome?: string): Played => ({
    violation: wrong,
    outcome,
    story:
      wrong === undefined
        ? ''
        : `${wrong}\n${place}, window: ${window}, stored: ${stored}: ${steps.join('; ')}\n${JSON.stringify(told)}`,
  })

  for (let possible = nextStep(); possible.length > 0; possible = nextStep()) {
    const step = choose(possible)
    if (step === undefined) return finish(undefined)
    steps.push(step.name)
    if (step.name === 'time passes') {
      if (possible.length > 1) early += 1
      passed += 1
    }
    stepping = typeof step.touches === 'string' ? undefined : step.touches
    step.act()
    await quiet()
    stepping = undefined
    const wrong = violation()
    if (wrong !== undefined) return finish(wrong)
  }
  const content = world.content()
  const results = told.map(({ status, result }) => (status === 'done' ? String(result) : status))
  return finish(await atTheEnd(), `${results.join(', ')}; ${content}`)
}

function buildWorld(place: Place, ran: Ran, options: { readonly expiry: boolean; readonly window: Window }): World {
  if (place === 'naive') return naive(ran)
  if (place === 'two processes') return twoProcesses(ran, { leases: true, ...options })
  if (place === 'two processes without leases') return twoProcesses(ran, { leases: false, ...options })
  return oneProcess(place, ran, options.window)
}

const leases = (place: Place) => place === 'two processes'
const WRITES: readonly Verb[] = ['set', 'update', 'updateMany', 'delete', 'expire']
const isWrite = (verb: Verb) => WRITES.includes(verb)
const isRead = (verb: Verb) => verb === 'call' || verb === 'get' || verb === 'many'
const overlap = (one: Told, other: Told) => one.began < other.ended && other.began < one.ended
