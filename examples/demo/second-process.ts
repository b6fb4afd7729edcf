/** The same call in a process of its own; run as a program, it is that process. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { cachedFetchUrl } from './fetch-url.js'
import { openStore } from './stores.js'

const THIS_FILE = fileURLToPath(import.meta.url)
const RUN_TS = join(import.meta.dirname, '../../scripts/run-ts.mjs')

export interface Report {
  pid: number
  /** How long the call took, in milliseconds. */
  duration: number
  /** As JSON has it. */
  at: string
}

export async function inSecondProcess(where: string, url: string): Promise<Report> {
  const { stdout } = await promisify(execFile)(process.execPath, [RUN_TS, THIS_FILE, where, url])
  return JSON.parse(stdout)
}

if (process.argv[1] === THIS_FILE) {
  const [where = '', url = ''] = process.argv.slice(2)
  const { store } = await openStore(where)
  const fetchUrl = cachedFetchUrl(store)
  const started = performance.now()
  const { at } = await fetchUrl(url)
  const duration = performance.now() - started
  console.log(JSON.stringify({ pid: process.pid, duration, at }))
  await fetchUrl.storage.backend.disconnect()
}
