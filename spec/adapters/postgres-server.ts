/** A PostgreSQL server of a spec's own: in a temporary folder, on a free port. */
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { type ServerKind, startServer, type TestServer } from '../support/server-process.js'

const run = promisify(execFile)

/** Starts a server; its `url` names the user, the password and the database. Here `restart` keeps what is stored. */
export async function startPostgres(): Promise<TestServer> {
  const folder = await mkdtemp(join(tmpdir(), 'ringcache-postgres-'))
  try {
    const server = await startServer(await createCluster(folder))
    const end = server.stop
    server.stop = async () => {
      await shutDown(server)
      await end()
      await remove(folder)
    }
    return server
  } catch (error) {
    await remove(folder)
    throw error
  }
}

/** An empty cluster in the folder, as a kind of server. */
async function createCluster(folder: string): Promise<ServerKind> {
  const programs = process.env.POSTGRES_FOLDER
  if (!programs) throw new Error('POSTGRES_FOLDER is not set: run `npm run test:adapters`')
  const data = join(folder, 'data')
  const passwordFile = join(folder, 'password')
  // No other server has this user, so the one that lets it in is ours.
  const user = `ringcache_${randomBytes(6).toString('hex')}`
  await writeFile(passwordFile, 'secret')
  if (isRoot()) await run('chown', ['-R', 'postgres', folder])

  const locale = ['--encoding=UTF8', '--locale=C']
  const owner = ['-U', user, `--pwfile=${passwordFile}`, '-A', 'scram-sha-256']
  await run('sh', within(folder, join(programs, 'initdb'), '-D', data, ...owner, ...locale, '--no-sync'))
  // The probe has no password.
  const access = ['host template1 all 127.0.0.1/32 trust', 'host postgres all 127.0.0.1/32 scram-sha-256']
  await writeFile(join(data, 'pg_hba.conf'), access.map((line) => `${line}\n`).join(''))

  const settings = ['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories=', '-F']
  return {
    command: 'sh',
    args: (port) => within(folder, join(programs, 'postgres'), '-D', data, '-p', String(port), ...settings),
    probe: startupMessage(user, 'template1'),
    isUp: (reply) => reply.includes('server_version'),
    url: (port) => `postgresql://${user}:secret@127.0.0.1:${port}/postgres`,
  }
}

/** Arguments of `sh`: the programs want a folder that they can enter, and refuse to run as root. */
function within(folder: string, ...command: string[]): string[] {
  const asUser = isRoot() ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups', '--'] : []
  return ['-c', 'cd "$0" && exec "$@"', folder, ...asUser, ...command]
}

function isRoot(): boolean {
  return process.getuid?.() === 0
}

/** The first message of a client, of protocol version 3.0; the server answers with its settings. */
function startupMessage(user: string, database: string): string {
  const body = `\0\x03\0\0user\0${user}\0database\0${database}\0\0`
  return `\0\0\0${String.fromCharCode(body.length + 4)}${body}`
}

/** A server that is killed instead leaves its shared memory behind. */
async function shutDown({ pid }: TestServer): Promise<void> {
  const deadline = Date.now() + 5_000
  let signal: NodeJS.Signals | 0 = 'SIGINT'
  try {
    process.kill(pid, 'SIGCONT')
    while (Date.now() < deadline) {
      process.kill(pid, signal)
      signal = 0
      await sleep(10)
    }
  } catch {
    // It is gone.
  }
}

function remove(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true, maxRetries: 10 })
}
