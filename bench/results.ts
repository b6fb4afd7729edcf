/** What one run of the benchmark found, as it is kept in `results/`. */
import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join, resolve } from 'node:path'
import type { Comparison } from './compare.js'
import type { Figure, Growth } from './scenario.js'

export interface Results {
  readonly mode: 'short' | 'full'
  /** The day it was run. */
  readonly date: string
  readonly node: string
  readonly cpu: string
  readonly cores: number
  /** Of the peers, and of what ringcache stands on. */
  readonly versions: Readonly<Record<string, string>>
  readonly comparisons: readonly Comparison[]
  readonly figures: readonly Figure[]
  readonly growths: readonly Growth[]
}

const bench = import.meta.dirname
const root = resolve(bench, '..')
const OURS = ['keyv', 'lru-cache', 'superjson', '@redis/client', 'memjs']

/** Where and with what it is run. */
export function surroundings(mode: Results['mode']): Omit<Results, 'comparisons' | 'figures' | 'growths'> {
  const { devDependencies } = JSON.parse(readFileSync(join(bench, 'package.json'), 'utf8'))
  const peers = Object.keys(devDependencies).filter((name) => !name.startsWith('@types/'))
  return {
    mode,
    date: new Date().toISOString().slice(0, 10),
    node: process.version,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    versions: {
      ...Object.fromEntries(OURS.map((name) => [name, versionIn(root, name)])),
      ...Object.fromEntries(peers.map((name) => [name, versionIn(bench, name)])),
    },
  }
}

function versionIn(folder: string, name: string): string {
  return JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8')).version
}

/** As JSON that is easy to compare, laid out as `npm run format` does: four digits that count, lists of numbers in a line. */
export function serialized(results: Results): string {
  const shortened = (_key: string, value: unknown) => (typeof value === 'number' ? Number(value.toPrecision(4)) : value)
  const text = JSON.stringify(results, shortened, 2)
  return `${text.replace(/\[\s+([-+.\de]+(?:,\s+[-+.\de]+)*)\s+\]/g, (_, list: string) => `[${list.replace(/\s+/g, ' ')}]`)}\n`
}
