/** Running TypeScript programs (examples, README blocks) against the built package, as a user would. */
import { spawn } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'

export const root = resolve(import.meta.dirname, '../..')

export interface Outcome {
  /** The exit code; `null` if the program was ended at its timeout. */
  code: number | null
  stdout: string
  stderr: string
}

/** Runs the TypeScript `file` by `scripts/run-ts.mjs`; what is not done after `timeout` milliseconds is killed. */
export function runTypeScript(
  file: string,
  { exit = false, timeout = 15_000, args = [] }: { exit?: boolean; timeout?: number; args?: string[] } = {},
): Promise<Outcome> {
  return run(process.execPath, ['scripts/run-ts.mjs', ...(exit ? ['--exit'] : []), file, ...args], timeout)
}

/** Type-checks the project of a `tsconfig.json`. */
export function typeCheck(tsconfig: string): Promise<Outcome> {
  return run(join(root, 'node_modules/.bin/tsc'), ['--noEmit', '--pretty', 'false', '-p', tsconfig], 60_000)
}

/** Throws unless `dist` was built from the `lib` of now: programs import the package by its name. */
export function requireBuild(): void {
  const built = join(root, 'dist/index.js')
  if (!existsSync(built)) throw new Error('dist is missing: run `npm run build` first')
  const builtAt = statSync(built).mtimeMs
  const newer = readdirSync(join(root, 'lib'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .filter((file) => statSync(join(root, 'lib', file)).mtimeMs > builtAt)
  if (newer.length > 0) throw new Error(`dist is older than lib/${newer[0]}: run \`npm run build\` first`)
}

function run(command: string, args: string[], timeout: number): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, timeout, killSignal: 'SIGKILL' })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (chunk) => {
      stdout += chunk
    })
    child.stderr.on('data', (chunk) => {
      stderr += chunk
    })
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, stdout, stderr }))
  })
}
