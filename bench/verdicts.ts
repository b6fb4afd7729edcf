/** What was wanted, beside what was measured. */
import type { Figure, Target } from './scenario.js'
import type { Quartiles } from './statistics.js'

/** Whether a target is met. */
export interface Verdict {
  /** What ours was measured against: of several the fastest, or nothing. */
  readonly against: string
  readonly figure: number
  /** The quartiles of `figure`, where there are any. */
  readonly spread?: readonly [lower: number, upper: number]
  readonly atLeast?: number
  readonly atMost?: number
  readonly met: boolean
}

/** What a target needs of a measurement. */
export interface Rated {
  readonly name: string
  readonly perSecond: number
  readonly ratio: Quartiles
}

/** Of the contestants that a target names, the fastest counts. */
export function verdictsOf(targets: readonly Target[], measured: readonly Rated[]): Verdict[] {
  return targets.map(({ against, atLeast }) => {
    const named = measured.filter(({ name }) => against.includes(name))
    const missing = against.filter((name) => !named.some((one) => one.name === name))
    if (missing.length > 0) throw new Error(`a target names ${missing.join(', ')}, which is not measured`)

    const { name, ratio } = named.reduce((best, one) => (one.perSecond > best.perSecond ? one : best))
    const [lower, figure, upper] = ratio
    return { against: name, figure, spread: [lower, upper], atLeast, met: figure >= atLeast }
  })
}

/** The verdict on a figure that has a target. */
export function verdictOf({ target, values }: Figure): Verdict | undefined {
  if (target === undefined) return undefined
  const { of, relativeTo, atLeast, atMost } = target
  const find = (name: string) => {
    const found = values.find((one) => one.name === name)
    if (found === undefined) throw new Error(`a target names ${name}, which is not measured`)
    return found
  }
  const { value, spread } = find(of)
  const unit = relativeTo === undefined ? 1 : find(relativeTo).value
  const figure = value / unit
  return {
    against: relativeTo ?? '',
    figure,
    ...(spread && { spread: [spread[0] / unit, spread[1] / unit] as const }),
    ...(atLeast !== undefined && { atLeast }),
    ...(atMost !== undefined && { atMost }),
    met: figure >= (atLeast ?? Number.NEGATIVE_INFINITY) && figure <= (atMost ?? Number.POSITIVE_INFINITY),
  }
}
