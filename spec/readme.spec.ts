import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { requireBuild, root, runTypeScript, typeCheck } from './support/program.js'
import { sharedMemcached, sharedRedis } from './support/servers.js'

// Inside the project, so that `ringcache` resolves to the built package.
const folder = join(root, '.cache', `readme-${process.pid}`)
const documents = ['README.md', ...filesOf('docs')].filter((document) => existsSync(join(root, document)))
const blocks = documents.flatMap(readBlocks)

describe('README.md and docs/', () => {
  beforeAll(() => {
    requireBuild()
    writeProject()
  })

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true })
  })

  it('have TypeScript blocks, each document', () => {
    expect(documents).toContain('README.md')
    for (const document of documents) expect(blocks.map((block) => block.document)).toContain(document)
  })

  it('have only blocks that type-check against the built package', async () => {
    const { code, stdout } = await typeCheck(folder)

    expect(stdout).toBe('')
    expect(code).toBe(0)
  }, 60_000)

  for (const { document, file, line } of blocks.filter((block) => block.run)) {
    it(`${document} runs the block at line ${line}`, async () => {
      const { code, stderr } = await runTypeScript(join(folder, file), { exit: true })

      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    })
  }
})

interface Block {
  document: string
  file: string
  /** The line of its first line of code. */
  line: number
  text: string
  /** False for a block marked `ts no-run`. */
  run: boolean
}

function filesOf(folder: string): string[] {
  if (!existsSync(join(root, folder))) return []
  return readdirSync(join(root, folder))
    .filter((file) => file.endsWith('.md'))
    .map((file) => `${folder}/${file}`)
}

function readBlocks(document: string): Block[] {
  const markdown = readFileSync(join(root, document), 'utf8')
  const name = document.replaceAll(/\W/g, '-')
  const fences = markdown.matchAll(/^```ts([^\n]*)\n([\s\S]*?)^```$/gm)
  return [...fences].map(({ index, 1: mark = '', 2: text = '' }) => {
    const line = markdown.slice(0, index).split('\n').length + 1
    return { document, file: `${name}-line-${line}.ts`, line, text, run: mark.trim() !== 'no-run' }
  })
}

/** Each block as a module of its own, on the lines that it has in its document: errors then point there. */
function writeProject(): void {
  mkdirSync(folder, { recursive: true })
  for (const { file, line, text } of blocks) {
    const code = text
      .replaceAll('redis://localhost:6379', sharedRedis().url)
      .replaceAll('localhost:11211', sharedMemcached().url)
    writeFileSync(join(folder, file), '\n'.repeat(line - 1) + code)
  }
  const compilerOptions = { paths: {}, rootDir: root, noUnusedLocals: false, noUnusedParameters: false }
  const project = { extends: '../../tsconfig.json', compilerOptions, include: ['*.ts'] }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(project))
}
