/** A slow web server on this machine, which counts what it is asked. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

export type Origin = Awaited<ReturnType<typeof startOrigin>>

export async function startOrigin(delay = 300) {
  const visits = new Map<string, number>()
  let requests = 0
  let toldOf = 0
  const server = createServer(async ({ url = '/' }, response) => {
    requests += 1
    const visit = (visits.get(url) ?? 0) + 1
    visits.set(url, visit)
    await sleep(delay)
    response.setHeader('x-visit', visit).end(url.split('/').at(-1))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // it listens on TCP

  return {
    delay,
    url: (path: string) => `http://127.0.0.1:${port}${path}`,
    requests: () => requests,
    /** How often it was asked since this was last told. */
    told() {
      const times = requests - toldOf
      toldOf = requests
      if (times === 0) return 'server not asked'
      return `server asked ${times === 1 ? 'once' : `${times} times`}`
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
