import { readdirSync } from 'node:fs'
import { join, sep } from 'node:path'
import { beforeAll, describe, expect, it } from '@jest/globals'
import { requireBuild, root, runTypeScript } from './support/program.js'

// The folder `demo` has the parts of `demo.ts`.
const examples = readdirSync(join(root, 'examples'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.startsWith(`demo${sep}`))
  .sort()

describe('examples', () => {
  beforeAll(requireBuild)

  it('exist', () => {
    expect(examples).not.toEqual([])
  })

  for (const file of examples) {
    it(`examples/${file} runs to its end and prints something`, async () => {
      const { code, stdout, stderr } = await runTypeScript(`examples/${file}`, { timeout: 30_000 })

      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      expect(stdout).not.toBe('')
    }, 35_000)
  }
})
