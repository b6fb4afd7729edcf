import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { idOf } from './scenario.js'
import { allScenarios } from './scenarios.js'
import { type FaultTable, withTable } from './table.js'

const root = resolve(import.meta.dirname, '../..')
const table: FaultTable = JSON.parse(readFileSync(`${root}/docs/faults.json`, 'utf8'))

describe('the table of faults in README.md', () => {
  it('has a row for each scenario, and no other', () => {
    const rows = table.rows.map(({ fault, client }) => `${fault}, by ${client}`)

    expect(rows).toEqual(allScenarios.map(idOf))
  })

  it('is what `npm run faults` has measured', () => {
    const markdown = readFileSync(`${root}/README.md`, 'utf8')

    expect(markdown).toBe(withTable(markdown, table))
  })

  it('shows every call answered, nothing wrong or outdated, and nothing left behind', () => {
    for (const { fault, calls, answered, wrong, stale, cameBack, left } of table.rows) {
      expect({ fault, calls, answered, wrong, stale, cameBack, left }).toEqual({
        fault,
        calls: answered,
        answered,
        wrong: 0,
        stale: 0,
        cameBack: 0,
        left: 0,
      })
    }
  })
})
