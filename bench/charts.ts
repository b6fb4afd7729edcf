/** Which charts are drawn from the results of a full run. */
import { type Bar, type Chart, compact, digits, drawn, type Section } from './chart.js'
import type { Comparison } from './compare.js'
import type { Results } from './results.js'
import type { Figure, Growth } from './scenario.js'
import { inclined } from './statistics.js'

/** A chart and what is in it: scenarios, figures and growths that it takes. */
interface Plan extends Pick<Chart, 'title' | 'scale'> {
  readonly file: string
  readonly note: string
  readonly takes: (one: Comparison | Figure | Growth) => boolean
}

const RATES = 'results per second; in brackets: how many times as fast ringcache is; grey: by hand'

const of =
  (...ids: string[]) =>
  ({ id }: { id: string }) =>
    ids.includes(id)
const inGroup =
  (...groups: string[]) =>
  (one: Comparison | Figure | Growth) =>
    'group' in one && groups.includes(one.group)
const isGrowth = (one: Comparison | Figure | Growth) => 'points' in one

const PLANS: readonly Plan[] = [
  {
    file: 'memory-hit.svg',
    title: 'A hit in memory, one string',
    note: `${RATES} (log scale)`,
    scale: 'log',
    takes: of('memory-hit-string'),
  },
  {
    file: 'memory-object.svg',
    title: 'A hit in memory, a small object as argument',
    note: `${RATES} (log scale)`,
    scale: 'log',
    takes: of('memory-hit-object'),
  },
  {
    file: 'memory-miss.svg',
    title: 'A miss in memory, a new string for each call',
    note: `${RATES} (log scale)`,
    scale: 'log',
    takes: of('memory-miss'),
  },
  { file: 'redis.svg', title: 'Hits on Redis', note: RATES, scale: 'linear', takes: inGroup('redis') },
  {
    file: 'memcached-and-bulk.svg',
    title: 'Hits on memcached, and many keys at once',
    note: RATES,
    scale: 'linear',
    takes: inGroup('memcached', 'bulk'),
  },
  {
    file: 'stampede.svg',
    title: 'Stampede: 10,000 calls of one cold key',
    note: 'log scale; shorter is better',
    scale: 'log',
    takes: inGroup('stampede'),
  },
  {
    file: 'costs.svg',
    title: 'Memory, size and start',
    note: 'shorter is better',
    scale: 'linear',
    takes: inGroup('heap', 'start-up'),
  },
  {
    file: 'growth.svg',
    title: 'How cost grows',
    note: 'cost of one operation at each size; slope 0: constant, 1: linear',
    scale: 'linear',
    takes: isGrowth,
  },
]

/** The charts for which there are results. */
export function chartsOf({ comparisons, figures, growths }: Results): { file: string; svg: string }[] {
  return PLANS.flatMap(({ file, takes, ...look }) => {
    const sections = [
      ...comparisons.filter(takes).map(compared),
      ...figures.filter(takes).map(figured),
      ...growths.filter(takes).map(grown),
    ]
    return sections.length === 0 ? [] : [{ file, svg: drawn({ ...look, sections }) }]
  })
}

/** The fastest on top. */
function compared({ name, contestants }: Comparison): Section {
  const bars = contestants.map(
    ({ name, role, perSecond, ratio }): Bar => ({
      name,
      kind: role,
      value: perSecond,
      text: role === 'ours' ? `${compact(perSecond)}/s` : `${compact(perSecond)}/s (${digits(ratio[1], 2)}x)`,
    }),
  )
  return { name, bars: bars.toSorted((a, b) => b.value - a.value) }
}

/** The least on top. */
function figured({ name, unit, values }: Figure): Section {
  const bars = values.map(
    ({ name, value }): Bar => ({
      name,
      kind: name.startsWith('ringcache') ? 'ours' : 'peer',
      value,
      text: `${digits(value)} ${unit}`,
    }),
  )
  return { name, bars: bars.toSorted((a, b) => a.value - b.value) }
}

function grown({ name, unit, points, slope }: Growth): Section {
  return {
    name: `${name} (slope ${inclined(slope)})`,
    bars: points.map(({ size, cost }) => ({
      name: size.toLocaleString('en-US'),
      kind: 'ours',
      value: cost,
      text: `${digits(cost)} ${unit}`,
    })),
  }
}
