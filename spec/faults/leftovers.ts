/** What may be left behind when a fault is over and nothing is under way any more. */
import { subscribe } from 'node:diagnostics_channel'
import type { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { beginTurn, endTurn } from '../../lib/fence.js'
import { liveContexts } from '../../lib/live.js'

/** Remembers how a function and its client are at rest; what it gives tells what is more than that. */
export function atRest(prefix: string, store: object, ports: readonly number[]): () => string[] {
  const listeners = listenersOf(store)
  const connected = connectionsTo(ports)

  return () => {
    const left: string[] = []
    const expectSame = (what: string, is: unknown, was: unknown): void => {
      if (JSON.stringify(is) !== JSON.stringify(was))
        left.push(`${what}: ${JSON.stringify(is)}, not ${JSON.stringify(was)}`)
    }
    expectSame('runs under way', flightsOf(prefix), 0)
    expectSame('keys with an order of writes', ordersOf(prefix), 0)
    expectSame('commands in the client', pendingIn(store), 0)
    expectSame('listeners on the client', listenersOf(store), listeners)
    expectSame('connections to the server', connectionsTo(ports), connected)
    return left
  }
}

/** What this process has connected by `net.connect` and not closed, whoever holds it. */
const connections = new Set<Socket>()

subscribe('net.client.socket', (message) => {
  const { socket } = message as { socket: Socket } // so it is documented
  connections.add(socket)
  socket.once('close', () => connections.delete(socket))
})

/** How many of them lead there. What others have at the server says nothing of this process. */
function connectionsTo(ports: readonly number[]): number {
  return [...connections].filter(({ destroyed, remotePort = 0 }) => !destroyed && ports.includes(remotePort)).length
}

function contextOf(prefix: string) {
  const context = liveContexts().find(({ part }) => part === prefix)
  if (context === undefined || !('flights' in context)) throw new Error(`no function with the prefix ${prefix}`)
  return context as typeof context & { flights: { running: { size: number } } }
}

function flightsOf(prefix: string): number {
  return contextOf(prefix).flights.running.size
}

/** Fences tell of themselves to none but who holds a turn. */
function ordersOf(prefix: string): number {
  const turn = beginTurn(contextOf(prefix).storage.identity, `${prefix}::a key of nobody`, false)
  endTurn(turn)
  return turn.orders.size
}

interface MemjsServer extends EventEmitter {
  connectCallbacks: unknown[]
  responseCallbacks: object
  errorCallbacks: object
}

function clientOf(store: object): EventEmitter & { servers?: MemjsServer[] } {
  return Reflect.get(store, 'client')
}

/** What the client was handed and has no answer to. It tells so nowhere but in its own parts. */
function pendingIn(store: object): number {
  const client = clientOf(store)
  if (client.servers !== undefined) {
    const lengths = client.servers.map(({ connectCallbacks, responseCallbacks, errorCallbacks }) =>
      Math.max(connectCallbacks.length, Object.keys(responseCallbacks).length, Object.keys(errorCallbacks).length),
    )
    return Math.max(...lengths)
  }
  const queue: object = Reflect.apply(Reflect.get(client, '_getQueue'), client, [])
  const pendingCount: unknown = Reflect.get(queue, 'pendingCount')
  if (typeof pendingCount !== 'number') throw new Error('the client has no pendingCount any more')
  return pendingCount
}

function listenersOf(store: object): Record<string, number>[] {
  const client = clientOf(store)
  return (client.servers ?? [client]).map((emitter) =>
    Object.fromEntries(emitter.eventNames().map((name) => [String(name), emitter.listenerCount(name)])),
  )
}

/** Sockets, servers, processes, pipes and timers that keep this process alive, by kind. */
export function resources(): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const kind of process.getActiveResourcesInfo()) counts[kind] = (counts[kind] ?? 0) + 1
  return counts
}

/** What there is more of than before. */
export function moreThan(before: Record<string, number>): string[] {
  return Object.entries(resources()).flatMap(([kind, count]) => {
    const more = count - (before[kind] ?? 0)
    return more > 0 ? `${more} × ${kind}` : []
  })
}

/** Bytes of the heap that are still in use after all garbage was collected. */
export async function heapInUse(): Promise<number> {
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  for (let i = 0; i < 3; i += 1) {
    await setImmediate() // what a turn of the event loop has looked at, lives until its end
    collect()
  }
  return process.memoryUsage().heapUsed
}
