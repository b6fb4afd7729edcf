/** Lower quartile, median and upper quartile. */
export function quartiles(values: readonly number[]): [lower: number, median: number, upper: number] {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (q: number): number => sorted[Math.round((sorted.length - 1) * q)] ?? Number.NaN
  return [at(0.25), at(0.5), at(0.75)]
}

export const median = (values: readonly number[]): number => quartiles(values)[1]

/** The slope of log(cost) over log(size), by least squares: 0 where the cost does not change, 1 where it grows as the size does. */
export function slope(points: readonly { readonly size: number; readonly cost: number }[]): number {
  const xs = points.map(({ size }) => Math.log(size))
  const ys = points.map(({ cost }) => Math.log(cost))
  const [x0, y0] = [mean(xs), mean(ys)]
  const along = mean(xs.map((x, i) => (x - x0) * ((ys[i] ?? Number.NaN) - y0)))
  return along / mean(xs.map((x) => (x - x0) ** 2))
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
