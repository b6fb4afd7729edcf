import { describe, expect, it, jest } from '@jest/globals'
import * as fc from 'fast-check'
import { ActionError, cached, OptionError } from '../lib/index.js'

interface Options {
  lang?: string
  trace?: unknown
  deep?: { on: boolean; span?: unknown }
}

function named() {
  const run = jest.fn(async (a: number, b?: number) => a + (b ?? 0))
  return { run, f: cached(run, { keyPrefix: 'f', parameters: ['a', 'b'] as const }) }
}

describe('parameters', () => {
  it('let items of bulk controls be objects, with the keys of the positional form', async () => {
    const { f } = named()

    const keys = f.keyMany([1, 2], [1, 3], { a: 2, b: 2 }, { b: 2, a: 2 }, { a: 5 })

    expect(keys).toEqual([f.key(1, 2), f.key(1, 3), f.key(2, 2), f.key(2, 2), f.key(5)])
  })

  it('run the function with the arguments in their order', async () => {
    const { f, run } = named()

    const answers = await f.getOrUpdateMany({ b: 1, a: 10 }, [10, 1], { a: 7 })

    expect(answers).toEqual([11, 11, 7])
    expect(run.mock.calls).toEqual([[10, 1], [7]])
  })

  it('serve every bulk control', async () => {
    const { f } = named()
    await f.setMany([{ a: 1, b: 1 }, [2]], [100, 200])

    const answers = [
      await f.getMany({ a: 1, b: 1 }, { a: 2 }, { a: 3 }),
      await f.hasMany({ a: 1, b: 1 }, { a: 3 }),
      await f.deleteMany({ a: 1, b: 1 }, { a: 3 }),
      await f.updateMany({ a: 1, b: 1 }),
      await f.executeMany({ a: 1, b: 2 }),
      await f.run('getMany', { a: 1, b: 1 }),
    ]

    expect(answers).toEqual([[100, 200, undefined], [true, false], [true, false], [2], [3], [2]])
  })

  it('give the key of the positional form for any arguments', () => {
    const argument = fc.oneof(fc.integer(), fc.string(), fc.constant(undefined), fc.constant(null), fc.boolean())
    const g = cached(async (..._args: unknown[]) => 0, { keyPrefix: 'g', parameters: ['x', 'y', '__proto__'] })

    fc.assert(
      fc.property(fc.array(argument, { maxLength: 3 }), (args) => {
        const entries = args.map((value, at) => [['x', 'y', '__proto__'][at], value])
        const [byName] = g.keyMany(Object.fromEntries(entries))
        expect(byName).toBe(g.key(...args))
      }),
    )
  })

  it.each([
    [{ a: 1, c: 2 }, "no parameter is named 'c'; the parameters are a, b"],
    [new Map([['a', 1]]), 'or an object of a, b; got an object (Map)'],
    [5, 'or an object of a, b; got a number'],
    [null, 'got null'],
  ])('reject the item %p', async (item, message) => {
    const { f, run } = named()

    const calling = f.getOrUpdateMany([1], item as never)

    await expect(calling).rejects.toThrow(ActionError)
    await expect(calling).rejects.toThrow(message)
    expect(run).not.toHaveBeenCalled()
  })

  it('are asked for where an item is an object and there are none', async () => {
    const f = cached(async (a: number) => a)

    await expect(f.getMany({ a: 1 } as never)).rejects.toThrow('the complete arguments as an array')
  })

  const f = async (a: number, options?: Options) => [a, options]
  const wrong: [what: string, options: object, message: string][] = [
    ['names that are no list', { parameters: 'a' }, 'parameters must be an array of names'],
    ['an empty name', { parameters: ['a', ''] }, 'parameters must be an array of names'],
    ['a name with a dot', { parameters: ['a.b'] }, 'without a dot'],
    ['one name twice', { parameters: ['a', 'a'] }, "parameters names two arguments 'a'"],
    [
      'an unknown name to ignore',
      { parameters: ['a'], ignorableKeys: ['b'] },
      "ignorableKeys has 'b', which is neither one of",
    ],
    ['a path below an unknown name', { parameters: ['a'], ignorableKeys: ['b.c'] }, "ignorableKeys has 'b.c'"],
    ['a path with an empty step', { parameters: ['a'], ignorableKeys: ['a.'] }, "ignorableKeys has 'a.'"],
    ['a name to ignore without parameters', { ignorableKeys: ['a'] }, 'the option parameters names no argument'],
  ]

  it.each(wrong)('are refused at wrap time: %s', (_what, options, message) => {
    const wrapping = () => cached(f, options)

    expect(wrapping).toThrow(OptionError)
    expect(wrapping).toThrow(message)
  })
})

describe('ignorableKeys', () => {
  const list = async (_page: number, _options?: Options, _log?: () => void) => 'list'
  const wrap = (...ignorableKeys: (number | 'page' | 'options' | 'log' | `options.${string}`)[]) =>
    cached(list, { keyPrefix: 'list', parameters: ['page', 'options', 'log'], ignorableKeys })

  it('leave out arguments by name, whatever they are', () => {
    const f = wrap('log', 'page')

    expect(f.key(1, { lang: 'en' }, () => {})).toBe('list::(lang=en)')
    expect(f.keyMany({ page: 1, options: { lang: 'en' }, log: () => {} })).toEqual(['list::(lang=en)'])
  })

  it('leave out members of an object argument by path, at any depth', () => {
    const f = wrap('options.trace', 'options.deep.span')
    const span = Symbol('span')

    const key = f.key(1, { lang: 'en', trace: () => {}, deep: { on: true, span } })

    expect(key).toBe('list::1:(deep=(on=true),lang=en)')
    expect(f.key(1, { lang: 'en', deep: { on: true } })).toBe(key)
    expect(f.key(1)).toBe('list::1')
  })

  it('leave out nothing else: not members of that name elsewhere', () => {
    const f = cached(async (..._args: unknown[]) => 0, {
      keyPrefix: 'f',
      parameters: ['options', 'other'],
      ignorableKeys: ['options.trace'],
    })

    expect(f.key({ trace: 1, deep: { trace: 2 } }, { trace: 3 })).toBe('f::(deep=(trace=2)):(trace=3)')
    expect(f.key([{ trace: 1 }])).toBe('f::[(trace=1)]')
    expect(f.key(new Map([['trace', 1]]))).toBe('f::Map(trace=1)')
  })

  it('do not touch what they are given', async () => {
    const seen: unknown[] = []
    const options = Object.freeze({ lang: 'en', trace: 'id' })
    const f = cached(
      async (given: Options) => {
        seen.push(given)
      },
      { keyPrefix: 'f', parameters: ['options'], ignorableKeys: ['options.trace'] },
    )

    await f(options)

    expect(seen[0]).toBe(options)
  })

  it('ignore the whole argument where one says so and another names a part of it', () => {
    expect(wrap('options', 'options.trace').key(1, { lang: 'en' })).toBe('list::1')
    expect(wrap('options.trace', 1).key(1, { lang: 'en' })).toBe('list::1')
  })

  it('share an entry between calls that differ in them alone, and keep others apart', async () => {
    const run = jest.fn(list)
    const f = cached(run, {
      keyPrefix: 'f',
      parameters: ['page', 'options', 'log'],
      ignorableKeys: ['options.trace', 'log'],
    })

    await f(1, { lang: 'en', trace: 1 }, () => {})
    await f(1, { lang: 'en', trace: 2 })
    await f(1, { lang: 'fr', trace: 1 })

    expect(run).toHaveBeenCalledTimes(2)
  })

  it('never let two arguments that differ elsewhere meet', () => {
    const f = cached(async (..._args: unknown[]) => 0, {
      keyPrefix: 'f',
      parameters: ['o'],
      ignorableKeys: ['o.x', 'o.y.z'],
    })
    const member = fc.oneof(
      fc.integer({ max: 3, min: 0 }),
      fc.constantFrom('a', '1', ')', 'x=1'),
      fc.constant(undefined),
    )
    const inner = fc.record({ z: member, w: member }, { requiredKeys: [] })
    const argument = fc.record({ x: member, y: fc.oneof(member, inner), v: member }, { requiredKeys: [] })
    const rest = ({ y, v }: { y?: unknown; v?: unknown }) => {
      const kept = typeof y === 'object' && y !== null ? { w: Reflect.get(y, 'w') } : y
      return JSON.stringify([kept, v], (_key, value) => (value === undefined ? null : value))
    }

    fc.assert(
      fc.property(argument, argument, (one, other) => {
        expect(f.key(one) === f.key(other)).toBe(rest(one) === rest(other))
      }),
    )
  })
})
