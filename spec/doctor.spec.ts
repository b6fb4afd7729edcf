import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { KeyvMemcache } from '@keyv/memcache'
import KeyvRedis from '@keyv/redis'
import { Keyv } from 'keyv'
import { Keyv as Keyv6 } from 'keyv6'
import { cached, cachedClass, cachedSync, doctor, type Finding, type FindingCode, ringKey } from '../lib/index.js'
import { runTypeScript } from './support/program.js'
import { sharedMemcached, sharedRedis, uniquePrefix } from './support/servers.js'

/** The specs of this file share a process, and what one leaves behind is none of the next one's. */
let prefix: string
const closers: (() => unknown)[] = []
let warn: jest.SpiedFunction<typeof process.emitWarning>

beforeEach(() => {
  prefix = uniquePrefix('doctor')
  warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
})

afterEach(async () => {
  warn.mockRestore()
  for (const close of closers.splice(0)) await close()
})

function findings(code: FindingCode): Finding[] {
  const about = doctor().findings.filter(({ functions }) => functions.some((one) => one.prefix.startsWith(prefix)))
  return about.filter((finding) => finding.code === code)
}

const prefixesOf = ({ functions }: Finding) => functions.map((one) => one.prefix)

function openMemcached(): KeyvMemcache {
  const adapter = new KeyvMemcache(sharedMemcached().url)
  closers.push(() => adapter.client.close())
  return adapter
}

function openRedis(): KeyvRedis<unknown> {
  const adapter = new KeyvRedis<unknown>(sharedRedis().url)
  closers.push(() => adapter.client.isOpen && adapter.client.close())
  return adapter
}

describe('a prefix that different functions share', () => {
  it('is a finding about all of them, and one process warning', () => {
    const store = new Map()

    const wrapped = [1, 2, 3].map((n) => cached(async () => n, { store, keyPrefix: prefix }))

    expect(wrapped).toHaveLength(3)
    expect(findings('shared-prefix')).toMatchObject([
      { message: expect.stringContaining(`the prefix '${prefix}' on one store (memory)`) },
    ])
    expect(findings('shared-prefix').map(prefixesOf)).toEqual([[prefix, prefix, prefix]])
    expect(warn.mock.calls).toEqual([
      [
        expect.stringMatching(`'${prefix}'.*give each its own keyPrefix, or say overload: true`),
        { type: 'RingcacheWarning', code: 'RINGCACHE_PREFIX' },
      ],
    ])
  })

  it('is seen between functions of cached and of cachedSync', () => {
    const store = new Map()

    const wrapped = [
      cached(async () => 1, { store, keyPrefix: prefix }),
      cachedSync(() => 2, { store, keyPrefix: prefix }),
    ]

    expect(wrapped).toHaveLength(2)
    expect(findings('shared-prefix').map(prefixesOf)).toEqual([[prefix, prefix]])
    expect(warn).toHaveBeenCalledTimes(1)
  })

  it('warns once more on another store', () => {
    const stores = [new Map(), new Map()]

    const wrapped = stores.flatMap((store) => [1, 2, 3].map((n) => cached(async () => n, { store, keyPrefix: prefix })))

    expect(wrapped).toHaveLength(6)
    expect(warn).toHaveBeenCalledTimes(2)
    expect(findings('shared-prefix')).toHaveLength(2)
  })

  it('is seen through different adapters over one client', () => {
    const adapter = openRedis()
    const stores = [adapter, adapter.client, new KeyvRedis<unknown>(adapter.client)]

    const wrapped = stores.map((store) => cached(async () => store, { store, keyPrefix: prefix }))

    expect(wrapped).toHaveLength(3)
    expect(findings('shared-prefix').map(prefixesOf)).toEqual([[prefix, prefix, prefix]])
  })

  it('is seen between methods of classes that have one name', () => {
    const store = new Map()
    const create = (n: number) => {
      const User = class User {
        [ringKey]() {
          return n
        }
        async data() {
          return n
        }
      }
      return cachedClass(User, { data: { store, keyPrefix: prefix } })
    }

    const classes = [create(1), create(2)]

    expect(classes).toHaveLength(2)
    expect(findings('shared-prefix')).toHaveLength(1)
  })

  it('is seen on stores that are resolved at each call, once they are used', () => {
    const stores = [new Map(), new Map()]
    let now = 0
    const wrapped = [1, 2].map((n) => cached(async () => n, { store: () => stores[now], keyPrefix: prefix }))
    const before = findings('shared-prefix').length

    for (now of [0, 1]) for (const f of wrapped) f.key()
    now = 0

    expect(before).toBe(0)
    expect(findings('shared-prefix')).toHaveLength(2)
    expect(warn).toHaveBeenCalledTimes(2)
  })

  it.each([
    ['of one function that is wrapped twice', (n: number) => ({ fn: same, overload: false, n: 0 * n })],
    ['that both say is meant', (n: number) => ({ fn: async () => n, overload: true, n: 0 })],
    ['that the second says is meant', (n: number) => ({ fn: async () => n, overload: n === 1, n: 0 })],
    ['that the first says is meant', (n: number) => ({ fn: async () => n, overload: n === 0, n: 0 })],
    ['on different stores', (n: number) => ({ fn: async () => n, overload: false, n })],
  ])('is none if it is %s', (_name, optionsOf) => {
    const stores = [new Map(), new Map()]

    const wrapped = [0, 1].map((at) => {
      const { fn, overload, n } = optionsOf(at)
      return cached(fn, { store: stores[n] ?? new Map(), keyPrefix: prefix, overload })
    })

    expect(wrapped).toHaveLength(2)
    expect(findings('shared-prefix')).toEqual([])
    expect(warn).not.toHaveBeenCalled()
  })

  it('is none with a function that is gone', async () => {
    const store = new Map()
    cached(async () => 1, { store, keyPrefix: prefix })
    await collectGarbage()

    const later = cached(async () => 2, { store, keyPrefix: prefix })

    expect(warn).not.toHaveBeenCalled()
    expect(doctor().functions.filter((one) => one.prefix === prefix)).toHaveLength(1)
    expect(await later()).toBe(2)
  })
})

describe('a prefix that goes on where another function has its receiver', () => {
  it('is a finding about both', () => {
    const store = new Map()
    const receiving = cached(async () => 1, { store, keyPrefix: prefix, receiver: true })

    const longer = cached(async () => 2, { store, keyPrefix: `${prefix}:b:c` })

    expect([receiving, longer]).toHaveLength(2)
    expect(findings('prefix-meets-receiver').map(prefixesOf)).toEqual([[prefix, `${prefix}:b:c`]])
    expect(findings('prefix-meets-receiver')[0]?.message).toContain(`as in '${prefix}:b:c'`)
  })

  it('really meets it', async () => {
    const store = new Map()
    const receiving = cached(async () => 1, { store, keyPrefix: prefix, receiver: true })
    const longer = cached(async () => 2, { store, keyPrefix: `${prefix}:b:c` })

    const key = receiving.bind({ [ringKey]: () => 'b:c' }).key()

    expect(key).toBe(longer.key())
  })

  it.each([
    ['without a receiver', { receiver: false }, ':b', true],
    ['with a name that only begins alike', { receiver: true }, 'b', true],
    ['on another store', { receiver: true }, ':b', false],
  ])('is none %s', (_name, options, suffix, sameStore) => {
    const store = new Map()
    const receiving = cached(async () => 1, { store, keyPrefix: prefix, ...options })

    const longer = cached(async () => 2, { store: sameStore ? store : new Map(), keyPrefix: prefix + suffix })

    expect([receiving, longer]).toHaveLength(2)
    expect(findings('prefix-meets-receiver')).toEqual([])
  })
})

describe('a coder that loses something', () => {
  const born = new Date(0)
  const slow = (decode: (text: string) => unknown) => ({
    encode: async (value: unknown) => JSON.stringify(value),
    decode: async (text: string) => decode(text),
  })

  it('is a finding with the path of the first difference', async () => {
    const f = cached(async () => ({ id: 1, list: [{ born }] }), { store: new Map(), keyPrefix: prefix, coder: 'json' })

    await f()

    expect(findings('lossy-coder')).toMatchObject([
      {
        message: expect.stringContaining(
          `the coder 'json' loses what '${prefix}' gives: $.list[0].born, an object (Date), came back as a string of 24 characters`,
        ),
      },
    ])
  })

  it.each([
    ['set', (f: { set(value: object): Promise<void> }) => f.set({ born })],
    ['setMany', (f: { setMany(args: [][], values: object[]): Promise<void> }) => f.setMany([[]], [{ born }])],
    [
      'storage.set',
      (f: { storage: { set(key: string, value: object): Promise<void> } }) => f.storage.set('x', { born }),
    ],
  ] as const)('is found by %s', async (_name, act) => {
    const f = cached(async (): Promise<object> => ({}), { store: new Map(), keyPrefix: prefix, coder: 'json' })

    await act(f)

    expect(findings('lossy-coder')).toHaveLength(1)
  })

  it('is found on a server', async () => {
    const f = cached(async () => ({ born }), { store: openRedis(), keyPrefix: prefix, coder: 'json', ttl: 5_000 })

    await f()

    expect(findings('lossy-coder')).toHaveLength(1)
  })

  it('is found where it is asynchronous', async () => {
    const f = cached(async () => ({ born }), { store: new Map(), keyPrefix: prefix, coder: slow(JSON.parse) })

    await f()

    await until(() => findings('lossy-coder').length === 1)
  })

  it('is found where it cannot read what it wrote', async () => {
    const broken = {
      encode: String,
      decode: () => {
        throw new Error('no')
      },
    }
    const f = cached(async () => 1, { store: new Map(), keyPrefix: prefix, coder: broken })

    await f()

    expect(findings('lossy-coder')[0]?.message).toMatch(/what it gave cannot be read: coder 'custom' cannot decode/)
  })

  it.each(['superjson', 'v8', 'clone', ['superjson', 'gzip'], 'bypass'])('is none with %s', async (coder) => {
    const value = { born, map: new Map([[1, new Set(['x'])]]), nan: Number.NaN, no: undefined }
    const f = cached(async () => value, { store: new Map(), keyPrefix: prefix, coder })

    await f.updateMany([], [], [])
    await setTimeout(20) // what is asynchronous has its time: nothing is to come

    expect(findings('lossy-coder')).toEqual([])
  })

  it('is none where the value was changed by its owner while the coder took its time', async () => {
    const f = cached(async () => ({ n: 1 }), { store: new Map(), keyPrefix: prefix, coder: slow(JSON.parse) })
    const value = { n: 1 }

    const setting = f.set(value)
    value.n = 2
    await setting
    await setTimeout(20)

    expect(findings('lossy-coder')).toEqual([])
  })

  it('is none where the value was changed by its owner at once', async () => {
    const f = cached(async () => ({ n: 1 }), { store: new Map(), keyPrefix: prefix, coder: 'json' })
    const value = { n: 1 }

    const setting = f.set(value)
    value.n = 2
    await setting

    expect(findings('lossy-coder')).toEqual([])
  })

  it('changes nothing for the call, whatever the value does when it is looked at', async () => {
    const value = { toJSON: () => 1 }
    const touchy = new Proxy(value, {
      ownKeys() {
        throw new Error('do not look')
      },
    })
    const coder = { encode: () => 'x', decode: () => ({}) }
    const f = cached(async () => touchy, { store: new Map(), keyPrefix: prefix, coder })

    const given = await f()

    expect(given).toBe(touchy)
    expect(findings('lossy-coder')).toEqual([])
  })

  it('is looked for at three writes, and then at one of a hundred', async () => {
    const decode = jest.fn(Number)
    const f = cached(async (n: number) => n, { store: new Map(), keyPrefix: prefix, coder: [String, decode] })
    const counts: number[] = []

    for (let n = 1; n <= 200; n++) {
      await f.set(n, n)
      counts.push(decode.mock.calls.length)
    }

    expect([1, 2, 3, 4, 99, 100, 101, 199, 200].map((n) => counts[n - 1])).toEqual([1, 2, 3, 3, 3, 4, 4, 4, 5])
  })

  it('is looked for no more once it was found', async () => {
    const decode = jest.fn(() => 'lost')
    const f = cached(async (n: number) => n, { store: new Map(), keyPrefix: prefix, coder: [String, decode] })

    for (let n = 0; n < 5; n++) await f.set(n, n)

    expect(decode).toHaveBeenCalledTimes(1)
  })

  it('is not looked for in production', async () => {
    const { NODE_ENV } = process.env
    closers.push(() => {
      process.env.NODE_ENV = NODE_ENV
    })
    process.env.NODE_ENV = 'production'
    const decode = jest.fn(() => 'lost')
    const f = cached(async (n: number) => n, { store: new Map(), keyPrefix: prefix, coder: [String, decode] })

    await f.set(1, 1)

    expect(decode).not.toHaveBeenCalled()
    expect(findings('lossy-coder')).toEqual([])
  })

  it('is not looked for in long values', async () => {
    const decode = jest.fn(() => 'lost')
    const f = cached(async () => '', { store: new Map(), keyPrefix: prefix, coder: [String, decode] })

    await f.set('x'.repeat(2 ** 20 + 1))

    expect(decode).not.toHaveBeenCalled()
  })
})

describe('a Keyv whose errors nobody listens to', () => {
  it.each([
    ['Keyv 5', () => new Keyv()],
    ['Keyv 6', () => new Keyv6()],
    ['a Keyv over Redis', () => new Keyv(openRedis())],
  ])('is one finding about all functions on it, until somebody does: %s', (_name, open) => {
    const keyv = open()
    const wrapped = ['a', 'b'].map((name) => cached(async () => name, { store: keyv, keyPrefix: `${prefix}.${name}` }))
    const before = findings('unheard-errors')

    keyv.on('error', () => {})

    expect(wrapped).toHaveLength(2)
    expect(before.map(prefixesOf)).toEqual([[`${prefix}.a`, `${prefix}.b`]])
    expect(before[0]?.message).toContain(`of '${prefix}.a', '${prefix}.b'`)
    expect(findings('unheard-errors')).toEqual([])
  })

  it.each([
    ['a Map', () => new Map()],
    ['a Redis client', () => openRedis()],
    ['memcached', () => openMemcached()],
    ['a bare adapter', () => ({ opts: {}, get: () => undefined, set: () => true, delete: () => true })],
  ])('is none over %s, where the Keyv is ours', (_name, open) => {
    const f = cached(async () => 1, { store: open(), keyPrefix: prefix })

    const found = findings('unheard-errors')

    expect(f.storage.backend).toBeInstanceOf(Keyv)
    expect(found).toEqual([])
  })
})

describe('keys that had to be hashed', () => {
  it.each([
    ['memcached', () => openMemcached()],
    ['a Keyv over memcached', () => new Keyv(openMemcached())],
  ])('are a finding when there was one: %s', (_name, open) => {
    const f = cached(async (x: string) => x, { store: open(), keyPrefix: prefix })
    f.key('short')
    const before = findings('hashed-keys')

    f.key('x'.repeat(300))

    expect(before).toEqual([])
    expect(findings('hashed-keys')).toMatchObject([
      { message: expect.stringMatching(`a key of '${prefix}' did not fit.*"${prefix}::x+"\\.\\.\\. of \\d{3} bytes`) },
    ])
  })

  it('are none where a store takes any key', () => {
    const f = cached(async (x: string) => x, { store: openRedis(), keyPrefix: prefix })

    const key = f.key('x'.repeat(300))

    expect(key).toHaveLength(prefix.length + 302)
    expect(findings('hashed-keys')).toEqual([])
  })
})

describe('a lease that the store cannot give', () => {
  it('is a finding where the store knows of one process alone', () => {
    const f = cached(async () => 1, { store: new Keyv(), keyPrefix: prefix, lease: true })

    const found = findings('no-lease')

    expect(f.storage.capabilities.lease).toBe('process')
    expect(found).toMatchObject([{ message: expect.stringContaining('knows of one process alone') }])
  })

  it.each([
    ['on Redis', openRedis, true],
    ['on memcached', openMemcached, { ttl: 5_000 }],
    ['in memory, which is that of one process', () => new Map(), true],
    ['that nobody asked for', () => new Keyv(), undefined],
    ['that is turned off', () => new Keyv(), false],
  ] as const)('is none %s', (_name, store, lease) => {
    const f = cached(async () => 1, { store: store(), keyPrefix: prefix, lease })

    const found = findings('no-lease')

    expect(f.storage.backend).toBeDefined()
    expect(found).toEqual([])
  })
})

describe('a ttl with fractions of a second', () => {
  it.each([
    [250, /\(250 ms\) is shorter than the one second that its store \(memcached\) counts in/],
    [1_500, /\(1500 ms\) is no whole number of the seconds/],
  ])('is a finding on memcached: %s ms', (ttl, message) => {
    const f = cached(async () => 1, { store: openMemcached(), keyPrefix: prefix, ttl })

    const found = findings('fractional-ttl')

    expect(f.storage.capabilities.expiry).toBe('native')
    expect(found).toMatchObject([{ message: expect.stringMatching(message) }])
  })

  it.each([
    ['a whole number of seconds on memcached', openMemcached, 2_000],
    ['no ttl on memcached', openMemcached, undefined],
    ['a ttl function on memcached', openMemcached, () => 250],
    ['250 ms on Redis', openRedis, 250],
    ['250 ms in memory', () => new Map(), 250],
  ])('is none: %s', (_name, open, ttl) => {
    const f = cached(async () => 1, { store: open(), keyPrefix: prefix, ttl })

    const found = findings('fractional-ttl')

    expect(f.key()).toBe(prefix)
    expect(found).toEqual([])
  })
})

describe('a name that tells nothing', () => {
  const anonymous = () => doctor().findings.filter(({ code }) => code === 'anonymous')

  it.each([
    ['none', () => cached(async () => 'without a name'), /'anonymous', the name of every function without one \(async/],
    ['that of a bound function', () => cached(same.bind(null)), /'bound%20same', the name of every such function that/],
    [
      'that of a default export',
      () => cached({ default: async () => 1 }.default),
      /'default', the name of everything that a module exports/,
    ],
  ])('is a finding: %s', (_name, wrap, message) => {
    const f = wrap()

    const found = anonymous().filter(({ functions }) => functions.some(({ prefix }) => prefix === f.key()))

    expect(found).toMatchObject([{ message: expect.stringMatching(message) }])
  })

  it('is none with a keyPrefix, or a name', () => {
    const wrapped = [
      cached(async () => 1, { keyPrefix: prefix }),
      cached(same.bind(null), { keyPrefix: `${prefix}.bound` }),
      cached(async function defaults() {}),
    ]

    const about = anonymous().flatMap(prefixesOf)

    expect(wrapped.map((f) => about.includes(f.key()))).toEqual([false, false, false])
  })

  it('is told once of a function with many stores', () => {
    const stores = [new Map(), new Map(), new Map()]
    let now = 0
    const f = cached({ async default() {} }.default, { store: () => stores[now] })

    for (now of [0, 1, 2]) f.key()

    const found = anonymous().filter(({ functions }) => functions.length === 3)
    expect(found).toHaveLength(1)
    expect(f.key()).toBe('default')
  })
})

describe('the report', () => {
  it('has every function, on each of its stores, as data', () => {
    const f = cached(async function load(n: number) { return n }, { store: new Map(), keyPrefix: prefix, ttl: 250, coder: 'json' }) // biome-ignore format: its text is looked at
    const g = cached(same, {
      store: new Keyv(),
      keyPrefix: `${prefix}.g`,
      ttl: () => 1,
      receiver: true,
      overload: true,
    })

    const functions = doctor().functions.filter((one) => one.prefix.startsWith(prefix))

    expect([f, g]).toHaveLength(2)
    const source = expect.stringMatching(/^async /)
    expect(functions).toEqual([
      {
        ...{ name: 'load', prefix, source, store: 'memory', coder: 'json', ttl: 250 },
        receiver: false,
        overload: false,
      },
      {
        ...{ name: 'same', prefix: `${prefix}.g`, source, store: 'keyv', coder: 'superjson', ttl: 'function' },
        ...{ receiver: true, overload: true },
      },
    ])
  })

  it('names in its findings the functions that it has', async () => {
    const f = cached(async () => new Date(), { store: new Map(), keyPrefix: prefix, coder: 'json' })
    await f()

    const report = doctor()

    const finding = report.findings.find((one) => prefixesOf(one).includes(prefix))
    expect(report.functions).toContain(finding?.functions[0])
    expect(structuredClone(report)).toEqual({ functions: report.functions, findings: report.findings })
  })

  it('is a line for each finding as text', async () => {
    const f = cached(async () => new Date(), { store: new Map(), keyPrefix: prefix, coder: 'json' })
    await f()

    const report = doctor()

    const [first, ...lines] = String(report).split('\n')
    expect(first).toBe(`${report.findings.length} findings, ${report.functions.length} cached functions looked at`)
    expect(lines).toHaveLength(report.findings.length)
    expect(lines).toContainEqual(expect.stringMatching(`^- lossy-coder: the coder 'json' loses what '${prefix}' gives`))
  })

  it('says so where nothing is wrong', async () => {
    const program = join(import.meta.dirname, 'support/one-wrap.ts')

    const { stdout, stderr } = await runTypeScript(program)

    expect(stdout).toBe('no findings, 0 cached functions looked at\nno findings, 1 cached function looked at\n')
    expect(stderr).toMatch(
      /^[^\n]*\[RINGCACHE_PREFIX\] RingcacheWarning: different functions have the prefix 'f'[^\n]*\n/,
    )
    expect(stderr.match(/RINGCACHE_PREFIX/g)).toHaveLength(1)
  })

  it('holds nobody back', async () => {
    const { stdout } = await runTypeScript(join(import.meta.dirname, 'support/many-wraps.ts'), { timeout: 60_000 })

    const { bytesEach, left } = JSON.parse(stdout)

    expect(left).toBeLessThan(10)
    expect(bytesEach).toBeLessThan(40) // to remember one takes ten times as much
  }, 60_000)
})

async function same(n = 1): Promise<number> {
  return n
}

/** Until `condition` is so, at most five seconds. */
async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 5_000
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('it was never so')
    await setTimeout(5)
  }
}

setFlagsFromString('--expose-gc')
const gc: () => void = runInNewContext('gc')

async function collectGarbage(): Promise<void> {
  await setTimeout(1) // what was made or looked at in this task lives until its end
  gc()
  await setTimeout(1)
}
