import { after, afterEach, before, beforeEach, describe, it, mock } from 'node:test'
import { type Clock, conformance, type Opened, type Runner, type StoreCase } from 'ringcache/testing'

const runner: Runner = { describe, it, beforeEach, afterEach, beforeAll: before, afterAll: after }

const clock: Clock = {
  begin: () => mock.timers.enable({ apis: ['setTimeout', 'Date'], now: Date.now() }),
  tick: async (milliseconds) => mock.timers.tick(milliseconds),
  end: () => mock.timers.reset(),
}

interface OpenMap extends Opened {
  readonly map: Map<string, unknown>
}

const storeCase: StoreCase<OpenMap> = {
  name: 'Map',
  capabilities: { expiry: 'envelope', touch: 'rewrite', many: 'native', values: 'objects', deleteTells: true },
  clock,
  async open() {
    const map = new Map<string, unknown>()
    return { store: map, map, close: async () => {} }
  },
  looks: { raw: async ({ map }, key) => map.get(key) },
}

conformance(storeCase, runner)

// The looks see what `open` gives; only the types are tested here.
conformance(
  {
    ...storeCase,
    name: 'Map again',
    open: async () => ({ store: new Map<string, unknown>(), close: async () => {}, prefix: '' }),
    looks: { timeLeft: async ({ prefix }, key) => (prefix + key === '' ? 0 : Number.POSITIVE_INFINITY) },
  },
  { ...runner, describe: () => {} },
)

// @ts-expect-error: `capabilities` and `open` are required.
export const incomplete: StoreCase = { name: 'incomplete' }
