/** A line to a server, which a spec can break in all the ways that lines break. */
import { connect, createServer, type Socket } from 'node:net'
import type { Way } from './support.js'

export interface Line {
  readonly port: number
  /** How many bytes clients have sent on it. */
  readonly sent: () => number
  /** From now on nothing arrives any more on the open connections, while nobody hangs up. */
  fallSilent(): void
  /** From now on nothing that clients send arrives any more, while nobody hangs up; who comes anew is turned away. */
  block(): void
  /** Hangs up on all that was blocked, and lets clients through again. */
  unblock(): void
  /** Ends the open connections towards the client: politely (`FIN`) or not (`RST`). */
  cut(how: 'FIN' | 'RST'): void
  /** Lets so many more bytes of the answers on the open connections through, then ends these politely. */
  cutAfter(bytes: number): void
  close(): void
}

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
  const connections = new Set<{ near: Socket; far: Socket }>()
  let sent = 0
  let blocked = false
  const server = createServer((near) => {
    if (blocked) {
      near.on('error', () => {}).resetAndDestroy()
      return
    }
    const far = connect({ port: to, host: '127.0.0.1' })
    const connection = { near, far }
    connections.add(connection)
    near.on('close', () => connections.delete(connection))
    near.on('data', (data) => {
      sent += data.length
    })
    near.on('error', () => far.destroy())
    far.on('error', () => near.destroy())
    near.pipe(far).pipe(near)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    port: address.port,
    sent: () => sent,
    fallSilent: () => {
      for (const { far } of connections) far.unpipe().pause()
    },
    block: () => {
      blocked = true
      for (const { near } of connections) near.unpipe().pause()
    },
    unblock: () => {
      blocked = false
      for (const { near, far } of connections) {
        far.destroy()
        near.resetAndDestroy()
      }
    },
    cut: (how) => {
      for (const { near, far } of connections) {
        if (how === 'FIN') near.end()
        else near.resetAndDestroy()
        far.destroy()
      }
    },
    cutAfter: (bytes) => {
      for (const { near, far } of connections) {
        let left = bytes
        far.unpipe().on('data', (data) => {
          if (left > 0) near.write(data.subarray(0, left))
          left -= data.length
          if (left <= 0) near.end()
        })
        far.resume() // `unpipe` pauses it
      }
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
