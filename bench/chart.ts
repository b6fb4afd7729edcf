/** Bars side by side, as a picture that stands alone, in light and in dark. */

/** One bar. */
export interface Bar {
  readonly name: string
  readonly kind: 'ours' | 'limit' | 'peer'
  readonly value: number
  /** What stands at its end: the value in words, and in brackets what it means. */
  readonly text: string
}

/** Bars that are measured by one scale. */
export interface Section {
  readonly name: string
  readonly bars: readonly Bar[]
}

export interface Chart {
  readonly title: string
  readonly note: string
  /** `log` where the longest bar would leave nothing of the others. */
  readonly scale: 'linear' | 'log'
  readonly sections: readonly Section[]
}

const WIDTH = 860
/** Where bars begin, and where the longest ends: right of it stand the words. */
export const LEFT = 220
export const RIGHT = 620
const TOP = 66
const HEAD = 30
const ROW = 22
const BAR = 14
const SIZE = 13

/** Ground, ink, quiet ink, lines, and the bars. */
type Colours = readonly [ground: string, ink: string, quiet: string, line: string, bars: Record<Bar['kind'], string>]

const LIGHT: Colours = ['#fff', '#1f2328', '#59636e', '#d1d9e0', { ours: '#1a7f37', limit: '#818b98', peer: '#80b3ff' }]
const DARK: Colours = [
  '#0d1117',
  '#f0f6fc',
  '#9198a1',
  '#3d444d',
  { ours: '#3fb950', limit: '#656c76', peer: '#316dca' },
]

const STYLE = `
text { font: ${SIZE}px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif }
.head { font-weight: 600 } .title { font-size: 16px } .name { text-anchor: end } .tick { font-size: 11px; text-anchor: middle }
${coloured(LIGHT)}
@media (prefers-color-scheme: dark) {
${coloured(DARK)}
}
`

/** Spelled out, for whatever draws pictures without knowing variables. */
function coloured([ground, ink, quiet, line, bars]: Colours): string {
  return [
    `text { fill: ${ink} } .quiet { fill: ${quiet} } .ground { fill: ${ground} } .line { stroke: ${line} }`,
    Object.entries(bars)
      .map(([name, colour]) => `.${name} { fill: ${colour} }`)
      .join(' '),
  ].join('\n')
}

/** The whole picture. */
export function drawn({ title, note, scale, sections }: Chart): string {
  const parts: string[] = []
  let y = TOP
  for (const section of sections) {
    const head = sections.length === 1 ? 0 : HEAD
    parts.push(...drawnSection(section, scale, y, head))
    y += head + section.bars.length * ROW + (scale === 'log' ? 24 : 12)
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" role="img" aria-labelledby="t d">`,
    `<title id="t">${escaped(title)}</title>`,
    `<desc id="d">${escaped(sections.map(spoken).join(' '))}</desc>`,
    `<style>${STYLE}</style>`,
    `<rect class="ground" width="${WIDTH}" height="${y}" rx="6"/>`,
    `<text class="head title" x="14" y="26">${escaped(title)}</text>`,
    `<text class="quiet" x="14" y="46">${escaped(note)}</text>`,
    ...parts,
    '</svg>',
    '',
  ].join('\n')
}

/** A section by itself needs no name: the chart has one. */
function drawnSection({ name, bars }: Section, scale: Chart['scale'], top: number, head: number): string[] {
  const first = top + head
  const end = first + bars.length * ROW
  const { xOf, ticks } = scaled(
    bars.map(({ value }) => value),
    scale,
  )
  return [
    ...(head > 0 ? [`<text class="head" x="14" y="${top + 18}">${escaped(name)}</text>`] : []),
    ...ticks.flatMap((value) => [
      `<line class="line" x1="${xOf(value)}" x2="${xOf(value)}" y1="${first - 4}" y2="${end}"/>`,
      `<text class="quiet tick" x="${xOf(value)}" y="${end + 13}">${compact(value)}</text>`,
    ]),
    ...bars.flatMap(({ name, kind, value, text }, i) => {
      const [y, x] = [first + i * ROW, xOf(value)]
      return [
        `<text class="name${kind === 'ours' ? ' head' : ''}" x="${LEFT - 10}" y="${y + 12}">${escaped(name)}</text>`,
        `<rect class="${kind}" x="${LEFT}" y="${y}" width="${round(Math.max(x - LEFT, 1))}" height="${BAR}" rx="2"/>`,
        `<text x="${x + 8}" y="${y + 12}">${escaped(text)}</text>`,
      ]
    }),
  ]
}

/** Where values lie between `LEFT` and `RIGHT`, of which a linear scale shows 0, the other half of the least value. */
function scaled(values: readonly number[], scale: Chart['scale']): { xOf(value: number): number; ticks: number[] } {
  const most = Math.max(...values) || 1
  const xAt = (part: number) => round(LEFT + Math.max(part, 0) * (RIGHT - LEFT))
  if (scale === 'linear') return { xOf: (value) => xAt(value / most), ticks: [] }

  const from = Math.log10(Math.min(...values.filter((value) => value > 0)) / 2)
  const to = Math.log10(most)
  const [first, last] = [Math.ceil(from), Math.floor(to)]
  return {
    xOf: (value) => xAt((Math.log10(Math.max(value, Number.MIN_VALUE)) - from) / (to - from)),
    ticks: Array.from({ length: last - first + 1 }, (_, i) => Number(`1e${first + i}`)),
  }
}

function spoken({ name, bars }: Section): string {
  return `${name}: ${bars.map((bar) => `${bar.name} ${bar.text}`).join(', ')}.`
}

/** A number in a few letters: `1.56 M`, `404 k`, `12.9`. */
export function compact(value: number): string {
  if (value >= 1e6) return `${digits(value / 1e6)} M`
  if (value >= 1e3) return `${digits(value / 1e3)} k`
  return digits(value)
}

/** A number with as many digits as count; thousands are told apart. */
export function digits(value: number, count = 3): string {
  return Number(value.toPrecision(count)).toLocaleString('en-US', { maximumSignificantDigits: 21 })
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

const round = (n: number): number => Math.round(n * 10) / 10
