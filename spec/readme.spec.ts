import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { requireBuild, root, runTypeScript, typeCheck } from './support/program.js'
import { sharedMemcached, sharedRedis } from './support/servers.js'

// Inside the project, so that `ringcache` resolves to the built package.
const folder = join(root, '.cache', `readme-${process.pid}`)
const readme = join(root, 'README.md')
const blocks = existsSync(readme) ? readBlocks(readFileSync(readme, 'utf8')) : []

describe('README.md', () => {
  beforeAll(() => {
    requireBuild()
    writeProject()
  })

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true })
  })

  it('has TypeScript blocks', () => {
    expect(existsSync(readme)).toBe(true)
    expect(blocks).not.toEqual([])
  })

  it('has only blocks that type-check against the built package', async () => {
    const { code, stdout } = await typeCheck(folder)

    expect(stdout).toBe('')
    expect(code).toBe(0)
  }, 60_000)

  for (const { file, line } of blocks.filter((block) => block.run)) {
    it(`runs the block at line ${line}`, async () => {
      const { code, stderr } = await runTypeScript(join(folder, file), { exit: true })

      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    })
  }
})

interface Block {
  file: string
  /** The line of its first line of code. */
  line: number
  text: string
  /** False for a block marked `ts no-run`. */
  run: boolean
}

function readBlocks(markdown: string): Block[] {
  const fences = markdown.matchAll(/^```ts([^\n]*)\n([\s\S]*?)^```$/gm)
  return [...fences].map(({ index, 1: mark = '', 2: text = '' }) => {
    const line = markdown.slice(0, index).split('\n').length + 1
    return { file: `line-${line}.ts`, line, text, run: mark.trim() !== 'no-run' }
  })
}

/** Each block as a module of its own, on the lines that it has in the README: errors then point there. */
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
