/**
 * Runs the specs of stores that are too heavy for a plain install (`@keyv/sqlite` compiles SQLite from source: minutes,
 * a C++ compiler; `@keyv/postgres` needs a server): `npm run test:adapters`. They have a package.json and lock of their own.
 */
import { spawnSync } from 'node:child_process'
import { join, resolve } from 'node:path'
import { ensureServers, postgresFolder } from './ensure-servers.mjs'

const root = resolve(import.meta.dirname, '..')
const adapters = join(root, 'spec/adapters')

try {
  ensureServers(['postgresql'])
} catch (error) {
  console.error(error.message)
  process.exit(1)
}
process.env.POSTGRES_FOLDER = postgresFolder()

run('npm', ['ci', '--no-audit', '--no-fund'], adapters)
run(join(root, 'node_modules/.bin/tsc'), ['-p', adapters], root)
run(process.execPath, ['scripts/spec.mjs', '--roots=spec/adapters', '--testPathIgnorePatterns=/node_modules/'], root)

function run(command, args, cwd) {
  const { status, error } = spawnSync(command, args, { cwd, stdio: 'inherit' })
  if (status === 0) return
  console.error(`failed: ${command} ${args.join(' ')}${error ? `: ${error.message}` : ''}`)
  process.exit(1)
}
