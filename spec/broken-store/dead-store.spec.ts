import { describe, expect, it } from '@jest/globals'
import { runTypeScript } from '../support/program.js'

const CALLS = 1_000_000
const MEGABYTES = 2 ** 20

const programs: [name: string, args: string[], heard: boolean][] = [
  ['on Redis, with a listener of its errors', ['redis', 'heard'], true],
  ['on memcached, with none', ['memcached', 'unheard'], false],
]

describe('a million calls on a store that nobody serves', () => {
  it.concurrent.each(programs)(
    'leave nothing behind: %s',
    async (_name, args, heard) => {
      const { code, stdout, stderr } = await runTypeScript('spec/broken-store/dead-store.ts', {
        args,
        timeout: 180_000,
      })

      expect({ code, stderr: heard ? stderr : '' }).toEqual({ code: 0, stderr: '' })
      const told = JSON.parse(stdout)
      expect(told.grown).toBeLessThan(3 * MEGABYTES)
      expect(told).toMatchObject({ listeners: 0, left: [], pendingReplays: 1_000 })
      // Of a hundred calls one is a delete and one a set; all but a thousand of these are told to be forgotten.
      expect(told.runs).toBe(0.98 * CALLS)
      expect(told.heard).toBe(heard ? CALLS - 1_000 : 0)
      expect(['open', 'half-open']).toContain(told.state)
    },
    200_000,
  )
})
