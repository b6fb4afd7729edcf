import { describe, expect, it } from '@jest/globals'
import { KeyError } from '../lib/errors.js'
import { receiverText } from '../lib/receiver.js'

describe('the identity of a receiver', () => {
  it.each([
    [42, '42'],
    ['42', '42'],
    [-0, '0'],
    [10n, '10'],
    ['page=http://example.com', 'page=http://example.com'],
    ["(a),[b],{c}'", "(a),[b],{c}'"],
    ['a:b', 'a:b'],
    ['a::b', 'a:%3Ab'],
    ['a:::b', 'a:%3A%3Ab'],
    [':a:', '%3Aa%3A'],
    ['%a \n\ud800', '%25a%20%0A%uD800'],
    ['a:', 'a%3A'],
    [':', '%3A'],
    ['two words', 'two%20words'],
    ['50%', '50%25'],
  ])('of %p is written %p', (identity, expected) => {
    const text = receiverText(identity)

    expect(text).toBe(expected)
  })

  it.each([
    [Number.NaN, 'NaN'],
    ['', '""'],
    [undefined, 'undefined'],
    [null, 'null'],
    [true, 'a boolean'],
    [Symbol('a'), 'a symbol'],
    [{}, 'an object'],
  ])('is refused where it is %p, which identifies nothing', (identity, got) => {
    const write = () => receiverText(identity)

    expect(write).toThrow(KeyError)
    expect(write).toThrow(
      `the [ringKey]() of a receiver must give a non-empty string, a number or a bigint; it gave ${got}`,
    )
  })
})
