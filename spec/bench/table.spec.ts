import { describe, expect, it } from '@jest/globals'
import { report } from '../../bench/table.js'
import { heap, sample } from './sample.js'

describe('the report of the benchmark', () => {
  it('has each target beside what was measured, and says whether it is met', () => {
    const lines = report(sample).split('\n')

    const targets = lines.slice(lines.findIndex((line) => line.startsWith('target of')) + 2)
    expect(targets.map((line) => line.split(/ {2,}/))).toEqual([
      ['memory hit, one string', 'fn & Map', '0.50', '>= 0.8', 'NOT MET'],
      ['heap per entry', 'lru-cache', '1.25', '<= 1.3', 'met'],
    ])
  })

  it('has both bounds of a target that has two, and one figure where they are the same', () => {
    const turns = { ...heap, name: 'turns', unit: 'turns', target: { of: 'ringcache', atLeast: 125, atMost: 125 } }
    const range = {
      ...heap,
      name: 'range',
      unit: 'much too long',
      target: { of: 'ringcache', atLeast: 1, atMost: 130 },
    }

    const lines = report({ ...sample, comparisons: [], figures: [turns, range] }).split('\n')

    expect(lines.slice(-2).map((line) => line.split(/ {2,}/))).toEqual([
      ['turns', '125 turns', '= 125 turns', 'met'],
      ['range', '125', '>= 1, <= 130', 'met'],
    ])
  })

  it('has every contestant, the rates to the right and aligned', () => {
    const lines = report(sample).split('\n')

    const at = lines.findIndex((line) => line.startsWith('memory hit, one string'))
    expect(lines.slice(at, at + 6)).toEqual([
      'memory hit, one string  per second  ratio     spread',
      '----------------------  ----------  -----  ---------',
      'ringcache                1,000,000',
      'fn & Map                 2,000,000   0.50  0.40-0.60',
      'slow                        10,000    100   90.0-110',
      'slower                       1,000  1,000  900-1,100',
    ])
  })
})
