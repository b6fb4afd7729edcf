/** Sees to it that the servers which the specs start are installed: `redis-server`, `memcached`; `postgresql` where asked for. */
import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const ofEverySpec = ['redis-server', 'memcached']

/**
 * Installs what is missing where it can (root on Debian or Ubuntu), else throws an error with the command to run.
 * A server is named by its package, which is also the name of its service.
 */
export function ensureServers(servers = ofEverySpec) {
  const missing = servers.filter((name) => !isInstalled(name))
  if (missing.length === 0) return

  const isRoot = process.getuid?.() === 0
  if (!isRoot || !onPath('apt-get')) {
    throw new Error(`${missing.join(' and ')} not found. Install with:\n  ${advice(missing)}`)
  }

  console.log(`${missing.join(' and ')} not found: installing with apt-get`)
  withoutServices(missing, () => {
    apt('update')
    apt('install', '-y', '--no-install-recommends', ...missing)
  })
  const absent = servers.filter((name) => !isInstalled(name))
  if (absent.length > 0) throw new Error(`apt-get ran, but the programs of ${absent.join(' and ')} are still not there`)
}

/** The folder of PostgreSQL's programs: Debian keeps those of its newest version off the PATH. */
export function postgresFolder() {
  const versions = '/usr/lib/postgresql'
  const newestFirst = existsSync(versions) ? readdirSync(versions).sort((a, b) => Number(b) - Number(a)) : []
  const folders = [...newestFirst.map((version) => join(versions, version, 'bin')), ...pathFolders()]
  return folders.find((folder) => ['initdb', 'postgres'].every((name) => isExecutable(join(folder, name))))
}

function isInstalled(server) {
  return server === 'postgresql' ? postgresFolder() !== undefined : onPath(server)
}

function onPath(name) {
  return pathFolders().some((folder) => isExecutable(join(folder, name)))
}

function pathFolders() {
  return [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/bin']
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function advice(servers) {
  const ofHomebrew = { 'redis-server': 'redis' }
  if (process.platform === 'darwin') return `brew install ${servers.map((name) => ofHomebrew[name] ?? name).join(' ')}`
  return `sudo apt-get update && sudo apt-get install -y --no-install-recommends ${servers.join(' ')}`
}

function apt(...args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const { status, error } = spawnSync('apt-get', ['-q', '-o', 'DPkg::Lock::Timeout=120', ...args], {
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  if (status !== 0) throw new Error(`apt-get ${args.join(' ')} failed: ${error?.message ?? `exit ${status}`}`)
}

/** Runs `install` so that the packages do not start the distribution's own servers, now or at the next boot. */
function withoutServices(servers, install) {
  const policy = '/usr/sbin/policy-rc.d'
  const ours = !existsSync(policy)
  if (ours) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  try {
    install()
  } finally {
    if (ours) rmSync(policy)
  }
  if (existsSync('/run/systemd/system')) spawnSync('systemctl', ['disable', '--now', ...servers], { stdio: 'ignore' })
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    ensureServers()
  } catch (error) {
    console.error(error.message)
    process.exit(1)
  }
}
