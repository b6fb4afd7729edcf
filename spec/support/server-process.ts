/** One server process of a spec: started on a port of its own, and never left behind. */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** How to start one kind of server and how to know that it is up. */
export interface ServerKind {
  command: string
  args: (port: number) => string[]
  /** What to send to a fresh connection. */
  probe: string
  /** Whether `reply` says that the process `pid` is up: another server may have taken the port. */
  isUp: (reply: string, pid: number) => boolean
  url: (port: number) => string
}

/** A running server. */
export interface TestServer {
  readonly url: string
  readonly port: number
  /** Changes with `restart`. */
  readonly pid: number
  /** Ends the process at once, as a crash would. It can be restarted. */
  kill: () => Promise<void>
  /** Stops the process from answering; its connections stay open. */
  pause: () => void
  resume: () => void
  /** Starts anew, empty, on the same port. */
  restart: () => Promise<void>
  /** Ends the process. Fine to call twice, and after `kill`. */
  stop: () => Promise<void>
}

/** Starts a server on `port`, or on a free one. */
export async function startServer(kind: ServerKind, port?: number): Promise<TestServer> {
  let running = await launch(kind, port)

  return {
    url: kind.url(running.port),
    port: running.port,
    get pid() {
      return running.pid
    },
    kill: () => running.end(),
    pause: () => signal(running.pid, 'SIGSTOP'),
    resume: () => signal(running.pid, 'SIGCONT'),
    async restart() {
      await running.end()
      running = await launch(kind, running.port)
    },
    stop: () => running.end(),
  }
}

interface Running {
  port: number
  pid: number
  end: () => Promise<void>
}

async function launch(kind: ServerKind, fixedPort: number | undefined): Promise<Running> {
  const deadline = Date.now() + 15_000
  let why = ''
  while (Date.now() < deadline) {
    const port = fixedPort ?? randomPort()
    const attempt = await tryLaunch(kind, port, deadline)
    if (typeof attempt !== 'string') return attempt
    why = attempt
    if (!/in use/i.test(why)) break
    await sleep(20)
  }
  throw new Error(`${kind.command} did not start: ${why}`)
}

/**
 * A random port below the ephemeral ones: no client is given it as its own, so a client that reconnects to a
 * killed server cannot end up connected to itself.
 */
function randomPort(): number {
  return randomInt(12_000, 32_000)
}

/** The running server, or why it did not start. */
async function tryLaunch(kind: ServerKind, port: number, deadline: number): Promise<Running | string> {
  const child = spawn(kind.command, kind.args(port), { stdio: ['ignore', 'pipe', 'pipe'] })
  const output = collectOutput(child)
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('close', (code, by) => resolve(`exit ${by ?? code}: ${output()}`))
  })
  const { pid } = child
  if (pid === undefined) return ended
  const unguard = guard(pid)
  child.once('exit', unguard)
  hold(child, false)

  const end = async () => {
    hold(child, true)
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
    await ended
  }
  let failure: string | undefined
  ended.then((reason) => {
    failure = reason
  })
  while (failure === undefined && Date.now() < deadline) {
    if (kind.isUp(await ask(port, kind.probe), pid)) return { port, pid, end }
    await sleep(10)
  }
  await end()
  return failure ?? `no answer on port ${port}: ${output()}`
}

/** Ends the server when this process is gone, however it went: exit handlers do not run in a jest sandbox or on SIGKILL. */
function guard(pid: number): () => void {
  const watcher = spawn('sh', ['-c', 'read -r line; kill -9 "$0"', String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  watcher.once('error', () => process.kill(pid, 'SIGKILL'))
  hold(watcher, false)
  return () => {
    watcher.kill('SIGKILL')
    watcher.stdin?.destroy()
  }
}

/** Whether a child that runs keeps this process from ending. */
function hold(child: ChildProcess, on: boolean): void {
  // A piped stream of a child is a socket, typed as a plain stream.
  for (const handle of [child, ...(child.stdio as (Socket | null)[])]) {
    if (on) handle?.ref()
    else handle?.unref()
  }
}

/** Keeps the tail of what a process prints, for the message when it fails. */
function collectOutput(child: ChildProcess): () => string {
  let text = ''
  const keep = (chunk: Buffer) => {
    text = (text + chunk).slice(-2_000)
  }
  child.stdout?.on('data', keep)
  child.stderr?.on('data', keep)
  return () => text.trim()
}

/** What the server on `port` answers to `probe`, its first packet; nothing if it does not within 500 ms. */
export async function ask(port: number, probe: string): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1' })
  try {
    socket.write(probe)
    const [reply] = await once(socket, 'data', { signal: AbortSignal.timeout(500) })
    return String(reply)
  } catch {
    return ''
  } finally {
    socket.destroy()
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  process.kill(pid, name)
}
