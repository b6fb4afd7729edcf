/** Checks what users get: packs the package, lints the tarball, installs it elsewhere and uses it in every way. */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '..')
const bin = (name) => join(root, 'node_modules/.bin', name)
const scratch = mkdtempSync(join(tmpdir(), 'ringcache-package-'))

try {
  const tarball = pack()
  checkFiles(tarball)
  run('publint', bin('publint'), ['run', tarball, '--strict'])
  run('are the types wrong', bin('attw'), [tarball, '--profile', 'esm-only', '--no-emoji', '--no-color'])
  const consumer = install(tarball)
  run('use from ESM', process.execPath, ['esm.mjs'], consumer)
  run('use from CommonJS', process.execPath, ['commonjs.cjs'], consumer)
  addPeers(consumer)
  run('use of the subpaths from ESM', process.execPath, ['clients.mjs'], consumer)
  run('use of the subpaths from CommonJS', process.execPath, ['clients.cjs'], consumer)
  for (const [moduleResolution, module] of [
    ['nodenext', 'nodenext'],
    ['bundler', 'esnext'],
  ]) {
    compile(consumer, moduleResolution, module)
  }
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
} finally {
  rmSync(scratch, { recursive: true, force: true })
}

/** The tarball as `npm pack` makes it from a fresh checkout: `prepack` must do the build. */
function pack() {
  rmSync(join(root, 'dist'), { recursive: true, force: true })
  run('npm pack', 'npm', ['pack', '--pack-destination', scratch, '--loglevel', 'error'])
  const name = readdirSync(scratch).find((file) => file.endsWith('.tgz'))
  if (!name) throw new Error('npm pack made no tarball')
  return join(scratch, name)
}

function checkFiles(tarball) {
  const files = run('list of files', 'tar', ['-tzf', tarball])
    .trim()
    .split('\n')
    .map((file) => file.replace(/^package\//, ''))
  const doors = ['index', 'redis', 'memcache', 'testing']
  const scripts = [...doors, 'core'].flatMap((name) => [`dist/${name}.js`, `dist/${name}.js.map`])
  const declarations = doors.flatMap((name) => [`dist/${name}.d.ts`, `dist/${name}.d.ts.map`])
  const texts = ['package.json', 'LICENSE', 'README.md', 'CHANGELOG.md']
  const missing = [...texts, ...scripts, ...declarations, 'lib/index.ts'].filter((file) => !files.includes(file))
  const further = /^(dist\/.*\.d\.ts(\.map)?|lib\/.*\.ts)$/
  const foreign = files.filter((file) => ![...texts, ...scripts].includes(file) && !further.test(file))
  if (missing.length > 0) throw new Error(`missing in the tarball: ${missing.join(', ')}`)
  if (foreign.length > 0) throw new Error(`not wanted in the tarball: ${foreign.join(', ')}`)
}

/** An empty project with the tarball installed. Without a registry the dependencies are links to ours. */
function install(tarball) {
  const consumer = join(scratch, 'consumer')
  cpSync(join(root, 'spec/package/consumers'), consumer, { recursive: true })
  writeFileSync(join(consumer, 'package.json'), '{ "name": "consumer", "private": true }\n')
  const npm = spawnSync(
    'npm',
    [
      'install',
      tarball,
      ...'--prefer-offline --ignore-scripts --no-audit --no-fund --fetch-retries=1 --fetch-timeout=20000'.split(' '),
    ],
    {
      cwd: consumer,
      encoding: 'utf8',
    },
  )
  if (npm.status === 0) {
    console.log('ok  npm install of the tarball')
    return consumer
  }
  if (!/ENOTFOUND|EAI_AGAIN|ECONN|ETIMEDOUT|ENETUNREACH|ENOTCACHED|FETCH_ERROR|network/i.test(npm.stderr)) {
    throw new Error(`npm install of the tarball failed:\n${npm.stderr}`)
  }
  console.log('ok  no registry in reach: the tarball is unpacked and its dependencies are links')
  link(tarball, consumer)
  return consumer
}

function link(tarball, consumer) {
  const modules = join(consumer, 'node_modules')
  const target = join(modules, 'ringcache')
  rmSync(modules, { recursive: true, force: true })
  mkdirSync(target, { recursive: true })
  run('unpack', 'tar', ['-xzf', tarball, '-C', target, '--strip-components=1'])
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  for (const name of Object.keys(dependencies)) symlinkSync(join(root, 'node_modules', name), join(modules, name))
}

/** Only now, so that what ran before has shown that nobody else needs them. */
function addPeers(consumer) {
  const { peerDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  for (const name of Object.keys(peerDependencies)) {
    const target = join(consumer, 'node_modules', name)
    mkdirSync(dirname(target), { recursive: true })
    symlinkSync(join(root, 'node_modules', name), target)
  }
}

/** Compiles the typed consumers, which have the types of Node and of no test framework, checking our declarations too, and runs what comes out. */
function compile(consumer, moduleResolution, module) {
  const outDir = `out-${moduleResolution}`
  const compilerOptions = {
    strict: true,
    target: 'es2022',
    module,
    moduleResolution,
    outDir,
    types: ['node'],
    typeRoots: [join(root, 'node_modules/@types')],
  }
  writeFileSync(
    join(consumer, 'tsconfig.json'),
    JSON.stringify({ compilerOptions, files: ['typed.mts', 'clients.mts', 'testing.mts'] }),
  )
  run(`types with moduleResolution ${moduleResolution}`, bin('tsc'), ['-p', 'tsconfig.json'], consumer)
  for (const file of ['typed.mjs', 'testing.mjs']) {
    run(`use of what ${moduleResolution} compiled: ${file}`, process.execPath, [join(outDir, file)], consumer)
  }
}

function run(what, command, args, cwd = root) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${what} failed:\n${error?.message ?? ''}${stdout ?? ''}${stderr ?? ''}`)
  console.log(`ok  ${what}`)
  return stdout
}
