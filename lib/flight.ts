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
   * Makes `run` the key's flight, in its turn. It gives way when it ends, before its callers are told. Its turn ends with
   * it when it fails, else when `landed` settles (`undefined`: with it). `call` is who makes it, and waits for it; its
   * crowd, if it has one, are all who do. Where there is `before`, it runs when that has resolved.
   */
  start(
    turn: Turn,
    call: { readonly args: readonly unknown[]; readonly crowd?: Crowd | undefined },
    run: () => MaybePromise<unknown>,
    landed?: Promise<unknown>,
    before?: Promise<unknown>,
  ): Promise<unknown>
}

interface Flight {
  readonly turn: Turn
  readonly result: Promise<unknown>
  readonly crowd: Crowd | undefined
  /** The turn of the event loop in which it began. */
  readonly loop: number
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
  return {
    running: flights,
    join(key, args, again) {
      const flight = joinable(key)
      if (flight === undefined) return undefined
      const { crowd, turn, loop, result } = flight
      const signals = signalsIn(args)
      // Of one of the same turn of the event loop nothing has been sent yet.
      if (again === undefined || !amongProcesses || loop === currentLoop()) return attend(crowd, signals, result)
      const [late, since] = [isSent(turn), performance.now()]
      return attend(
        crowd,
        signals,
        result.then((value) => (late || isDoubtful(turn) ? again(since) : value)),
      )
    },
    start(turn, { args, crowd }, run, landed, before) {
      const result = fly(flights, turn, run, landed, before)
      flights.set(turn.key, { turn, result, crowd, loop: amongProcesses ? currentLoop() : 0 })
      return crowd === undefined ? result : attend(crowd, signalsIn(args), result)
    },
  }
}

/** One flight, to its end: its slot is free and its turn has ended, or will with `landed`, before its callers are told. */
async function fly(
  flights: Table<Flight>,
  turn: Turn,
  run: () => MaybePromise<unknown>,
  landed: Promise<unknown> | undefined,
  before: Promise<unknown> | undefined,
): Promise<unknown> {
  let last: Promise<unknown> | undefined
  try {
    if (before !== undefined) await before
    const value = await run()
    last = landed
    return value
  } finally {
    if (flights.get(turn.key)?.turn === turn) flights.delete(turn.key)
    if (last === undefined) endTurn(turn)
    else endAfter(turn, last)
  }
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
