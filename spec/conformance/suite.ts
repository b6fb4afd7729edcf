import { afterAll, beforeAll, describe } from '@jest/globals'
import { bulk } from './bulk.js'
import { commands } from './commands.js'
import { controls } from './controls.js'
import { keys } from './keys.js'
import type { StoreCase } from './store-case.js'
import { storedForm } from './stored-form.js'
import { time } from './time.js'

/** The one contract that every store fulfils, tested by the public API. */
export function conformance(storeCase: StoreCase): void {
  describe(storeCase.name, () => {
    if (storeCase.begin !== undefined) beforeAll(storeCase.begin)
    if (storeCase.end !== undefined) afterAll(storeCase.end)

    describe('controls', () => controls(storeCase))
    describe('bulk controls', () => bulk(storeCase))
    describe('time', () => time(storeCase))
    describe('stored form', () => storedForm(storeCase))
    describe('keys', () => keys(storeCase))
    describe('commands', () => commands(storeCase))
  })
}
