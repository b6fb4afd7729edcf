/** What another client says to a server of a scenario. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { createClient } from '@keyv/redis'
import { askMemcached } from '../conformance/ask-memcached.js'
import type { TestServer } from '../support/server-process.js'

export async function askRedis({ url }: TestServer, ...command: (string | Buffer)[]): Promise<string> {
  const client = createClient({ url })
  client.on('error', () => {})
  await client.connect()
  try {
    return String(await client.sendCommand(command))
  } finally {
    client.destroy()
  }
}

/** Stores bytes under keys as another client would; how many were refused. */
export async function putIntoMemcached({ port }: TestServer, keys: readonly string[], value: Buffer): Promise<number> {
  const socket = connect({ port, host: '127.0.0.1' })
  try {
    await once(socket, 'connect')
    let answer = ''
    const all = new Promise<string[]>((resolve, reject) => {
      socket.on('error', reject)
      socket.on('data', (data) => {
        answer += data
        const lines = answer.split('\r\n')
        if (lines.length > keys.length) resolve(lines)
      })
    })
    for (const key of keys) {
      socket.write(Buffer.concat([Buffer.from(`set ${key} 0 0 ${value.length}\r\n`), value, Buffer.from('\r\n')]))
    }
    return (await all).filter((line) => line !== '' && line !== 'STORED').length
  } finally {
    socket.destroy()
  }
}

/** One figure of memcached's `stats`. */
export async function memcachedFigure({ port }: TestServer, name: string): Promise<number> {
  const stats = await askMemcached(port, 'stats', 'END')
  return Number(new RegExp(`STAT ${name} (\\d+)`).exec(stats)?.[1])
}
