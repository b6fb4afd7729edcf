import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from '@jest/globals'
import { conformance } from '../../lib/testing.js'
import { jestRunner } from './jest-runner.js'
import { capabilityTable, stores } from './stores.js'

for (const store of stores) conformance(store, jestRunner)

it('is told in README.md what each store can do', () => {
  const readme = readFileSync(join(import.meta.dirname, 'README.md'), 'utf8')

  const unaligned = (table: string) => table.replace(/ +/g, ' ').replace(/-+/g, '-')
  expect(unaligned(readme)).toContain(unaligned(capabilityTable()))
})
