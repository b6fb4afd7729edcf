/** Programs of the benchmark in a process of their own, which nothing else has warmed up or filled. */
import { spawn } from 'node:child_process'
import { join, resolve } from 'node:path'

export const root = resolve(import.meta.dirname, '..')

/** Runs a TypeScript file of `bench/` and gives what it printed, which must be JSON. `flags` are Node's. */
export function inChild(file: string, args: readonly string[], flags: readonly string[] = []): Promise<unknown> {
  return runNode([...flags, 'scripts/run-ts.mjs', '--exit', join('bench', file), ...args])
}

/** Runs Node in the project's folder and gives what it printed, which must be JSON. */
export async function runNode(args: readonly string[]): Promise<unknown> {
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
  let printed = ''
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    printed += chunk
  })
  const code = await new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve))
  if (code !== 0) throw new Error(`node ${args.join(' ')} ended with ${code}`)
  return JSON.parse(printed)
}
