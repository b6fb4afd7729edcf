import { describe, expect, it } from '@jest/globals'
import { runTypeScript } from '../support/program.js'

const MEGABYTES = 2 ** 20

const programs: [calls: number, store: string, ears: string][] = [
  [1_000_000, 'redis', 'heard'],
  [250_000, 'memcached', 'unheard'],
]

describe('on a store that nobody serves', () => {
  it.concurrent.each(programs)(
    '%d calls leave nothing behind: on %s, with errors that are %s',
    async (calls, store, ears) => {
      const args = [store, ears, String(calls)]
      const heard = ears === 'heard'

      const { code, stdout, stderr } = await runTypeScript('spec/broken-store/dead-store.ts', {
        args,
        timeout: 180_000,
      })

      expect({ code, stderr: heard ? stderr : '' }).toEqual({ code: 0, stderr: '' })
      const told = JSON.parse(stdout)
      expect(told.grown).toBeLessThan(3 * MEGABYTES)
      expect(told).toMatchObject({ listeners: 0, left: [], pendingReplays: 1_000 })
      // Of a hundred calls one is a delete and one a set; all but a thousand of these are told to be forgotten.
      expect(told.runs).toBe(0.98 * calls)
      expect(told.heard).toBe(heard ? calls - 1_000 : 0)
      expect(['open', 'half-open']).toContain(told.state)
    },
    200_000,
  )
})
