import { conformance, type Opened, type Runner, type StoreCase } from '../../lib/testing.js'

type Action = () => Promise<void>

/** What came of a suite, by the titles of its tests without that of the case. */
export interface Report {
  readonly passed: string[]
  readonly failed: string[]
  readonly skipped: string[]
}

interface Block {
  readonly path: readonly string[]
  readonly before: Action[]
  readonly after: Action[]
  readonly beforeEach: Action[]
  readonly afterEach: Action[]
  readonly tests: { readonly title: string; readonly test: Action }[]
  readonly blocks: Block[]
}

/** Runs the suite by a runner that is no more than a `Runner`, and collects what fails instead of reporting it. */
export async function collect<O extends Opened>(storeCase: StoreCase<O>): Promise<Report> {
  const report: Report = { passed: [], failed: [], skipped: [] }
  let block = newBlock([])
  const titled = (title: string) => [...block.path.slice(1), title].join(' › ')
  const test = (title: string, test: Action) => block.tests.push({ title: titled(title), test })
  const runner: Runner = {
    describe(title, define) {
      const outer = block
      block = newBlock([...outer.path, title])
      outer.blocks.push(block)
      define()
      block = outer
    },
    it: Object.assign(test, { skip: (title: string) => report.skipped.push(titled(title)) }),
    beforeAll: (hook) => block.before.push(hook),
    afterAll: (hook) => block.after.push(hook),
    beforeEach: (hook) => block.beforeEach.push(hook),
    afterEach: (hook) => block.afterEach.push(hook),
  }
  conformance(storeCase, runner)
  await runBlock(block, [], report)
  return report
}

function newBlock(path: readonly string[]): Block {
  return { path, before: [], after: [], beforeEach: [], afterEach: [], tests: [], blocks: [] }
}

async function runBlock(block: Block, outer: readonly Block[], report: Report): Promise<void> {
  const blocks = [...outer, block]
  await inOrder(block.before)
  for (const { title, test } of block.tests) {
    const inTest = async () => {
      await inOrder(blocks.flatMap((one) => one.beforeEach))
      await test()
    }
    const passed = await succeeds(inTest)
    const closed = await succeeds(() => inOrder(blocks.flatMap((one) => one.afterEach)))
    const outcome = passed && closed ? report.passed : report.failed
    outcome.push(title)
  }
  for (const inner of block.blocks) await runBlock(inner, blocks, report)
  await inOrder(block.after)
}

async function inOrder(actions: readonly Action[]): Promise<void> {
  for (const act of actions) await act()
}

async function succeeds(act: Action): Promise<boolean> {
  try {
    await act()
    return true
  } catch {
    return false
  }
}
