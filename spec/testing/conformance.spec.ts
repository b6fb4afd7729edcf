import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { StoreCase } from '../../lib/testing.js'
import { fakeTimers } from '../conformance/in-process.js'
import { endless, endlessStore } from '../support/endless-store.js'
import { brokenStores } from './broken-stores.js'
import { collect } from './collect.js'
import { Rows, rowsCase } from './rows.js'
import { SharedText, sharedTextCase } from './shared-text.js'

const endlessCase: StoreCase = {
  name: 'a store that can end no entry',
  capabilities: endless,
  open: async () => ({ store: endlessStore(), close: async () => {} }),
}

describe('the suite for stores', () => {
  // Where nobody listens, what calls survive is a warning.
  beforeAll(() => subscribe('ringcache:error', listen))
  afterAll(() => void unsubscribe('ringcache:error', listen))

  it('passes over a sound adapter of someone else, in real time', async () => {
    const report = await collect(rowsCase('rows of text', () => new Rows()))

    expect(report.failed).toEqual([])
    expect(report.passed.length).toBeGreaterThan(50)
  })

  it('passes over a sound Storage with leases and swaps', async () => {
    const report = await collect(sharedTextCase('shared text', () => new SharedText()))

    expect(report.failed).toEqual([])
    expect(report.passed.filter((title) => title.startsWith('swaps')).length).toBeGreaterThan(8)
    expect(report.passed.filter((title) => title.startsWith('leases')).length).toBeGreaterThan(8)
  })

  it('says by name which tests it leaves out, and which look they need', async () => {
    const { skipped } = await collect({ ...rowsCase('rows of text', () => new Rows()), clock: fakeTimers })

    expect(skipped).toContain('commands › reads a hit by one command (left out: the case has no looks.commandsOf)')
    expect(skipped).toContain('renewal › starts the ttl anew by touch (left out: the case has no looks.timeLeft)')
    expect(skipped.filter((title) => !/\(left out: the case has no looks\.\w+\)$/.test(title))).toEqual([])
  })

  it('passes over a store that can end no entry, and tests that it refuses a ttl', async () => {
    const report = await collect(endlessCase)

    expect(report.failed).toEqual([])
    expect(report.passed.filter((title) => title.startsWith('no time'))).toEqual([
      'no time › refuses a ttl when the function is wrapped',
      'no time › refuses a ttl by key, and stores nothing',
      'no time › refuses to touch, and leaves the entry as it was',
    ])
    expect(report.passed.filter((title) => /^(time|renewal)/.test(title))).toEqual([])
  })

  it('wraps every function with the options that the case names', async () => {
    const storeCase = rowsCase('rows of text', () => new Rows())

    const { passed, failed } = await collect({ ...storeCase, options: { storeTimeout: 0 } })

    expect(passed).toEqual([])
    expect(failed).not.toEqual([])
  })

  for (const { storeCase, finds, passes } of brokenStores) {
    it(`finds ${storeCase.name}`, async () => {
      const { passed, failed } = await collect(storeCase)

      expect(failed).toEqual(expect.arrayContaining([...finds]))
      expect(passed).toEqual(expect.arrayContaining([...passes]))
    })
  }
})

function listen(): void {}
