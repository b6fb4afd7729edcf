import { isThenable, type MaybePromise } from './maybe.js'
import type { Attempt } from './storage/storage.js'
import { createTable, type Table } from './table.js'

/**
 * The order of reads, runs and writes on one key of one store, in this process. It lives only while something is
 * under way on the key: whoever could be fenced holds it.
 */
interface KeyOrder {
  /** Numbers the operations in the order they began. */
  begun: number
  /** The last `set`, `delete`, `expire` or `update` that began. */
  fence: number
  /** The latest-begun operation whose write the store has taken. */
  stored: number
  /** The latest-begun `expire` that the store has taken: what is stored stays, though it may be older. */
  expired: number
  /** The last `update` that has got the lease of the key. */
  leased: number
  /** The last operation that had begun when a `set`, `delete`, `expire` or `update` last ended. */
  ended: number
  /** Turns that have not ended. */
  holders: number
  /** The write in the air, then those that wait for it. */
  readonly queue: Job[]
}

interface Job {
  readonly turns: readonly Turn[]
  start: () => void
}

/** One operation's place in the order of its key. */
export interface Turn {
  readonly key: string
  readonly number: number
  /** Whether it is a `set`, `delete`, `expire` or `update`. */
  readonly fences: boolean
  readonly order: KeyOrder
  readonly orders: Table<KeyOrder>
  /** Whether what it gave may be older than what another process has deleted or written since it began. */
  doubtful: boolean
  /** Whether its value is on its way to the store: that it is taken tells nothing of what happens from now on. */
  sent: boolean
}

const ordersByStore = new WeakMap<object, Table<KeyOrder>>()

/** Begins an operation on a key of a store (its innermost object). `fences`: what began before must not write any more. */
export function beginTurn(identity: object, key: string, fences: boolean): Turn {
  let orders = ordersByStore.get(identity)
  if (orders === undefined) {
    orders = createTable()
    ordersByStore.set(identity, orders)
  }
  let order = orders.get(key)
  if (order === undefined) {
    order = { begun: 0, fence: 0, stored: 0, expired: 0, leased: 0, ended: 0, holders: 0, queue: [] }
    orders.set(key, order)
  }
  order.holders += 1
  order.begun += 1
  if (fences) order.fence = order.begun
  return { key, number: order.begun, fences, order, orders, doubtful: false, sent: false }
}

/** Ends the operation. A write of it that is still in the air keeps its place. */
export function endTurn(turn: Turn): void {
  if (turn.fences) turn.order.ended = turn.order.begun
  turn.order.holders -= 1
  forget(turn)
}

/** Has the operation go on holding its place in the order after its end, until `letGo`: what begins later is told from it. */
export function keepTurn({ order }: Turn): void {
  order.holders += 1
}

export function letGo(turn: Turn): void {
  turn.order.holders -= 1
  forget(turn)
}

/** Whether a `set`, `delete`, `expire` or `update` has begun since. */
export function isFenced(turn: Turn): boolean {
  return turn.order.fence > turn.number
}

/** Whether what it read may be older than a `set`, `delete`, `expire` or `update` that has ended, though it began after that began. */
export function mayLag(turn: Turn): boolean {
  return !turn.fences && turn.order.ended >= turn.number
}

/** Whether nothing is in the air for its key, nor waits to be. */
export function isFree(turn: Turn): boolean {
  return turn.order.queue.length === 0
}

/** Whether the store has already taken the write of something that began later. */
export function isOvertaken(turn: Turn): boolean {
  return turn.order.stored > turn.number
}

/** Whether the store has taken this operation's write, or that of something that began later. */
export function isStored(turn: Turn): boolean {
  return turn.order.stored >= turn.number
}

/** The store has taken this operation's write. */
export function markStored(turn: Turn): void {
  turn.order.stored = Math.max(turn.order.stored, turn.number)
}

/** The store has taken this `expire`. */
export function markExpired({ order, number }: Turn): void {
  order.expired = Math.max(order.expired, number)
}

/** Whether an `expire` that began later has been taken: what this brings would not be expired, and what is there is older. */
export function isExpiredSince(turn: Turn): boolean {
  return turn.order.expired > turn.number
}

/** What it gave may be outdated by another process, for all who came after it began. */
export function doubt(turn: Turn): void {
  turn.doubtful = true
}

/** Its value has been handed to the store. */
export function markSent(turn: Turn): void {
  turn.sent = true
}

export function isSent(turn: Turn): boolean {
  return turn.sent
}

/** This `update` has got the lease of its key. */
export function markLeased(turn: Turn): void {
  turn.order.leased = Math.max(turn.order.leased, turn.number)
}

/** Whether an `update` that began since has got the lease of the key: what ends it would stand in place of the update. */
export function isLeasedSince(turn: Turn): boolean {
  return turn.order.leased > turn.number
}

export function isDoubtful(turn: Turn): boolean {
  return turn.doubtful
}

/**
 * Writes when the writes that came before on these keys have really ended, not when somebody stopped waiting for
 * them: at most one write per key is in the air. What is given up while it waits is never written; what was given up in
 * the air and never ends lets the next pass after ten times its caller's patience. Distinct keys only.
 */
export function inTurn<T>(turns: readonly Turn[], attempt: Attempt, write: () => MaybePromise<T>): MaybePromise<T> {
  if (turns.every((turn) => turn.order.queue.length === 0)) {
    const result = write()
    if (!isThenable(result)) return result
    const job: Job = { turns, start: () => {} }
    enqueue(job)
    hold(job, attempt, result)
    return result
  }
  return new Promise<T>((resolve, reject) => {
    const job: Job = {
      turns,
      start: () => {
        attempt.onGiveUp = undefined
        attempt.queued = false
        const result = new Promise<T>((started) => started(write()))
        hold(job, attempt, result)
        result.then(resolve, reject)
      },
    }
    enqueue(job)
    attempt.queued = true
    attempt.onGiveUp = () => leave(job)
  })
}

/** How many times its caller's patience a write that was given up on may go on holding up the next. */
const HELD_UP = 10

/** Keeps a write's place until it has ended; one that never ends gives it up in the end. */
function hold(job: Job, attempt: Attempt, result: Promise<unknown>): void {
  let timer: NodeJS.Timeout | undefined
  let ended = false
  const done = (): void => {
    ended = true
    clearTimeout(timer)
    leave(job)
  }
  result.then(done, done)
  const giveUp = attempt.onGiveUp
  attempt.onGiveUp = () => {
    giveUp?.()
    if (ended) return // what followed it was given up
    timer = setTimeout(done, HELD_UP * attempt.timeout).unref()
  }
}

function enqueue(job: Job): void {
  for (const { order } of job.turns) order.queue.push(job)
}

/** Takes a job out, done or given up, and starts those it stood in front of. */
function leave(job: Job): void {
  for (const turn of job.turns) {
    const { queue } = turn.order
    const place = queue.indexOf(job)
    if (place < 0) continue
    queue.splice(place, 1)
    const next = queue[0]
    if (place === 0 && next?.turns.every((other) => other.order.queue[0] === next)) next.start()
    forget(turn)
  }
}

function forget({ order, orders, key }: Turn): void {
  if (order.holders === 0 && order.queue.length === 0) orders.delete(key)
}
