import { describe, expect, it } from '@jest/globals'
import { inclined, quantile, quartiles, ratios, slope } from '../../bench/statistics.js'

describe('statistics of the benchmark', () => {
  it('finds the median and the quartiles, in whatever order the values are', () => {
    const values = [50, 10, 40, 20, 30]

    const found = quartiles(values)

    expect(found).toEqual([20, 30, 40])
    expect(values).toEqual([50, 10, 40, 20, 30])
  })

  it('has no quantile of nothing', () => {
    const none = quantile([], 0.5)

    expect(none).toBeNaN()
  })

  it('compares what was measured in the same round', () => {
    const [ours, theirs] = [
      [100, 10, 200],
      [50, 5, 400],
    ]

    const found = ratios(ours, theirs)

    expect(found).toEqual([2, 2, 0.5])
  })

  for (const [power, name] of [
    [0, 'constant'],
    [0.5, 'a square root'],
    [1, 'linear'],
    [2, 'quadratic'],
  ] as const) {
    it(`has slope ${power} for cost that is ${name}`, () => {
      const points = [1, 10, 1_000, 100_000].map((size) => ({ size, cost: 7 * size ** power }))

      const found = slope(points)

      expect(found).toBeCloseTo(power, 10)
    })
  }

  it('writes a slope with two digits behind the point, and none below zero that is not to be seen', () => {
    const slopes = [-0.001, 0.004, -0.25, 1]

    const written = slopes.map(inclined)

    expect(written).toEqual(['0.00', '0.00', '-0.25', '1.00'])
  })
})
