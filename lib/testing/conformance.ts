import { bulk } from './bulk.js'
import { byKey } from './by-key.js'
import { commands } from './commands.js'
import { controls } from './controls.js'
import { endless } from './endless.js'
import { foreign } from './foreign.js'
import { keys } from './keys.js'
import { leases } from './leases.js'
import { renewal } from './renewal.js'
import type { Runner } from './runner.js'
import type { Opened, StoreCase } from './store-case.js'
import { storedForm } from './stored-form.js'
import { createSuite } from './suite.js'
import { swaps } from './swaps.js'
import { time } from './time.js'

/**
 * Defines the tests of the one contract that every store fulfils, by the public API. What a case does not give, such as
 * a look at the raw bytes, leaves tests out: those are skipped, and their titles say why.
 *
 * @example
 * conformance({ name: 'mine', capabilities, open: async () => ({ store, close }) }, { describe, it, beforeAll, ... })
 */
export function conformance<O extends Opened>(storeCase: StoreCase<O>, runner: Runner): void {
  runner.describe(storeCase.name, () => {
    runner.beforeAll(async () => storeCase.begin?.())
    runner.afterAll(async () => storeCase.end?.())
    const suite = createSuite(storeCase, runner)

    runner.describe('controls', () => controls(suite))
    runner.describe('controls by key', () => byKey(suite))
    runner.describe('bulk controls', () => bulk(suite))
    if (storeCase.capabilities.expiry === 'none') runner.describe('no time', () => endless(suite))
    else {
      runner.describe('time', () => time(suite))
      runner.describe('renewal', () => renewal(suite))
    }
    runner.describe('stored form', () => storedForm(suite))
    runner.describe('foreign data', () => foreign(suite))
    runner.describe('keys', () => keys(suite))
    runner.describe('commands', () => commands(suite))
    runner.describe('swaps', () => swaps(suite))
    const { lease = 'process' } = storeCase.capabilities
    if (lease !== 'process') runner.describe('leases', () => leases(suite))
  })
}
