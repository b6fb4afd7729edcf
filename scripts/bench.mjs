/**
 * `npm run bench`: installs the peers where they are missing (they have a package.json and lock of their own in bench/),
 * checks the types, and measures. `--full` measures longer; see bench/README.md.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { ensureServers } from './ensure-servers.mjs'

const root = resolve(import.meta.dirname, '..')
const bench = join(root, 'bench')
const lock = join(bench, 'package-lock.json')
const installed = join(bench, 'node_modules/.package-lock.json')

try {
  ensureServers()
} catch (error) {
  console.error(error.message)
  process.exit(1)
}
if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(lock).mtimeMs) {
  run('npm', ['ci', '--no-audit', '--no-fund'], bench)
}
link('ringcache', root)
// As in an application that has both: what is measured against an lru-cache uses the same one as ringcache.
if (versionOf(root) === versionOf(bench)) link('lru-cache', join(root, 'node_modules/lru-cache'))

run('npm', ['run', '--silent', 'build'], root)
run(join(root, 'node_modules/.bin/tsc'), ['-p', bench], root)
// Between two turns of a contestant there are many collections; it is still one that an application calls all the time.
const flags = ['--expose-gc', '--no-flush-bytecode']
run(process.execPath, [...flags, 'scripts/run-ts.mjs', '--exit', 'bench/index.ts', ...process.argv.slice(2)], root)

/** Lets files of bench/ import `name`: its package.json hides ringcache's own. */
function link(name, target) {
  const path = join(bench, 'node_modules', name)
  rmSync(path, { recursive: true, force: true })
  symlinkSync(target, path, 'junction')
}

function versionOf(folder) {
  return JSON.parse(readFileSync(join(folder, 'node_modules/lru-cache/package.json'), 'utf8')).version
}

function run(command, args, cwd) {
  const { status, error } = spawnSync(command, args, { cwd, stdio: 'inherit' })
  if (status === 0) return
  console.error(`failed: ${command} ${args.join(' ')}${error ? `: ${error.message}` : ''}`)
  process.exit(1)
}
