import { endTurn, isFenced, mayLag, type Turn } from './fence.js'
import { createTable } from './table.js'

/** The running executions of one cached function on one store: one per key, which all concurrent calls share. */
export interface Flights {
  /** How many keys have one. */
  readonly size: number
  /** The flight that a call may join: none since whose begin a `set`, `delete` or `update` has begun, or has ended. */
  join(key: string): Promise<unknown> | undefined
  /**
   * Makes `run` the key's flight, in its turn. It gives way when it ends, before its callers are told. Its turn ends with
   * it when it fails, else when `landed` settles (`undefined`: with it).
   */
  start(turn: Turn, run: () => Promise<unknown>, landed?: Promise<unknown>): Promise<unknown>
}

interface Flight {
  readonly turn: Turn
  readonly result: Promise<unknown>
}

export function createFlights(): Flights {
  const flights = createTable<Flight>()
  return {
    get size() {
      return flights.size
    },
    join(key) {
      const flight = flights.get(key)
      if (flight === undefined || isFenced(flight.turn) || mayLag(flight.turn)) return undefined
      return flight.result
    },
    start(turn, run, landed) {
      const giveWay = (): void => {
        if (flights.get(turn.key) === flight) flights.delete(turn.key)
      }
      const end = (): void => endTurn(turn)
      const result = run().then(
        (value) => {
          giveWay()
          if (landed === undefined) end()
          else landed.then(end, end)
          return value
        },
        (error) => {
          giveWay()
          end()
          throw error
        },
      )
      const flight: Flight = { turn, result }
      flights.set(turn.key, flight)
      return result
    },
  }
}
