import { describe, expect, it, jest } from '@jest/globals'
import { KeyError, OptionError } from '../lib/errors.js'
import { ignoredFrom } from '../lib/ignored.js'
import { composeKey, createKeyer, fitsMemcached, functionPart, hashedKey } from '../lib/key.js'
import { receiverText } from '../lib/receiver.js'

const signal = () => new AbortController().signal
const thrownBy = (act: () => unknown): unknown => {
  try {
    act()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

describe('the key of a call', () => {
  it.each<[key: string, name: string, args: unknown[]]>([
    ['getUrl::http%3A//a.org/b', 'getUrl', ['http://a.org/b']],
    ['add::1:2', 'add', [1, 2]],
    ['search::(lang=en,page=2)', 'search', [{ page: 2, lang: 'en' }]],
    ['now', 'now', []],
    ['User.get::7', 'User.get', [7]],
    ['bound%20f%3A', 'bound f:', []],
    ['1::1', '1', [1]],
    ['f', 'f', [undefined, undefined]],
    ['f::undefined:1', 'f', [undefined, 1, undefined]],
    ['f', 'f', [signal()]],
    ['f::1', 'f', [1, signal()]],
    ['f::1:undefined:2', 'f', [1, signal(), 2]],
    ['f::1:undefined:2', 'f', [1, undefined, 2]],
    ['f::URL(http%3A//a/):URL(http%3A//b/)', 'f', [new URL('http://a'), new URL('http://b')]],
    ['f::http%3A//a/', 'f', ['http://a/']],
  ])('is %s', (key, name, args) => {
    const composed = composeKey(functionPart(name, undefined), args)

    expect(composed).toBe(key)
  })

  it('has the receiver between function and arguments', () => {
    const page = receiverText('page=http://example.com')

    const keys = [composeKey('User.child', [7], receiverText(42)), composeKey('Page.content', [], page)]

    expect(keys).toEqual(['User.child:42::7', 'Page.content:page=http://example.com'])
  })
})

describe('the function part', () => {
  it.each(['user', 'user:list', '{tag}:a', 'a b', ':a', 'é'])('is the prefix %p verbatim', (prefix) => {
    const part = functionPart('f', prefix)

    expect(part).toBe(prefix)
  })

  it.each(['', 'a:', ':', 'a::b', '::a', 'a\n::b', 'a\ud800'])('is not the prefix %p', (prefix) => {
    const act = () => functionPart('f', prefix)

    expect(act).toThrow(OptionError)
  })

  it('is empty for a function without a name', () => {
    const part = functionPart('', undefined)

    expect(part).toBe('')
  })
})

describe('a keyer', () => {
  it.each(['f::1::=copy', 'a::=b', '::=x'])('refuses %s by hand: it is the key of an entry beside another', (key) => {
    const keyers = [
      createKeyer({ functionPart: 'f', key: () => key }),
      createKeyer({ functionPart: 'f', keyRefactor: () => key }),
    ]

    for (const keyOf of keyers) expect(() => keyOf([1])).toThrow(KeyError)
  })

  it('leaves the ignorable positions out, and names the others by their own', () => {
    const keyOf = createKeyer({ functionPart: 'f', ignored: ignoredFrom([0, 2]) })

    const key = keyOf([Symbol('a'), 1, () => 1, 2])
    const error = thrownBy(() => keyOf([0, 1, 2, Symbol('a')]))

    expect(key).toBe('f::1:2')
    expect(error).toMatchObject({ message: expect.stringContaining('$[3]') })
  })

  it('composes the parts that the key option gives', () => {
    const keyOf = createKeyer({ functionPart: 'f', key: (user: { id: string }, page?: number) => [user.id, page] })

    const keys = [keyOf([{ id: '1' }, 2]), keyOf([{ id: '1' }])]

    expect(keys).toEqual(["f::'1':2", "f::'1'"])
  })

  it('takes a string of the key option as the whole key', () => {
    const keyOf = createKeyer({ functionPart: 'f', key: (id: number) => `my key: ${id}` })

    const key = keyOf([1])

    expect(key).toBe('my key: 1')
  })

  it.each<[got: string, given: unknown]>([
    ['""', ''],
    ['"\\ud800"', '\ud800'],
    ['undefined', undefined],
    ['a number', 1],
    ['an object (Promise)', Promise.resolve('a')],
  ])('refuses %s as a key', (got, given) => {
    const byKey = createKeyer({ functionPart: 'f', key: () => given as string }) // wrong on purpose
    const byRefactor = createKeyer({ functionPart: 'f', keyRefactor: () => given as string }) // the same

    const errors = [thrownBy(() => byKey([1])), thrownBy(() => byRefactor([1]))]

    for (const error of errors) {
      expect(error).toBeInstanceOf(KeyError)
      expect(error).toMatchObject({ message: expect.stringContaining(`it gave ${got}`) })
    }
  })

  it('names the path in what the key option gave', () => {
    const keyOf = createKeyer({ functionPart: 'f', key: () => [1, { a: Symbol('a') }] })

    const error = thrownBy(() => keyOf([]))

    expect(error).toMatchObject({ message: expect.stringMatching(/^key\(\.\.\.\)\[1\]\.a cannot/) })
  })

  it('lets an error of the key option through unchanged', () => {
    const failure = new RangeError('mine')
    const keyOf = createKeyer({
      functionPart: 'f',
      key: () => {
        throw failure
      },
    })

    const error = thrownBy(() => keyOf([1]))

    expect(error).toBe(failure)
  })

  it('fits the key to the store, then checks it', () => {
    const check = jest.fn()
    const keyOf = createKeyer({ functionPart: 'f', fit: (key, part) => `${part}!${key}`, check })

    const keys = [keyOf([1]), keyOf([1, 2]), keyOf([{}])]

    expect(keys).toEqual(['f!f::1', 'f!f::1:2', 'f!f::()'])
    expect(check.mock.calls).toEqual(keys.map((key) => [key]))
  })

  it('asks keyRefactor instead of fitting', () => {
    const fit = jest.fn(() => 'never')
    const keyOf = createKeyer({ functionPart: 'f', keyRefactor: (key) => key.toUpperCase(), fit })

    const key = keyOf(['a'])

    expect(key).toBe('F::A')
    expect(fit).not.toHaveBeenCalled()
  })

  it('asks keyRefactor for every call, for it may depend on more than the key', () => {
    let tenant = 'a'
    const keyOf = createKeyer({ functionPart: 'f', keyRefactor: (key) => `${tenant}/${key}` })
    const before = keyOf([1])
    tenant = 'b'

    const after = keyOf([1])

    expect([before, after]).toEqual(['a/f::1', 'b/f::1'])
  })

  it('fits the key of a single string or number once', () => {
    const fit = jest.fn((key: string) => key)
    const keyOf = createKeyer({ functionPart: 'f', fit })

    const keys = [keyOf([1]), keyOf(['1']), keyOf([1]), keyOf(['1']), keyOf([-0]), keyOf([0]), keyOf([Number.NaN])]

    expect(keys).toEqual(['f::1', "f::'1'", 'f::1', "f::'1'", 'f::0', 'f::0', 'f::NaN'])
    expect(fit).toHaveBeenCalledTimes(4)
  })

  it('fits the key of a flat object once, whatever is another object with the same members', () => {
    const fit = jest.fn((key: string) => key)
    const keyOf = createKeyer({ functionPart: 'f', fit })
    const lists = () => [[{ a: 1, b: 'x' }], [{ a: 1, b: 'x' }, 2], [{ a: '1', b: 'x' }], [{ b: 'x', a: 1 }], [{}], []]

    const keys = [...lists(), ...lists()].map((list) => keyOf(list))

    const once = ['f::(a=1,b=x)', 'f::(a=1,b=x):2', "f::(a='1',b=x)", 'f::(a=1,b=x)', 'f::()', 'f']
    expect(keys).toEqual([...once, ...once])
    expect(fit).toHaveBeenCalledTimes(6)
  })

  it('remembers the keys of ten thousand short texts', () => {
    const { keyOf, made } = counted('user')
    const lists = Array.from({ length: 10_000 }, (_, i) => [`user-${i}`])
    for (const list of lists) keyOf(list)

    for (const list of lists) keyOf(list)

    expect(made()).toBe(10_000)
  })

  it.each<[what: string, listOf: (i: number) => unknown[]]>([
    ['of a text', (i) => [`${i}`]],
    ['of two numbers', (i) => [i, i]],
    ['of an object', (i) => [{ i }]],
    ['of an object with a name of its own', (i) => [{ [`${i}`]: 1 }]],
    ['of two of a thousand characters', (i) => [`${i}`.padEnd(1_000), i]],
  ])('does not remember more than two megabytes of keys %s', (_what, listOf) => {
    const { keyOf, made } = counted('f')
    for (let i = 0; i < 32_000; i++) keyOf(listOf(i))

    const keys = [keyOf(listOf(31_999)), keyOf(listOf(0))]

    expect(keys).toEqual([composeKey('f', listOf(31_999)), composeKey('f', listOf(0))])
    expect(made()).toBe(32_001)
  })

  it('does not remember a long argument', () => {
    const fit = jest.fn((key: string) => key)
    const keyOf = createKeyer({ functionPart: 'f', fit })

    for (const length of [1_000, 40_000, 1_000, 40_000]) keyOf(['a'.repeat(length)])

    expect(fit.mock.calls.map(([key]) => key.length)).toEqual([1_003, 40_003, 40_003])
  })

  it('refuses a key that the check refuses, every time', () => {
    const check = () => {
      throw new KeyError('no')
    }
    const keyOf = createKeyer({ functionPart: 'f', check })

    const errors = [thrownBy(() => keyOf([1])), thrownBy(() => keyOf([1]))]

    expect(errors).toEqual([new KeyError('no'), new KeyError('no')])
  })
})

/** A keyer that counts the keys that it makes. */
function counted(functionPart: string) {
  let made = 0
  const fit = (key: string) => {
    made += 1
    return key
  }
  return { keyOf: createKeyer({ functionPart, fit }), made: () => made }
}

describe('keys on memcached', () => {
  it.each<[fits: boolean, key: string]>([
    [true, 'f::1'],
    [true, 'a'.repeat(250)],
    [false, 'a'.repeat(251)],
    [false, 'f::é'],
    [false, 'a b'],
    [false, 'a\n'],
    [false, 'a\x7f'],
    [false, ''],
  ])('fit: %p for %p', (fits, key) => {
    const answer = fitsMemcached(key, 250)

    expect(answer).toBe(fits)
  })

  it('are hashed as a whole', () => {
    const key = hashedKey('f::é', 'f', 250)

    expect(key).toBe('f::sha256=1365a66dc5b5c202ad469e82c512d98113a3e55cb2f9bfc8a87c9c3c4093f408')
  })

  it('keep as much of the function as there is room for, in printable ASCII', () => {
    const keys = [
      hashedKey('a', 'mon é', 250),
      hashedKey('b', 'mon é', 80),
      hashedKey('c', `abcd:${'e'.repeat(300)}`, 78),
    ]

    expect(keys.map((key) => key.replace(/[0-9a-f]{64}$/, 'HASH'))).toEqual([
      'mon%20%C3%A9::sha256=HASH',
      'mon%20::sha256=HASH',
      'abcd::sha256=HASH',
    ])
  })
})
