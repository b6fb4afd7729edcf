import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, posix, resolve } from 'node:path'
import { describe, expect, it } from '@jest/globals'

/**
 * The house from its roof to its ground. A file imports from floors below its own, types included, never from its own
 * floor or one above; so there can be no cycle.
 */
const floors: string[][] = [
  // The suite for stores, an entrance of its own.
  ['testing'],
  ['testing/conformance'],
  ['testing/*'],
  ['testing/clockwork', 'testing/envelope', 'testing/functions', 'testing/suite'],
  ['testing/runner', 'testing/store-case'],
  ['index', 'redis', 'memcache'],
  // The callable.
  ['cached', 'bind', 'sync', 'doctor'],
  ['findings'],
  ['sync/callable'],
  ['sync/view'],
  ['sync/actions'],
  ['sync/runs', 'sync/renew'],
  ['sync/expire'],
  ['sync/read', 'sync/write', 'sync/codec'],
  ['sync/call', 'sync/controls', 'sync/options'],
  ['members'],
  ['callable'],
  ['control'],
  ['host'],
  ['interface', 'items', 'assembly'],
  ['handle'],
  ['view'],
  ['actions'],
  ['runs', 'read-through-many'],
  ['read-through'],
  ['aged'],
  ['refresh', 'fly'],
  ['run'],
  ['bulk', 'permit'],
  ['lists'],
  ['keep', 'renew', 'expire'],
  ['amend'],
  ['write'],
  ['settle', 'peek', 'put-now'],
  ['outcome', 'promised', 'read', 'sample', 'live'],
  ['replays', 'gather'],
  ['lease'],
  ['call', 'controls'],
  ['resolve', 'flight', 'loader'],
  ['check-options', 'contradictions'],
  ['options'],
  ['action-call'],
  ['health', 'lost-leases'],
  ['failed-writes'],
  ['freshness'],
  ['crowd'],
  ['function', 'fence', 'budget', 'entry', 'signals', 'background'],
  // Stores.
  ['storage/current'],
  ['storage/open'],
  ['storage/adapter', 'storage/checked', 'storage/memory', 'storage/redis', 'storage/redis-hash', 'storage/memcache'],
  [
    'storage/checked-leases',
    'storage/redis-leases',
    'storage/redis-swap',
    'storage/memcache-leases',
    'storage/memcache-swap',
  ],
  ['storage/redis-commands'],
  ['storage/client'],
  ['storage/keyv'],
  ['storage/redis-client', 'storage/memcache-client'],
  ['storage/answers', 'storage/gate', 'storage/lease-key', 'storage/read-write-order', 'storage/reply'],
  ['storage/contract'],
  ['storage/storage'],
  // Coders.
  ['codec', 'coders/registry', 'coders/resolve'],
  ['coders/*'],
  ['coders/superjson-text'],
  ['coders/compression', 'coders/convert', 'coders/json-safe', 'coders/rehome', 'coders/revive', 'coders/shape'],
  ['coders/inspect'],
  ['coders/known-class'],
  ['coders/output', 'coder'],
  // Keys, and what all others stand on.
  ['key'],
  ['trace', 'memo'],
  ['receiver'],
  ['token', 'difference'],
  ['breaker', 'built-in', 'coders/kind', 'escape', 'flat', 'gathered', 'ignored'],
  ['maybe', 'observed', 'on-demand', 'table'],
  ['errors'],
]

/** Packages that only one file may import at run time, that only one may import at all, and that none may, not even for a type. */
const runtimeOnlyIn: Record<string, string> = { keyv: 'storage/keyv' }
const onlyIn: Record<string, string> = { '@keyv/redis': 'redis', '@keyv/memcache': 'memcache' }
const never = ['@redis/client', 'memjs']

const lib = resolve(import.meta.dirname, '../lib')
const files = readdirSync(lib, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.replaceAll('\\', '/').slice(0, -'.ts'.length))
const imports = files.flatMap(importsOf)

describe('the layering of lib', () => {
  it('declares a floor for every file, once', () => {
    const undeclared = files.filter((file) => floorsOf(file).length === 0)
    const twice = files.filter((file) => floorsOf(file).length > 1)

    expect({ undeclared, twice }).toEqual({ undeclared: [], twice: [] })
  })

  it('has every file that a floor declares', () => {
    const declared = floors.flat().filter((name) => !name.endsWith('/*'))

    expect(declared.filter((file) => !existsSync(join(lib, `${file}.ts`)))).toEqual([])
  })

  it('imports only files that exist', () => {
    const broken = imports.filter(({ target }) => target !== undefined && !files.includes(target))

    expect(broken.map(describeImport)).toEqual([])
  })

  it('imports only from floors below', () => {
    const wrong = imports.filter(({ file, target }) => {
      const [from] = floorsOf(file)
      const [to] = target === undefined ? [] : floorsOf(target)
      return from !== undefined && to !== undefined && to <= from
    })

    expect(wrong.map(describeImport)).toEqual([])
  })

  it('has no cycle', () => {
    expect(findCycle()).toEqual([])
  })

  it('keeps the suite for stores apart: nothing imports it, and it knows the public API alone', () => {
    const inside = (file: string | undefined) => file === 'testing' || file?.startsWith('testing/') === true
    const wrong = imports.filter(({ file, specifier, target }) => {
      if (!inside(file)) return inside(target)
      return target === undefined ? !specifier.startsWith('node:') : !inside(target) && target !== 'index'
    })

    expect(wrong.map(describeImport)).toEqual([])
  })

  it('imports keyv at run time in one place, and each client of a store in the subpath that creates it', () => {
    const wrong = imports.filter(({ file, specifier, typeOnly }) => {
      const name = packageOf(specifier)
      const owner = onlyIn[name] ?? (typeOnly ? undefined : runtimeOnlyIn[name])
      return never.includes(name) || (owner !== undefined && owner !== file)
    })

    expect(wrong.map(describeImport)).toEqual([])
  })
})

interface Import {
  file: string
  specifier: string
  /** The file of lib that is imported; nothing for a package. */
  target: string | undefined
  typeOnly: boolean
}

function importsOf(file: string): Import[] {
  const source = readFileSync(join(lib, `${file}.ts`), 'utf8')
  const statements = source.matchAll(/^(?:import|export)\s+(type\s)?[^'"`;]*?from\s+['"]([^'"]+)['"]/gm)
  const bare = source.matchAll(/^import\s+['"]([^'"]+)['"]/gm)
  const inline = source.matchAll(/^(?!\s*(?:\*|\/[/*])).*?\bimport\(\s*['"]([^'"]+)['"]/gm)
  return [
    ...[...statements].map(({ 1: type, 2: specifier = '' }) => toImport(file, specifier, type !== undefined)),
    ...[...bare, ...inline].map(({ 1: specifier = '' }) => toImport(file, specifier, false)),
  ]
}

function toImport(file: string, specifier: string, typeOnly: boolean): Import {
  const target = specifier.startsWith('.') ? posix.join(posix.dirname(file), specifier).replace(/\.js$/, '') : undefined
  return { file, specifier, target, typeOnly }
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

/** The floors of a file, counted from the roof: an exact name goes before a `folder/*`. */
function floorsOf(file: string): number[] {
  const named = floors.flatMap((floor, at) => floor.filter((name) => name === file).map(() => at))
  if (named.length > 0) return named
  return floors.flatMap((floor, at) => (floor.includes(`${posix.dirname(file)}/*`) ? [at] : []))
}

/** The files of one cycle, or none. */
function findCycle(): string[] {
  const done = new Set<string>()
  const visit = (file: string, path: string[]): string[] => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file]
    if (done.has(file)) return []
    for (const { target } of imports.filter((line) => line.file === file)) {
      const cycle = target === undefined ? [] : visit(target, [...path, file])
      if (cycle.length > 0) return cycle
    }
    done.add(file)
    return []
  }
  for (const file of files) {
    const cycle = visit(file, [])
    if (cycle.length > 0) return cycle
  }
  return []
}

function describeImport({ file, specifier }: Import): string {
  return `${file}.ts imports ${specifier}`
}
