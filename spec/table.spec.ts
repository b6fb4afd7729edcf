import { expect, it } from '@jest/globals'
import fc from 'fast-check'
import { createTable } from '../lib/table.js'

const key = fc.constantFrom('', 'a', 'b', 'c', '__proto__', 'toString')
const step = fc.tuple(fc.constantFrom('set' as const, 'delete' as const), key)

it('a table has what a Map would have, whatever was set and deleted in whatever order', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const table = createTable<number>()
      const map = new Map<string, number>()
      const seen: unknown[] = []
      const expected: unknown[] = []

      steps.forEach(([name, one], i) => {
        for (const either of [table, map]) name === 'set' ? either.set(one, i) : either.delete(one)
        seen.push([table.size, ...['', 'a', 'b', 'c', '__proto__', 'toString'].map((any) => table.get(any))])
        expected.push([map.size, ...['', 'a', 'b', 'c', '__proto__', 'toString'].map((any) => map.get(any))])
      })

      expect(seen).toEqual(expected)
    }),
    { numRuns: 1_000 },
  )
})
