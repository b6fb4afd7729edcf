/** A line to a server, which a spec can break in all the ways that lines break. */
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import type { Way } from './support.js'

export interface Line {
  readonly port: number
  /** How many bytes clients have sent on it. */
  readonly sent: () => number
  /** From now on no answer arrives any more on the open connections, while nobody hangs up. */
  fallSilent(): void
  /** From now on nothing that clients send arrives any more, while nobody hangs up; who comes anew is turned away. */
  block(): void
  /** Hangs up on all that was blocked, and lets clients through again. */
  unblock(): void
  /** Ends the open connections towards the client: politely (`FIN`) or not (`RST`). */
  cut(how: 'FIN' | 'RST'): void
  /** Lets so many more bytes of the answers on the open connections through, then ends these politely. */
  cutAfter(bytes: number): void
  // What follows holds for the connections to come as well, until `restore`.
  /** All that passes takes so many milliseconds, half of it on the way there and half on the way back. */
  delay(milliseconds: number): void
  /** What is sent vanishes, either way, while nobody hangs up. */
  drop(): void
  /** Lets so many bytes of the answers on each connection through, then ends it politely, or leaves it open and silent. */
  truncate(bytes: () => number, end: 'FIN' | 'silence'): void
  /** Nobody listens any more: who connects is refused. Open connections are cut. */
  refuse(): void
  /** All is well with new connections, and with the open ones that have lost nothing. */
  restore(): Promise<void>
  close(): void
}

interface Connection {
  readonly near: Socket
  readonly far: Socket
  /** Whether the bytes of this way vanish: once some have, what comes after them would make no sense. */
  readonly lost: { questions: boolean; answers: boolean }
  /** How many more bytes of answers arrive. */
  left: number
  /** What happens then. */
  end: 'FIN' | 'silence'
}

/** What is wrong with the whole line. */
interface Trouble {
  readonly delay: number
  readonly drops: boolean
  readonly turnsAway?: boolean
  readonly truncates?: { readonly bytes: () => number; readonly end: 'FIN' | 'silence' }
}

const NO_TROUBLE: Trouble = { delay: 0, drops: false }

/** The same way, by a line of its own, which there is when the way was started. */
export function lined(way: Way): { way: Way; line: () => Line } {
  let line: Line | undefined
  return {
    way: {
      ...way,
      start: async () => {
        const server = await way.start()
        const own = await startLine(server.port)
        line = own
        const stop = async () => {
          own.close()
          await server.stop()
        }
        return { ...server, url: server.url.replace(String(server.port), String(own.port)), stop }
      },
    },
    line: () => {
      if (line === undefined) throw new Error('not started')
      return line
    },
  }
}

export async function startLine(to: number): Promise<Line> {
  const connections = new Set<Connection>()
  let trouble = NO_TROUBLE
  let sent = 0
  const server = createServer((near) => {
    if (trouble.turnsAway) {
      near.on('error', () => {}).resetAndDestroy()
      return
    }
    near.setNoDelay()
    const far = connect({ port: to, host: '127.0.0.1', noDelay: true })
    const lost = { questions: false, answers: false }
    const connection: Connection = { near, far, lost, left: Number.POSITIVE_INFINITY, end: 'FIN' }
    connections.add(connection)
    afflict(connection)
    near.on('close', () => {
      connections.delete(connection)
      far.destroy()
    })
    near.on('data', (data) => {
      sent += data.length
    })
    near.on('error', () => far.destroy())
    far.on('error', () => near.destroy())
    carry(near, far, (data) => (connection.lost.questions ? undefined : data))
    carry(far, near, (data) => answer(connection, data))
  })
  const port = await listen(server)

  function afflict(connection: Connection): void {
    if (trouble.drops) Object.assign(connection.lost, { questions: true, answers: true })
    if (trouble.truncates === undefined) return
    connection.left = trouble.truncates.bytes()
    connection.end = trouble.truncates.end
  }

  function beset(by: Partial<Trouble>): void {
    trouble = { ...NO_TROUBLE, ...by }
    for (const connection of connections) afflict(connection)
  }

  /** Takes what `through` lets pass, in order, each with the delay of the time when it came. */
  function carry(from: Socket, to: Socket, through: (data: Buffer) => Buffer | undefined): void {
    const later = inOrder(() => trouble.delay / 2)
    from.on('data', (data: Buffer) => {
      const passed = through(data)
      if (passed === undefined) return
      later(() => {
        if (to.writable && !to.write(passed)) {
          from.pause()
          to.once('drain', () => from.resume())
        }
      })
    })
    from.on('end', () => {
      if (through(Buffer.alloc(0)) !== undefined) later(() => to.end())
    })
  }

  function answer(connection: Connection, data: Buffer): Buffer | undefined {
    if (connection.lost.answers) return undefined
    const passed = data.subarray(0, connection.left)
    connection.left -= passed.length
    if (connection.left > 0) return passed
    connection.lost.answers = true
    if (connection.end === 'silence') return passed
    if (passed.length > 0) connection.near.write(passed)
    connection.near.end()
    return undefined
  }

  const cut = (how: 'FIN' | 'RST'): void => {
    for (const { near, far } of connections) {
      if (how === 'FIN') near.end()
      else near.resetAndDestroy()
      far.destroy()
    }
  }

  return {
    port,
    sent: () => sent,
    fallSilent: () => {
      for (const { lost } of connections) lost.answers = true
    },
    block: () => {
      beset({ turnsAway: true })
      for (const { lost } of connections) lost.questions = true
    },
    unblock: () => {
      trouble = NO_TROUBLE
      cut('RST')
    },
    cut,
    cutAfter: (bytes) => {
      for (const connection of connections) Object.assign(connection, { left: bytes, end: 'FIN' })
    },
    delay: (milliseconds) => beset({ delay: milliseconds }),
    drop: () => beset({ drops: true }),
    truncate: (bytes, end) => beset({ truncates: { bytes, end } }),
    refuse: () => {
      server.close()
      cut('FIN')
    },
    restore: async () => {
      trouble = NO_TROUBLE
      for (const connection of connections) connection.left = Number.POSITIVE_INFINITY
      if (!server.listening) await listen(server, port)
    },
    close: () => {
      for (const { near, far } of connections) {
        near.destroy()
        far.destroy()
      }
      server.close()
    },
  }
}

/** Does things one after the other, each when its delay is over: timers by themselves need not end in order. */
function inOrder(delay: () => number): (act: () => void) => void {
  const queue: { due: number; act: () => void }[] = []
  let waits = false
  const go = (): void => {
    waits = false
    for (let [next] = queue; next !== undefined; [next] = queue) {
      const left = next.due - performance.now()
      if (left > 0) {
        waits = true
        setTimeout(go, left)
        return
      }
      queue.shift()
      next.act()
    }
  }
  return (act) => {
    queue.push({ due: performance.now() + delay(), act })
    if (!waits) go()
  }
}

/** Listens on `port`, or on a free one below the ephemeral ones: a client that is refused cannot connect to itself. */
async function listen(server: Server, port?: number): Promise<number> {
  for (let tries = 0; ; tries += 1) {
    const chosen = port ?? randomInt(12_000, 32_000)
    try {
      server.listen(chosen, '127.0.0.1')
      await once(server, 'listening')
      return chosen
    } catch (error) {
      if (tries >= 50) throw error
      server.close()
    }
  }
}
