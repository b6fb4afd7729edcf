import { execFileSync } from 'node:child_process'
import { beforeAll, describe, expect, it } from '@jest/globals'
import { build } from 'esbuild'
import { requireBuild, root } from './support/program.js'

beforeAll(requireBuild)

describe('importing ringcache', () => {
  it('loads no module of Node that only some calls need', () => {
    const ofItsDependencies = loadedBy('keyv', 'superjson', 'lru-cache')

    const loaded = loadedBy('keyv', 'superjson', 'lru-cache', 'ringcache')

    const further = loaded.filter((name) => !ofItsDependencies.includes(name))
    expect(further.filter((name) => /^NativeModule (crypto|zlib|v8)$/.test(name))).toEqual([])
    expect(further.length).toBeGreaterThan(0)
  })
})

describe('a bundler', () => {
  it.each([
    ['ringKey', 'all else', 0.02],
    ['cachedSync', 'the asynchronous engine and the clients', 0.6],
    ['cached', 'the synchronous engine, classes and the doctor', 0.9],
  ])('leaves out what a program with nothing but %s does not need: %s', async (name, _, most) => {
    const whole = await sizeOf("export * from 'ringcache'")

    const size = await sizeOf(`export { ${name} } from 'ringcache'`)

    expect(size / whole).toBeLessThan(most)
  })
})

/** The modules that Node has loaded in a process which imports these packages. */
function loadedBy(...packages: string[]): string[] {
  const imports = packages.map((name) => `await import('${name}')`).join('\n')
  const program = `${imports}\nconsole.log(JSON.stringify(process.moduleLoadList))`
  return JSON.parse(
    execFileSync(process.execPath, ['--input-type=module', '-e', program], { cwd: root, encoding: 'utf8' }),
  )
}

/** Bytes of a program and all that it needs of the built package, minified. */
async function sizeOf(program: string): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents: program, resolveDir: root },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'node',
    external: ['keyv', 'superjson', 'lru-cache'],
    tsconfigRaw: {}, // ours leads to lib
  })
  return outputFiles[0]?.contents.length ?? Number.NaN
}
