/** Runs a group of faults in a process of its own. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Group, GroupOptions } from './group.js'

const root = resolve(import.meta.dirname, '../..')
/** A process that has not ended by then, has been kept from it. */
const LONGEST = 120_000

export interface Child extends Group {
  /** What it wrote to its standard error: warnings, and what nobody caught. */
  readonly stderr: string
}

export async function runInChild(options: GroupOptions): Promise<Child> {
  const args = ['scripts/run-ts.mjs', 'spec/faults/program.ts', JSON.stringify(options)]
  const child = spawn(process.execPath, args, { cwd: root, timeout: LONGEST, killSignal: 'SIGKILL' })
  const [stdout, stderr, [code, signal]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ])
  if (code !== 0) throw new Error(`the program of the faults ended with ${signal ?? code}: ${stderr}`)
  return { ...JSON.parse(stdout), stderr }
}
