/** What the core costs before the first call: how long its import takes, and how large it is in a bundle. */
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { root, runNode } from './child.js'
import { OURS } from './hits.js'
import type { Figure } from './scenario.js'
import { quartiles } from './statistics.js'

const DEPENDENCIES = 'keyv + superjson'

/** What each process imports. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  [OURS]: ['ringcache'],
  [DEPENDENCIES]: ['keyv', 'superjson'],
  nothing: [],
}

/** Milliseconds of one process. */
interface Start {
  /** Of its imports alone, as it tells itself: on the wall, and of the processor, which other work does not touch. */
  readonly imports: number
  readonly processor: number
  /** From before it was there until it had ended. */
  readonly whole: number
}

export async function startUpFigures(full: boolean): Promise<Figure[]> {
  return [...importFigures(await starts(full ? 25 : 7)), await sizeFigure()]
}

/** Each in fresh processes, which take turns. The first round is left out: it reads the files from the disk. */
async function starts(rounds: number): Promise<[string, Start[]][]> {
  const all = Object.keys(PACKAGES).map((name): [string, Start[]] => [name, []])
  for (let round = 0; round <= rounds; round++) {
    for (const [name, its] of all) {
      const start = await startOf(PACKAGES[name] ?? [])
      if (round > 0) its.push(start)
    }
  }
  return all
}

async function startOf(packages: readonly string[]): Promise<Start> {
  const imports = packages.map((name) => `import('${name}')`).join()
  const program = `
    const [began, used] = [performance.now(), process.cpuUsage()]
    await Promise.all([${imports}])
    const { user, system } = process.cpuUsage(used)
    console.log(JSON.stringify({ imports: performance.now() - began, processor: (user + system) / 1_000 }))`
  const began = performance.now()
  const told = await runNode(['--input-type=module', '--eval', program])
  return { ...(told as Omit<Start, 'whole'>), whole: performance.now() - began } // what the program prints
}

function importFigures(all: readonly [string, readonly Start[]][]): Figure[] {
  const values = (of: (start: Start) => number): Figure['values'] =>
    all.map(([name, its]) => {
      const [lower, median, upper] = quartiles(its.map(of))
      return { name, value: median, spread: [lower, upper] }
    })
  return [
    {
      id: 'start-up-import',
      name: 'import of the core',
      group: 'start-up',
      unit: 'ms',
      values: values(({ imports }) => imports).filter(importsSomething),
      target: { of: OURS, atMost: 1.3, relativeTo: DEPENDENCIES },
    },
    {
      id: 'start-up-import-processor',
      name: 'import of the core, time of the processor',
      group: 'start-up',
      unit: 'ms',
      values: values(({ processor }) => processor).filter(importsSomething),
    },
    {
      id: 'start-up-process',
      name: 'a process that imports the core and ends',
      group: 'start-up',
      unit: 'ms',
      values: values(({ whole }) => whole),
    },
  ]
}

const importsSomething = ({ name }: { name: string }): boolean => PACKAGES[name]?.length !== 0

async function sizeFigure(): Promise<Figure> {
  return {
    id: 'start-up-size',
    name: 'the core, bundled without its dependencies, minified and gzipped',
    group: 'start-up',
    unit: 'kB',
    values: [
      { name: OURS, value: (await sizeOf('*')) / 1_000 },
      { name: 'only what `cached` needs', value: (await sizeOf('{ cached }')) / 1_000 },
      { name: 'only what `cachedSync` needs', value: (await sizeOf('{ cachedSync }')) / 1_000 },
    ],
    target: { of: OURS, atMost: 15 },
  }
}

/** Bytes of a bundle that exports so much of the built package. */
async function sizeOf(names: string): Promise<number> {
  const entry = join(root, 'dist/index.js')
  const { outputFiles } = await build({
    stdin: { contents: `export ${names} from ${JSON.stringify(entry)}`, resolveDir: root },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'es2022',
    external: ['keyv', 'superjson', 'lru-cache'],
    tsconfigRaw: {},
  })
  const [code] = outputFiles
  if (code === undefined) throw new Error('nothing was bundled')
  return gzipSync(code.contents, { level: 9 }).length
}
