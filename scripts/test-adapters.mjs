/**
 * Runs the specs of stores whose adapters are too heavy for a plain install (`@keyv/sqlite` compiles SQLite from
 * source: minutes, a C++ compiler): `npm run test:adapters`. They have a package.json and lock of their own.
 */
import { spawnSync } from 'node:child_process'
import { join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '..')
const adapters = join(root, 'spec/adapters')

run('npm', ['ci', '--no-audit', '--no-fund'], adapters)
run(join(root, 'node_modules/.bin/tsc'), ['-p', adapters], root)
run(process.execPath, ['scripts/spec.mjs', '--roots=spec/adapters', '--testPathIgnorePatterns=/node_modules/'], root)

function run(command, args, cwd) {
  const { status, error } = spawnSync(command, args, { cwd, stdio: 'inherit' })
  if (status === 0) return
  console.error(`failed: ${command} ${args.join(' ')}${error ? `: ${error.message}` : ''}`)
  process.exit(1)
}
