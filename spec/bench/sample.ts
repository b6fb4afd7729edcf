/** Results as a run of the benchmark gives them, with figures that are easy to follow. */
import type { Comparison, Measured } from '../../bench/compare.js'
import type { Results } from '../../bench/results.js'
import type { Figure } from '../../bench/scenario.js'

export const measured: readonly Measured[] = [
  { name: 'ringcache', role: 'ours', perSecond: 1_000_000, ratio: [1, 1, 1] },
  { name: 'fn & Map', role: 'limit', perSecond: 2_000_000, ratio: [0.4, 0.5, 0.6] },
  { name: 'slow', role: 'peer', perSecond: 10_000, ratio: [90, 100, 110] },
  { name: 'slower', role: 'peer', perSecond: 1_000, ratio: [900, 1_000, 1_100] },
]

const hit: Comparison = {
  id: 'memory-hit-string',
  name: 'memory hit, one string',
  group: 'memory',
  contestants: measured,
  verdicts: [{ against: 'fn & Map', figure: 0.5, spread: [0.4, 0.6], atLeast: 0.8, met: false }],
}

export const heap: Figure = {
  id: 'heap',
  name: 'heap per entry',
  group: 'heap',
  unit: 'bytes',
  values: [
    { name: 'lru-cache', value: 100 },
    { name: 'ringcache', value: 125, spread: [120, 140] },
  ],
  target: { of: 'ringcache', atMost: 1.3, relativeTo: 'lru-cache' },
}

export const sample: Results = {
  mode: 'full',
  date: '2026-11-26',
  node: 'v20.20.2',
  cpu: 'A processor',
  cores: 2,
  versions: { memoize: '10.2.0' },
  comparisons: [hit],
  figures: [heap],
  growths: [
    {
      id: 'keys',
      name: 'keys in the store',
      unit: 'µs',
      points: [
        { size: 10, cost: 20 },
        { size: 1_000_000, cost: 40 },
      ],
      slope: 0.06,
    },
    {
      id: 'argument',
      name: 'characters of an argument',
      unit: 'µs',
      points: [
        { size: 10, cost: 1 },
        { size: 1_000, cost: 1_234.5 },
      ],
      slope: 1.55,
    },
  ],
}
