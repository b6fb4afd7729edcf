import { setImmediate } from 'node:timers'
import { attend, type Crowd } from './crowd.js'
import { endTurn, isDoubtful, isFenced, isSent, mayLag, type Turn } from './fence.js'
import type { MaybePromise } from './maybe.js'
import { signalsIn } from './signals.js'
import { createTable, type Table } from './table.js'

/** The running executions of one cached function on one store: one per key, which all concurrent calls share. */
export interface Flights {
  /** How many keys have one: `running.size`. */
  readonly running: { readonly size: number }
  /**
   * The flight that a call with these arguments may join, which waits for it until a signal of its own is aborted: none
   * since whose begin a `set`, `delete`, `expire` or `update` has begun, or has ended, and none that all have left. Where
   * other processes count, one that began in an earlier turn of the event loop may give what one of them has outdated
   * before this call began (`isDoubtful`, or `isSent` by then: the store may have taken its value before that happened):
   * its caller then asks `again`, if given, with the time of `performance.now` since which it has waited.
   */
  join(key: string, args: readonly unknown[], again?: (since: number) => Promise<unknown>): Promise<unknown> | undefined
  /**
   * Makes `run`, which never throws, the key's flight, in its turn. It gives way when it ends, before its callers are told. Its turn ends with
   * it when it fails, else when `landed` settles (without one: with it). `call` is who makes it, and waits for it; its
   * crowd, if it has one, are all who do.
   */
  start(
    turn: Turn,
    call: { readonly args: readonly unknown[]; readonly crowd?: Crowd | undefined },
    run: () => MaybePromise<unknown>,
    course?: Course,
  ): Promise<unknown>
  /**
   * Makes a flight of the key of what may turn out to need no run. It ends by `end`, or goes on as the `held` one of
   * `start`; its maker waits for it as one of its crowd.
   */
  hold(held: Flight): void
  /** Ends a flight that was held, and its turn. */
  end(held: Flight): void
}

/** How a flight goes, where that is not as most do. */
export interface Course {
  /** It runs when this has resolved. */
  readonly before?: Promise<unknown>
  /** Its turn ends when this settles, if it does not fail. */
  readonly landed?: Promise<unknown>
  /** The flight itself, where it has begun. */
  readonly held?: Flight | undefined
}

const ORDINARY: Course = {}

/** One execution, or what may become one. */
export interface Flight {
  readonly turn: Turn
  /** What it gives; of one that is held, a way to wait until its `outcome` is known: asked when somebody joins it. */
  result: Promise<unknown> | (() => Promise<unknown>)
  readonly outcome?: unknown
  readonly crowd: Crowd | undefined
  /** The turn of the event loop in which it began. */
  loop: number
}

/** `amongProcesses`: whether it is known what other processes do to the same keys. */
export function createFlights(amongProcesses: boolean): Flights {
  const flights = createTable<Flight>()
  const currentLoop = loopCounter()
  const joinable = (key: string): Flight | undefined => {
    const flight = flights.get(key)
    if (flight === undefined || isFenced(flight.turn) || mayLag(flight.turn)) return undefined
    // All have left one that is aborted: who comes now is not to be told why.
    return flight.crowd?.signal.aborted ? undefined : flight
  }
  const loopNow = (): number => (amongProcesses ? currentLoop() : 0)
  return {
    running: flights,
    join(key, args, again) {
      const flight = joinable(key)
      if (flight === undefined) return undefined
      const { crowd, turn, loop } = flight
      const result = resultOf(flight)
      const signals = signalsIn(args)
      // Of one of the same turn of the event loop nothing has been sent yet.
      if (again === undefined || !amongProcesses || loop === loopNow()) return attend(crowd, signals, result)
      const [late, since] = [isSent(turn), performance.now()]
      return attend(
        crowd,
        signals,
        result.then((value) => (late || isDoubtful(turn) ? again(since) : value)),
      )
    },
    start(turn, { args, crowd }, run, course = ORDINARY) {
      const result = fly(flights, turn, run, course)
      if (course.held !== undefined) return result
      flights.set(turn.key, { turn, result, crowd, loop: loopNow() })
      return crowd === undefined ? result : attend(crowd, signalsIn(args), result)
    },
    hold(held) {
      held.loop = loopNow()
      flights.set(held.turn.key, held)
    },
    end: ({ turn }) => end(flights, turn),
  }
}

/** Asked once, whoever joins. */
function resultOf(flight: Flight): Promise<unknown> {
  if (typeof flight.result === 'function') flight.result = flight.result().then(() => flight.outcome)
  return flight.result
}

/** One flight, to its end: its slot is free and its turn has ended, or will with `landed`, before its callers are told. */
async function fly(
  flights: Table<Flight>,
  turn: Turn,
  run: () => MaybePromise<unknown>,
  { before, landed }: Course,
): Promise<unknown> {
  let last: Promise<unknown> | undefined
  try {
    if (before !== undefined) await before
    const value = await run()
    last = landed
    return value
  } finally {
    end(flights, turn, last)
  }
}

function end(flights: Table<Flight>, turn: Turn, last?: Promise<unknown>): void {
  if (flights.get(turn.key)?.turn === turn) flights.delete(turn.key)
  if (last === undefined) endTurn(turn)
  else endAfter(turn, last)
}

function endAfter(turn: Turn, last: Promise<unknown>): void {
  const end = (): void => endTurn(turn)
  last.then(end, end)
}

/** Numbers the turns of the event loop in which it is asked. Clients send what they were handed in one when it ends. */
function loopCounter(): () => number {
  let loop = 0
  let counting = false
  return () => {
    if (!counting) {
      counting = true
      setImmediate(() => {
        counting = false
        loop += 1
      })
    }
    return loop
  }
}
