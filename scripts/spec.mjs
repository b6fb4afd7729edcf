/** Runs jest, as ESM, with all arguments passed on: `npm run spec -- spec/key.spec.ts`. */
import { spawnSync } from 'node:child_process'
import { join, resolve } from 'node:path'
import { ensureServers } from './ensure-servers.mjs'

const root = resolve(import.meta.dirname, '..')
const jest = join(root, 'node_modules/jest/bin/jest.js')
const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning']

try {
  ensureServers()
} catch (error) {
  console.error(error.message)
  process.exit(1)
}
const { status } = spawnSync(process.execPath, [...flags, jest, ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
})
process.exit(status ?? 1)
