/** docs/timeline.svg: the lanes as a picture that stands alone, in light and in dark. */
import { type Band, type Given, type Lane, laneOf, SETTINGS, SPAN } from './lanes.js'

const LEFT = 178
const RIGHT = 14
const WIDTH = 960
const TOP = 128
const HIGH = 30
const ROW = 44
const SIZE = 13

/** Where a moment is on the time axis. */
export const xOf = (at: number): number => round(LEFT + (at / SPAN) * (WIDTH - LEFT - RIGHT))
/** Where the row of a lane begins. */
export const yOf = (lane: number): number => TOP + lane * ROW

/** What is written into a band: the first of these that has room. */
const WORDS: Record<Given, readonly string[]> = {
  fresh: ['the value', 'value'],
  stale: ['old, refresh behind'],
  fallback: ['refresh first; the old value if that fails', 'refresh first'],
  paused: ['old, no refresh'],
  runs: ['runs the function', 'runs'],
}

const LEGENDS: readonly (readonly [Given, string])[] = [
  ['fresh', 'the value, which is fresh'],
  ['stale', 'the old value at once; a refresh goes on behind'],
  ['fallback', 'refreshes first; the old value if the function fails'],
  ['paused', 'the old value at once; no refresh: one has just failed'],
  ['runs', 'runs the function, as if nothing were there'],
]

/** Ground, ink, quiet ink, lines, and what a call gets. */
type Colours = readonly [ground: string, ink: string, quiet: string, line: string, given: Record<Given, string>]

const LIGHT: Colours = [
  '#fff',
  '#1f2328',
  '#59636e',
  '#818b98',
  { fresh: '#aceebb', stale: '#ffe08a', fallback: '#ffc69f', paused: '#dfe3e8', runs: '#b6dcff' },
]
const DARK: Colours = [
  '#0d1117',
  '#f0f6fc',
  '#9198a1',
  '#656c76',
  { fresh: '#196c2e', stale: '#7d5a00', fallback: '#8a3a14', paused: '#3d444d', runs: '#0c4a94' },
]

const STYLE = `
text { font: ${SIZE}px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif }
.name { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: 12px }
.in { text-anchor: middle }
.mark { stroke-dasharray: 3 3 }
${coloured(LIGHT)}
@media (prefers-color-scheme: dark) {
${coloured(DARK)}
}
`

/** Spelled out, for whatever draws pictures without knowing variables. */
function coloured([ground, ink, quiet, line, given]: Colours): string {
  return [
    `text, .ink { fill: ${ink} } .quiet { fill: ${quiet} } .ground { fill: ${ground} } .mark { stroke: ${line} }`,
    ...Object.entries(given).map(([name, colour]) => `.${name} { fill: ${colour} }`),
    `.early { fill: ${given.stale}; stroke: ${ink}; stroke-width: .8 }`,
  ].join('\n')
}

/** The whole picture. */
export function drawing(): string {
  const lanes = SETTINGS.map(laneOf)
  const height = yOf(lanes.length) + 2
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="t d">`,
    '<title id="t">What a call gets, from the write of an entry to its end</title>',
    `<desc id="d">${lanes.map(spoken).join(' ')}</desc>`,
    `<style>${STYLE}</style>`,
    `<rect class="ground" width="${WIDTH}" height="${height}" rx="6"/>`,
    ...legend(),
    ...axis(lanes, height),
    ...lanes.flatMap(row),
    '</svg>',
    '',
  ].join('\n')
}

function legend(): string[] {
  return LEGENDS.flatMap(([given, words], i) => {
    const x = i < 3 ? LEFT - 164 : LEFT + 208
    const y = 14 + (i % 3) * 22
    return [
      `<rect class="${given}" x="${x}" y="${y}" width="22" height="14" rx="3"/>`,
      `<text x="${x + 30}" y="${y + 12}">${words}</text>`,
    ]
  }).concat(
    tick(LEFT + 208 + 11, 14 + 2 * 22 + 12),
    `<text x="${LEFT + 238}" y="${14 + 2 * 22 + 12}">a refresh that fails: the next one waits twice as long</text>`,
  )
}

/** The ends of `ttl` and of the windows are where bands end that have no other. */
function axis(lanes: readonly Lane[], height: number): string[] {
  const plain = lanes.filter(({ fails, expiredAt }) => !fails && expiredAt === undefined)
  const ends = new Set(plain.flatMap(({ bands }) => bands.slice(0, -1).map(({ to }) => to)))
  const names = new Map([
    [endOf(lanes[0]), 'ttl ends'],
    [
      endOf(plain.find(({ policy }) => policy.staleIfError === 0 && policy.staleWhileRevalidate > 0)),
      'staleWhileRevalidate ends',
    ],
    [endOf(plain.find(({ policy }) => policy.staleIfError > 0)), 'staleIfError ends'],
  ])
  return [0, ...ends].flatMap((at) => [
    `<line class="mark" x1="${xOf(at)}" x2="${xOf(at)}" y1="${TOP - 10}" y2="${height - 8}"/>`,
    `<text class="${at === 0 ? '' : 'in'}" x="${xOf(at)}" y="${TOP - 30}">${at === 0 ? 'written' : names.get(at)}</text>`,
    `<text class="quiet${at === 0 ? '' : ' in'}" x="${xOf(at)}" y="${TOP - 15}">${at / 1000} s</text>`,
  ])
}

function endOf(lane: Lane | undefined): number {
  return lane?.bands.at(-1)?.from ?? 0
}

function row(lane: Lane, i: number): string[] {
  const y = yOf(i)
  const first = y + (lane.label.length === 1 ? 20 : 12)
  return [
    ...lane.label.map((line, n) => `<text class="name" x="14" y="${first + n * 16}">${line}</text>`),
    ...lane.bands.flatMap((band) => block(band, y)),
    ...early(lane, y),
    ...lane.failures.map((at) => tick(xOf(at), y - 1)),
  ]
}

function block({ given, from, to }: Band, y: number): string[] {
  const [x, width] = [xOf(from), round(xOf(to) - xOf(from))]
  const words = WORDS[given].find((text) => text.length * SIZE * 0.51 + 6 < width)
  const rect = `<rect class="${given}" x="${x}" y="${y}" width="${width}" height="${HIGH}"/>`
  return words === undefined
    ? [rect]
    : [rect, `<text class="in" x="${round(x + width / 2)}" y="${y + 20}">${words}</text>`]
}

/** The chance of an early refresh, over the value that a call gets all the same. */
function early({ chances }: Lane, y: number): string[] {
  const [first, last] = [chances[0], chances.at(-1)]
  if (first === undefined || last === undefined) return []
  const floor = y + HIGH
  const points = chances.map(({ at, chance }) => `${xOf(at)} ${round(floor - chance * HIGH)}`)
  return [`<path class="early" d="M${xOf(first.at)} ${floor}L${points.join('L')}L${xOf(last.at)} ${floor}Z"/>`]
}

/** Points down at where a refresh has failed. */
function tick(x: number, y: number): string {
  return `<path class="ink" d="M${round(x)} ${y}l-4 -7h8z"/>`
}

function spoken({ label, bands }: Lane): string {
  const seconds = ({ from, to, given }: Band): string => `${given} from ${from / 1000} to ${to / 1000} s`
  return `${label.join(' ')}: ${bands
    .filter(({ from, to }) => to - from > 5_000)
    .map(seconds)
    .join(', ')}.`
}

function round(n: number): number {
  return Math.round(n * 10) / 10
}
