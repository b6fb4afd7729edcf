/** Sees to it that `redis-server` and `memcached` are installed: the specs start their own of each. */
import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const servers = ['redis-server', 'memcached']
const packages = 'redis-server memcached'

/** Installs what is missing where it can (root on Debian or Ubuntu), else throws an error with the command to run. */
export function ensureServers() {
  const missing = servers.filter((name) => !onPath(name))
  if (missing.length === 0) return

  const isRoot = process.getuid?.() === 0
  if (!isRoot || !onPath('apt-get')) throw new Error(`${missing.join(' and ')} not found. Install with:\n  ${advice()}`)

  console.log(`${missing.join(' and ')} not found: installing with apt-get`)
  withoutServices(() => {
    apt('update')
    apt('install', '-y', '--no-install-recommends', ...missing)
  })
  const absent = servers.filter((name) => !onPath(name))
  if (absent.length > 0) throw new Error(`apt-get ran, but ${absent.join(' and ')} is still not on the PATH`)
}

function onPath(name) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/bin']
  return folders.some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

function advice() {
  if (process.platform === 'darwin') return 'brew install redis memcached'
  return `sudo apt-get update && sudo apt-get install -y --no-install-recommends ${packages}`
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
function withoutServices(install) {
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
