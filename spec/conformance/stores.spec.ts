import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from '@jest/globals'
import { conformance } from '../../lib/testing.js'
import { jestRunner } from './jest-runner.js'
import { capabilityTable, stores } from './stores.js'

/** A machine that is busy with other things must not be taken for a store that does not answer. */
const storeTimeout = 10_000

for (const store of stores) conformance({ ...store, options: { storeTimeout, ...store.options } }, jestRunner)

it('is told in README.md what each store can do', () => {
  const readme = readFileSync(join(import.meta.dirname, 'README.md'), 'utf8')

  const unaligned = (table: string) => table.replace(/ +/g, ' ').replace(/-+/g, '-')
  expect(unaligned(readme)).toContain(unaligned(capabilityTable()))
})
