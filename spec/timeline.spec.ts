import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import type { Meta } from '../lib/entry.js'
import { type Freshness, freshnessOf, outdated } from '../lib/freshness.js'
import { root } from './support/program.js'
import { drawing, xOf, yOf } from './timeline/drawing.js'
import { chanceAt, type Given, laneOf, SETTINGS, type Setting, SPAN, WRITTEN } from './timeline/lanes.js'

const committed = readFileSync(join(root, 'docs/timeline.svg'), 'utf8')
const blocks = blocksOf(committed)
/** What a call gets while no refresh has failed. */
const GIVEN: Record<Freshness, Given> = { fresh: 'fresh', stale: 'stale', fallback: 'fallback', expired: 'runs' }

describe('docs/timeline.svg', () => {
  it('is what `npm run timeline` draws now', () => {
    const drawn = drawing()

    expect(committed).toBe(drawn)
  })

  it('stands alone, and is small', () => {
    const addresses = committed.match(/\b(?:https?:|href|@import|url\()[^\s"')]*/g)

    expect(addresses).toEqual(['http://www.w3.org/2000/svg'])
    expect(committed).toContain('prefers-color-scheme: dark')
    expect(Buffer.byteLength(committed)).toBeLessThan(15_000)
  })

  for (const [i, setting] of SETTINGS.entries()) {
    const name = setting.label.join(' ')

    it(`has no moment without a colour in '${name}'`, () => {
      const row = blocks.filter(({ lane }) => lane === i)

      expect(row[0]?.x).toBe(xOf(0))
      for (const [n, { end }] of row.entries()) expect(end).toBeCloseTo(row[n + 1]?.x ?? xOf(SPAN), 0)
      expect(row.every(({ x, end }) => end > x)).toBe(true)
    })

    it(`says of '${name}' what the pure function says`, () => {
      const moments = Array.from({ length: 400 }, (_, n) => ((n + 0.37) / 400) * SPAN)
      // With a function that fails, what a call gets depends on the calls before: seconds after one, and what may be given.
      const isKnown = (at: number) => !setting.fails || at <= Number(WRITTEN.expires)

      const drawn = moments.filter(isKnown).map((at) => [at, colourAt(i, at)])

      expect(drawn).toEqual(
        moments.filter(isKnown).map((at) => [at, GIVEN[freshnessOf(metaAt(setting, at), at, setting.policy)]]),
      )
    })
  }

  it('has the old value as long as the windows last, however often a refresh has failed, and not longer', () => {
    const i = SETTINGS.findIndex(({ fails }) => fails)
    const { policy } = SETTINGS[i] as Setting // there is one
    const moments = Array.from({ length: 400 }, (_, n) => ((n + 0.37) / 400) * SPAN)

    const runs = moments.map((at) => [at, colourAt(i, at) === 'runs'])

    expect(runs).toEqual(moments.map((at) => [at, freshnessOf(WRITTEN, at, policy) === 'expired']))
  })

  it('has refreshes that fail twice as far from each other each time, up to 30 seconds', () => {
    const { failures } = laneOf(SETTINGS.find(({ fails }) => fails) as Setting) // there is one

    const waits = failures.slice(1).map((at, n) => at - Number(failures[n]))

    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000])
  })

  it('has the chance of an early refresh as XFetch has it', () => {
    const { chances, policy } = laneOf(SETTINGS.find(({ policy }) => policy.earlyRefresh > 0) as Setting) // there is one
    const [expires, cost] = [Number(WRITTEN.expires), Number(WRITTEN.cost)]

    for (const { at, chance } of chances) expect(chance).toBeCloseTo(Math.exp((at - expires) / cost), 1)

    expect(chances.length).toBeGreaterThan(10)
    expect(chanceAt(WRITTEN, expires, policy)).toBe(1)
  })
})

interface Block {
  readonly lane: number
  readonly given: string
  readonly x: number
  readonly end: number
}

/** What is painted in the rows. */
function blocksOf(svg: string): Block[] {
  const rects = svg.matchAll(/<rect class="(\w+)" x="([\d.]+)" y="([\d.]+)" width="([\d.]+)"/g)
  return [...rects].flatMap(([, given = '', x, y, width]) => {
    const lane = SETTINGS.findIndex((_, i) => yOf(i) === Number(y))
    return lane < 0 ? [] : [{ lane, given, x: Number(x), end: Number(x) + Number(width) }]
  })
}

function colourAt(lane: number, at: number): Given | undefined {
  const x = xOf(at)
  return blocks.find((block) => block.lane === lane && block.x <= x && x < block.end)?.given as Given | undefined
}

function metaAt({ expiredAt }: Setting, at: number): Meta {
  return expiredAt !== undefined && at > expiredAt ? outdated(WRITTEN, expiredAt) : WRITTEN
}
