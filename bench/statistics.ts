/** What is made of many measurements. */

/** Lower quartile, median, upper quartile. */
export type Quartiles = readonly [lower: number, median: number, upper: number]

export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.round((sorted.length - 1) * q)] ?? Number.NaN
}

export const median = (values: readonly number[]): number => quantile(values, 0.5)

export function quartiles(values: readonly number[]): Quartiles {
  return [quantile(values, 0.25), median(values), quantile(values, 0.75)]
}

/** Of each round, ours by theirs: what the machine did to a round, it did to both. */
export function ratios(ours: readonly number[], theirs: readonly number[]): number[] {
  return ours.map((our, round) => our / (theirs[round] ?? Number.NaN))
}

/** How cost grows with size: the slope of the straight line through their logarithms. 0 is constant, 1 is linear. */
export function slope(points: readonly { readonly size: number; readonly cost: number }[]): number {
  const xs = points.map(({ size }) => Math.log(size))
  const ys = points.map(({ cost }) => Math.log(cost))
  const [x, y] = [mean(xs), mean(ys)]
  const together = xs.reduce((sum, at, i) => sum + (at - x) * ((ys[i] ?? Number.NaN) - y), 0)
  const alone = xs.reduce((sum, at) => sum + (at - x) ** 2, 0)
  return together / alone
}

/** A slope for people; one that is too flat to see is not below zero. */
export const inclined = (value: number): string => value.toFixed(2).replace('-0.00', '0.00')

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
