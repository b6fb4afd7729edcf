import { once } from 'node:events'
import { connect } from 'node:net'

/** What memcached's text protocol answers to one line, up to `end`: what no client of ours can ask. */
export async function askMemcached(port: number, line: string, end: string): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1' })
  try {
    socket.write(`${line}\r\n`)
    let answer = ''
    while (!answer.includes(end)) answer += String((await once(socket, 'data'))[0])
    return answer
  } finally {
    socket.destroy()
  }
}
