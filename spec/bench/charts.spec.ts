import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { LEFT, RIGHT } from '../../bench/chart.js'
import { chartsOf } from '../../bench/charts.js'
import { root } from '../support/program.js'
import { sample } from './sample.js'

const folder = join(root, 'bench/results')
const drawn = new Map(chartsOf(sample).map(({ file, svg }) => [file, svg]))

describe('charts of the benchmark', () => {
  it('are, where they are committed, what `npm run bench:charts` draws now', () => {
    const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.svg')) : []
    const committed = files.sort().map((file) => ({ file, svg: readFileSync(join(folder, file), 'utf8') }))

    const full = join(folder, 'full.json')
    const charts = existsSync(full) ? chartsOf(JSON.parse(readFileSync(full, 'utf8'))) : []

    expect(committed).toEqual(charts.toSorted((a, b) => (a.file < b.file ? -1 : 1)))
  })

  it('are drawn for what there are results of, and for nothing else', () => {
    const files = [...drawn.keys()]

    expect(files).toEqual(['memory-hit.svg', 'costs.svg', 'growth.svg'])
  })

  for (const [file, svg] of drawn) {
    it(`stand alone, in light and in dark, and are small: ${file}`, () => {
      const addresses = svg.match(/\b(?:https?:|href|@import|url\()[^\s"')]*/g)

      expect(addresses).toEqual(['http://www.w3.org/2000/svg'])
      expect(svg).toContain('prefers-color-scheme: dark')
      expect(Buffer.byteLength(svg)).toBeLessThan(10_000)
    })
  }

  it('have the fastest on top, each with its rate and how many times as fast ringcache is', () => {
    const texts = textsOf('memory-hit.svg')

    expect(texts.slice(2)).toEqual([
      ...['1 k', '10 k', '100 k', '1 M'],
      ...['fn &amp; Map', '2 M/s (0.5x)', 'ringcache', '1 M/s', 'slow', '10 k/s (100x)', 'slower', '1 k/s (1,000x)'],
    ])
  })

  it('have bars by the logarithm where the longest would leave nothing of the others', () => {
    const bars = barsOf('memory-hit.svg')

    const [limit = 0, ours = 0, slow = 0, slower = 0] = bars.map(({ width }) => width)
    expect(bars.map(({ kind }) => kind)).toEqual(['limit', 'ours', 'peer', 'peer'])
    expect(limit).toBe(RIGHT - LEFT)
    expect((ours - slow) / (slow - slower)).toBeCloseTo(2, 1)
    expect(slower).toBeGreaterThan(0)
  })

  it('have bars as long as what they stand for elsewhere', () => {
    const bars = barsOf('costs.svg')

    const [limit = 0, ours = 0] = bars.map(({ width }) => width)
    expect(ours / limit).toBeCloseTo(1.25, 2)
  })

  it('say how steeply cost grows', () => {
    const texts = textsOf('growth.svg')

    const [keys, argument] = ['keys in the store (slope 0.06)', 'characters of an argument (slope 1.55)']
    expect(texts.slice(2)).toEqual([
      ...[keys, '10', '20 µs', '1,000,000', '40 µs'],
      ...[argument, '10', '1 µs', '1,000', '1,230 µs'],
    ])
  })
})

function textsOf(file: string): string[] {
  return [...(drawn.get(file) ?? '').matchAll(/<text[^>]*>([^<]*)</g)].map(([, text = '']) => text)
}

function barsOf(file: string): { kind: string; width: number }[] {
  const rects = (drawn.get(file) ?? '').matchAll(/<rect class="(ours|limit|peer)" .*?width="([\d.]+)"/g)
  return [...rects].map(([, kind = '', width]) => ({ kind, width: Number(width) }))
}
