import { describe, expect, it } from '@jest/globals'
import { quartiles, slope } from '../../bench/statistics.js'

describe('slope', () => {
  it.each([
    ['0 where the cost does not change', () => 5, 0],
    ['1 where the cost grows as the size does', (size: number) => 3 * size, 1],
    ['2 where the cost grows by the square', (size: number) => size * size, 2],
    ['-1 where the cost shrinks as the size grows', (size: number) => 7 / size, -1],
  ])('is %s', (_, costOf, expected) => {
    const points = [1, 10, 100, 1_000].map((size) => ({ size, cost: costOf(size) }))

    const found = slope(points)

    expect(found).toBeCloseTo(expected, 10)
  })

  it('weighs all points: one that is off moves it a little', () => {
    const points = [1, 10, 100].map((size) => ({ size, cost: size === 10 ? 2 : 1 }))

    const found = slope(points)

    expect(found).toBeCloseTo(0, 10)
  })
})

describe('quartiles', () => {
  it('are the values at a quarter, half and three quarters of the order, whatever order they come in', () => {
    const values = [50, 10, 40, 20, 30]

    const found = quartiles(values)

    expect(found).toEqual([20, 30, 40])
  })
})
