import { beforeAll, describe, expect, it } from '@jest/globals'
import { requireBuild, runTypeScript } from '../support/program.js'

describe('the suite for stores of the built package', () => {
  beforeAll(requireBuild)

  it('runs by node:test', async () => {
    const { code, stdout } = await runTypeScript('spec/testing/node-test.ts', { timeout: 60_000 })

    const count = (name: string) => Number(new RegExp(`^# ${name} (\\d+)$`, 'm').exec(stdout)?.[1])
    expect(stdout).toContain('runs the function for a miss, and answers a hit from the store')
    expect({ code, failed: count('fail'), cancelled: count('cancelled') }).toEqual({ code: 0, failed: 0, cancelled: 0 })
    expect(count('pass')).toBeGreaterThan(50)
    expect(count('skipped')).toBeGreaterThan(20)
  }, 65_000)
})
