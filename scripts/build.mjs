/**
 * `npm run build`: `dist/` from `lib/`. Declarations are made file by file. What runs is one file that all entrances share,
 * `core.js`, and a small one for each entrance: importing a file of ours for each of theirs takes Node longer than all they do.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, rmSync } from 'node:fs'
import { join, parse, resolve } from 'node:path'
import { build } from 'esbuild'

const root = resolve(import.meta.dirname, '..')
const lib = join(root, 'lib')
const dist = join(root, 'dist')
const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const doors = Object.values(exports).flatMap((door) => (door.default ? [parse(door.default).name] : []))

rmSync(dist, { recursive: true, force: true })
await Promise.all([declare(), bundle()])

async function declare() {
  const tsc = join(root, 'node_modules/.bin/tsc')
  const [code] = await once(spawn(tsc, ['-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' }), 'exit')
  if (code !== 0) process.exitCode = 1
}

async function bundle() {
  await build({
    absWorkingDir: root,
    entryPoints: doors.map((name) => ({ in: `door:${name}`, out: name })),
    plugins: [{ name: 'doors', setup: openDoors }],
    outdir: dist,
    bundle: true,
    splitting: true,
    // Without a hash: a second shared file would be an error.
    chunkNames: 'core',
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'es2022',
    sourcemap: true,
    sourcesContent: false,
    logLevel: 'warning',
  })
}

/** Each entrance imports the main one too: else what only some of them share would be further files. */
function openDoors({ onResolve, onLoad }) {
  onResolve({ filter: /^door:/ }, ({ path }) => ({ path: path.slice('door:'.length), namespace: 'doors' }))
  onLoad({ filter: /.*/, namespace: 'doors' }, ({ path }) => ({
    contents: `import 'everything'\nexport * from './${path}.js'`,
    resolveDir: lib,
  }))
  onResolve({ filter: /^everything$/ }, () => ({ path: join(lib, 'index.ts'), sideEffects: true }))
}
