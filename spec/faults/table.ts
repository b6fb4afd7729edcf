/** The table of the faults: what was measured, as data, and the markdown that is made of it. */
import type { Child } from './child.js'
import type { Failure } from './failure.js'
import { idOf } from './scenario.js'
import { allScenarios } from './scenarios.js'
import { type Figures, figuresOf } from './summary.js'

export interface FaultTable {
  readonly made: {
    readonly node: string
    readonly redis: string
    readonly memcached: string
    readonly seed: number
    readonly operationsPerSecond: number
    /** Milliseconds. */
    readonly faultLasted: number
    readonly storeTimeout: number
  }
  readonly rows: readonly FaultRow[]
}

export interface FaultRow extends Figures {
  readonly fault: string
  readonly client: string
  /** Keys whose delete was refused and that showed an older value when all was well again. */
  readonly cameBack: number
  /** What was left behind in the function and its client. */
  readonly left: number
}

/** The rows of some groups, in the order of the scenarios. */
export function rowsOf(groups: readonly Child[]): FaultRow[] {
  const runs = groups.flatMap((group) => group.runs)
  return allScenarios.flatMap((scenario) => {
    const run = runs.find(({ id }) => id === idOf(scenario))
    if (run === undefined) return []
    const { slowestCall, slowestControl, recovery, ...figures } = figuresOf(run)
    return {
      fault: scenario.name,
      client: scenario.client,
      ...figures,
      slowestCall: rounded(slowestCall),
      slowestControl: rounded(slowestControl),
      recovery: rounded(recovery),
      cameBack: run.cameBack.length,
      left: run.left.length,
    }
  })
}

const BEGIN = '<!-- faults:begin -->'
const END = '<!-- faults:end -->'

/** The document with its table made anew. */
export function withTable(markdown: string, table: FaultTable): string {
  const [from, to] = [markdown.indexOf(BEGIN), markdown.indexOf(END)]
  if (from < 0 || to < from) throw new Error(`the document has no ${BEGIN} and ${END}`)
  return `${markdown.slice(0, from + BEGIN.length)}\n${markdownOf(table)}\n${markdown.slice(to)}`
}

export function markdownOf({ made, rows }: FaultTable): string {
  const { node, redis, memcached, operationsPerSecond, faultLasted, storeTimeout } = made
  const lines = rows.map(({ fault, client, calls, answered, events, rejections, slowestCall, recovery }) =>
    [
      fault,
      `\`${client}\``,
      calls,
      answered === calls ? 'all' : answered,
      toldOf(events, rejections),
      seconds(slowestCall),
      seconds(recovery),
    ].join(' | '),
  )
  const sum = (of: (row: FaultRow) => number): number => rows.reduce((total, row) => total + of(row), 0)
  return [
    `Measured on Node ${node}, Redis ${redis} and memcached ${memcached}: ${operationsPerSecond} operations a second on each store,`,
    `\`storeTimeout: ${storeTimeout}\`, each fault for ${faultLasted / 1_000} s. In all runs together, ${sum((row) => row.wrong)} operations gave a wrong value, ${sum((row) => row.stale)} one that`,
    `was outdated by a control that had succeeded, ${sum((row) => row.cameBack)} refused deletes came back, and ${sum((row) => row.left)} things were left behind.`,
    '',
    '| fault | client | calls | answered | errors told (events + rejections) | slowest call | recovery |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...lines.map((line) => `| ${line} |`),
  ].join('\n')
}

const NAMES: Record<Failure, string> = {
  timeout: 'timeout',
  connection: 'connection',
  reply: 'reply',
  data: 'foreign data',
}

function toldOf(events: Figures['events'], rejections: Figures['rejections']): string {
  const kinds = (Object.keys(NAMES) as Failure[]).filter((kind) => events[kind] || rejections[kind]) // its keys
  return kinds.map((kind) => `${NAMES[kind]} ${events[kind] ?? 0} + ${rejections[kind] ?? 0}`).join(', ') || 'none'
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1_000).toFixed(2)} s`
}

/** To 10 ms. */
function rounded(milliseconds: number): number {
  return Math.round(milliseconds / 10) * 10
}
