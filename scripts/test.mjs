/** `npm test`: every check in order. Stops at the first broken stage; the last line counts what passed and failed. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '..')
const scratch = mkdtempSync(join(tmpdir(), 'ringcache-test-'))
const stageTimeout = 10 * 60_000
/** Here servers stall and break while calls must end in time: beside specs that compute, they would wait for the machine. */
const timed = '/spec/(broken-store|faults|lease|traps)/(?!(dead-store|faulty)\\.)'
const apart = ['layering', 'readme', 'examples', 'testing/node-test', 'torture/[a-z]+']

const stages = [
  stage('test servers installed', 'node', 'scripts/ensure-servers.mjs'),
  stage('lint and format', 'node_modules/.bin/biome', 'ci', '--error-on-warnings', '.'),
  stage('types', 'node_modules/.bin/tsc', '--noEmit', '-p', 'tsconfig.json'),
  specs('layering', 'spec/layering\\.spec\\.ts$'),
  stage('build', 'npm', 'run', '--silent', 'build'),
  specs('specs', `--testPathIgnorePatterns=/spec/(types|adapters)/|/spec/(${apart.join('|')})\\.spec\\.ts$|${timed}`),
  specs('specs of outages, faults and leases', timed),
  specs('README, examples, built suite', 'spec/(readme|examples|testing/node-test)\\.spec\\.ts$'),
  // Alone: it takes all there is, and would keep the others waiting.
  specs('torture', '--runInBand', 'spec/torture/'),
  stage('package', 'node', 'scripts/check-package.mjs'),
]

const total = { passed: 0, failed: 0 }
for (const [at, { name, run }] of stages.entries()) {
  console.log(`\n▸ ${name}`)
  const begin = performance.now()
  const { passed, failed, why } = run()
  total.passed += passed
  total.failed += failed
  const seconds = `${((performance.now() - begin) / 1000).toFixed(1)} s`
  if (failed === 0) {
    console.log(`✓ ${name} (${seconds})`)
    continue
  }
  const rest = stages.slice(at + 1).map((stage) => stage.name)
  console.log(`✗ ${name} (${seconds}): ${why}`)
  if (rest.length > 0) console.log(`stopped here; not run: ${rest.join(', ')}`)
  break
}

rmSync(scratch, { recursive: true, force: true })
console.log(`\n${total.passed} passed, ${total.failed} failed`)
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0

/** A command that counts as one test. */
function stage(name, command, ...args) {
  return {
    name,
    run() {
      const why = execute(command, args)
      return why ? { passed: 0, failed: 1, why } : { passed: 1, failed: 0 }
    },
  }
}

/** A jest run that counts its own tests. */
function specs(name, ...args) {
  return {
    name,
    run() {
      const file = join(scratch, `${name}.json`)
      const why = execute('node', ['scripts/spec.mjs', '--json', `--outputFile=${file}`, ...args])
      if (!existsSync(file)) return { passed: 0, failed: 1, why: why ?? 'jest wrote no result' }

      const result = JSON.parse(readFileSync(file, 'utf8'))
      const passed = result.numPassedTests
      const failed = result.numFailedTests + result.numRuntimeErrorTestSuites
      if (failed > 0) return { passed, failed, why: `${failed} failed` }
      if (why || passed === 0) return { passed, failed: 1, why: why ?? 'no test ran' }
      return { passed, failed }
    },
  }
}

/** Why the command failed; nothing if it did not. */
function execute(command, args) {
  const { status, signal, error } = spawnSync(command === 'node' ? process.execPath : command, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    timeout: stageTimeout,
    killSignal: 'SIGKILL',
  })
  if (error?.code === 'ETIMEDOUT') return `not done after ${stageTimeout / 60_000} minutes`
  if (error) return error.message
  return status === 0 ? undefined : `exit ${signal ?? status}`
}
