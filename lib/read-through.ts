/** What a plain call does: it reads through the cache. */

import { settleAged } from './aged.js'
import { type Call, type Context, callAt, keepsAfter, sharing, surviveStore } from './call.js'
import { beginTurn, doubt, endTurn, type Turn } from './fence.js'
import type { Course } from './flight.js'
import { isThenable, type MaybePromise, NOW } from './maybe.js'
import { ALONE, FREE, type Permit, permitNow, permitsFor } from './permit.js'
import { type Found, lookUp, miss, openUsable, type Usable } from './read.js'
import { joinRefresh } from './refresh.js'
import { makeAndKeep } from './run.js'
import { abortedIn } from './signals.js'
import type { Stored } from './storage/storage.js'

/**
 * The stored value, as far as it is of use; else runs the function, stores and gives what it gave. Concurrent calls share
 * one flight.
 */
export function getOrUpdate(context: Context, call: Call): Promise<unknown> {
  return joined(context, call.key, call.args, call.receiver, call) ?? start(context, call)
}

/**
 * What the running flight of a key gives, if a call may join it. Where that may have been outdated before the call began,
 * the call asks again, joining any other: those began after it. What it has waited by then is part of its `wait`.
 */
export function joined(
  context: Context,
  key: string,
  args: readonly unknown[],
  receiver: unknown,
  call?: Call,
): Promise<unknown> | undefined {
  const { flights, leasing } = context
  // Where no other process counts, none asks again: ten thousand calls at once make no function each.
  if (leasing === undefined) return flights.join(key, args)
  const again = (since: number): Promise<unknown> =>
    flights.join(key, args) ?? start(context, { ...(call ?? callAt(context, key, args, receiver)), since })
  return flights.join(key, args, again)
}

/** Reads through the cache in a flight of its own, for a call that can join none. */
export function start(context: Context, from: Call): Promise<unknown> {
  return startBy(context, from, readThrough)
}

/**
 * Like `start`, for a call for which there is nothing in memory: saves a second look, and all that waits for its answer.
 * The function does not run inside the call, as after any look.
 */
export function startMissed(context: Context, from: Call): Promise<unknown> {
  return startBy(context, from, runMissed, MISSED)
}

const MISSED: Course = { before: NOW }

function startBy(
  context: Context,
  from: Call,
  run: (context: Context, call: Call, turn: Turn) => MaybePromise<unknown>,
  course?: Course,
): Promise<unknown> {
  const call = sharing(from)
  const aborted = call.crowd && abortedIn(call.args)
  if (aborted !== undefined) return Promise.reject(aborted.reason)
  const turn = beginTurn(context.storage.identity, call.key, false)
  return context.flights.start(turn, call, () => run(context, call, turn), course)
}

function runMissed(context: Context, call: Call, turn: Turn): MaybePromise<unknown> {
  miss(context, call)
  return goOn(context, call, turn, undefined)
}

function readThrough(context: Context, call: Call, turn: Turn): Promise<unknown> {
  const without = (error: unknown): MaybePromise<unknown> => {
    if (!surviveStore(context, call, error)) throw error
    return keepsAfter(error) ? goOn(context, call, turn, undefined) : runAndKeep(context, call, turn, ALONE)
  }
  const open = (stored: Stored | undefined): MaybePromise<unknown> => {
    let found: MaybePromise<Usable | undefined>
    try {
      found = openUsable(context, call, stored)
    } catch (error) {
      return without(error)
    }
    if (!isThenable(found)) return given(context, call, turn, found)
    return found.then((later) => given(context, call, turn, later), without)
  }
  return lookUp(context, call, open, without)
}

/** Whatever is served as it is costs no more than its lookup. */
function given(context: Context, call: Call, turn: Turn, found: Usable | undefined): MaybePromise<unknown> {
  if (found?.plan !== 'serve') return goOn(context, call, turn, found)
  doubt(turn)
  return found.value
}

function goOn(context: Context, call: Call, turn: Turn, found: Usable | undefined): MaybePromise<unknown> {
  if (found !== undefined) {
    doubt(turn)
    return settleAged(context, [{ call, found, since: turn }])[0]
  }
  const entrance = enter(context, call, turn)
  // With none to wait for, the function runs at once.
  if (!isThenable(entrance)) return entered(context, call, turn, entrance)
  return entrance.then((later) => entered(context, call, turn, later))
}

function entered(context: Context, call: Call, turn: Turn, entrance: Found | Permit): MaybePromise<unknown> {
  if (!('value' in entrance)) return runAndKeep(context, call, turn, entrance)
  doubt(turn)
  return entrance.value
}

/** What a call may do that has found nothing, or the value that it waited for: of a refresh under way, or of another process. */
function enter(context: Context, call: Call, turn: Turn): MaybePromise<Found | Permit> {
  const { refreshes, leasing } = context
  if (refreshes.running.size === 0 && leasing === undefined) return FREE
  const refreshing = joinRefresh(context, call)
  const permit = (): MaybePromise<Found | Permit> => permitsFor(context, [{ call, turn }])[0] ?? FREE
  if (refreshing !== undefined) return refreshing.then((refreshed) => refreshed ?? permit())
  return leasing === undefined ? FREE : permit()
}

/**
 * Runs `run` and stores what it gives, unless what began meanwhile on the key forbids it, or on that of the run that this
 * is made in. It shares no flight, and waits for no other process.
 */
export async function refresh(context: Context, call: Call, run: () => Promise<unknown>): Promise<unknown> {
  const { identity } = context.storage
  const turn = beginTurn(identity, call.key, false)
  // The run may end before this does: its key's order is held on to, and what begins from now on is told by the new turn.
  const within = call.turn === undefined ? [] : [call.turn, beginTurn(identity, call.turn.key, false)]
  try {
    return await runAndKeep(context, call, turn, await permitNow(context, call, turn), run, within)
  } finally {
    endTurn(turn)
    within.slice(1).forEach(endTurn)
  }
}

function runAndKeep(
  context: Context,
  call: Call,
  turn: Turn,
  permit: Permit,
  run?: () => Promise<unknown>,
  within?: readonly Turn[],
): Promise<unknown> {
  const { keeps, held } = permit
  return makeAndKeep(context, { kind: 'result', call, turn, keeps, held, within }, run)
}
