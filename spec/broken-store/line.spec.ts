import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from '@jest/globals'
import { type Line, startLine } from './line.js'
import { eventually, timed } from './support.js'

/** So long is waited for what is not to come, in milliseconds. */
const NEVER = 300

const closers: (() => unknown)[] = []
afterEach(() => {
  for (const close of closers.splice(0).reverse()) close()
})

/** A line to a server that sends back what it gets, and a client on it that has been answered once. */
async function setup(): Promise<{ line: Line; client: Client }> {
  const server = createServer((socket) => socket.on('error', () => {}).pipe(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const line = await startLine(address.port)
  closers.push(
    () => server.close(),
    () => line.close(),
  )
  const client = dial(line)
  await client.ask('hello')
  return { line, client }
}

interface Client {
  readonly socket: Socket
  readonly got: () => string
  /** What ended it: nothing yet, a polite end, or an error's code. */
  readonly end: () => string | undefined
  /** Fails when no answer has come within so many milliseconds. */
  ask(text: string, within?: number): Promise<void>
}

function dial(line: Line): Client {
  const socket = connect({ port: line.port, host: '127.0.0.1' })
  closers.push(() => socket.destroy())
  let asked = ''
  let got = ''
  let end: string | undefined
  socket.on('data', (data) => {
    got += data
  })
  socket.on('end', () => {
    end ??= 'FIN'
  })
  socket.on('error', (error) => {
    end ??= String(Reflect.get(error, 'code'))
  })
  const ask = async (text: string, within = 10_000) => {
    socket.write(text)
    asked += text
    // Answers of two may come as one.
    const all = asked
    await eventually(() => got.startsWith(all), within)
  }
  return { socket, got: () => got, end: () => end, ask }
}

describe('a line', () => {
  it('delays what passes, there and back, in order', async () => {
    const { line, client } = await setup()
    line.delay(200)

    const { took } = await timed(() => Promise.all([client.ask('a'), client.ask('ab')]))

    expect(took).toBeGreaterThanOrEqual(195)
    expect(client.got()).toBe('helloaab')
  })

  it('drops what passes on connections old and new, and hangs up on none', async () => {
    const { line, client } = await setup()
    line.drop()
    const other = dial(line)

    await Promise.all([client, other].map((one) => expect(one.ask('x', NEVER)).rejects.toThrow('did not come true')))

    expect([client.got(), client.end()]).toEqual(['hello', undefined])
    expect([other.got(), other.end()]).toEqual(['', undefined])
  })

  it('is silent for good on a connection that has lost something, and sound on a new one', async () => {
    const { line, client } = await setup()
    line.drop()
    client.socket.write('x')

    await line.restore()

    await dial(line).ask('y')
    await expect(client.ask('z', NEVER)).rejects.toThrow('did not come true')
  })

  it.each(['FIN', 'silence'] as const)('truncates the answers on every connection, then there is %s', async (then) => {
    const { line, client } = await setup()
    line.truncate(() => 3, then)
    const other = dial(line)
    for (const one of [client, other]) one.socket.write('question')

    await eventually(() => client.got() === 'helloque' && other.got() === 'que')

    if (then === 'FIN') await eventually(() => client.end() === 'FIN' && other.end() === 'FIN')
    await expect(client.ask('more', NEVER)).rejects.toThrow('did not come true')
    expect([client.got(), client.end()]).toEqual(['helloque', then === 'FIN' ? 'FIN' : undefined])
  })

  it.each([
    ['FIN', 'FIN'],
    ['RST', 'ECONNRESET'],
  ] as const)('is cut by %s', async (how, end) => {
    const { line, client } = await setup()

    line.cut(how)

    await eventually(() => client.end() === end)
    await dial(line).ask('again')
  })

  it('refuses who connects, until it is restored', async () => {
    const { line, client } = await setup()
    line.refuse()
    const refused = dial(line)
    await eventually(() => client.end() === 'FIN' && refused.end() === 'ECONNREFUSED')

    await line.restore()

    await dial(line).ask('again')
  })
})
