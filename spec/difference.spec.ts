import { runInNewContext } from 'node:vm'
import { describe, expect, it } from '@jest/globals'
import { difference } from '../lib/difference.js'

const cycle = (n: number): object => {
  const self: Record<string, unknown> = {}
  return Object.assign(self, { self, n })
}
class Point {
  constructor(readonly x: number) {}
}

describe('the difference of two values', () => {
  it.each([
    ['a primitive', 1, '1', '$, a number, came back as a string of 1 characters'],
    ['content', 1, 2, '$, a number, came back changed'],
    ['a sign', 0, -0, '$, a number, came back changed'],
    [
      'a member',
      { a: { 'b-c': [1, new Date(0)] } },
      { a: { 'b-c': [1, ''] } },
      '$.a["b-c"][1], an object (Date), came back as',
    ],
    ['a lost member', { a: 1, b: undefined }, { a: 1 }, '$.b, undefined, did not come back'],
    ['a new member', {}, { a: 1 }, '$.a was not there, and came back as a number'],
    ['a class', new Point(1), { x: 1 }, '$, an object (Point), came back as an object (Object)'],
    ['a member of an instance', new Point(1), new Point(2), '$.x, a number, came back changed'],
    ['the content of a Map', { m: new Map([[1, 2]]) }, { m: new Map() }, '$.m, an object (Map), came back changed'],
    ['bytes', new Uint8Array([1]), new Uint8Array([2]), '$, Uint8Array of 1 bytes, came back changed'],
    ['a prototype', Object.create(null), {}, '$, an object (no prototype), came back as an object (Object)'],
    ['a cycle', cycle(1), cycle(2), '$.n, a number, came back changed'],
    ['another realm', runInNewContext('({ a: [1] })'), { a: ['1'] }, '$.a[0], a number, came back as a string'],
  ])('is told by its path: %s', (_name, before, after, expected) => {
    const told = difference(before, after)

    expect(told).toContain(expected)
  })

  it.each([
    ['equal ones', { a: [new Map([[1, new Set([Number.NaN])]])] }, { a: [new Map([[1, new Set([Number.NaN])]])] }],
    ['cycles', cycle(1), cycle(1)],
    ['plain objects of two realms', runInNewContext('({ a: [new Date(0)] })'), { a: [new Date(0)] }],
    ['arrays of two realms', runInNewContext('[new Map([[1, 2]])]'), [new Map([[1, 2]])]],
  ])('is none of %s', (_name, before, after) => {
    const told = difference(before, after)

    expect(told).toBeUndefined()
  })
})
