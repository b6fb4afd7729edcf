import { describe, expect, it } from '@jest/globals'
import { check } from './check.js'
import type { Kind, Operation, Value } from './history.js'
import { createRandom, seedOf } from './random.js'
import { describeViolation } from './report.js'

type Span = readonly [begin: number, end: number]

const K = 'f::1'

function operation(id: string, kind: Kind, [begin, end]: Span, more: Partial<Operation>): Operation {
  return { id, process: id.slice(0, 2), kind, begin, end, parts: [{ key: K }], ...more }
}

/** A write that began when the origin had this version. The name begins with that of its process: `p1`, `p2`. */
function write(id: string, kind: Kind, span: Span, bound: number, more: Partial<Operation> = {}): Operation {
  return operation(id, kind, span, { parts: [{ key: K, bound }], ...more })
}

function read(id: string, kind: Kind, span: Span, seen: Value | undefined, more: Partial<Operation> = {}): Operation {
  return operation(id, kind, span, { parts: [{ key: K, ...(seen && { seen }) }], ...more })
}

const failed = { error: 'store: no answer' }

/** A version that a run of that process read. */
const ran = (process: string, version: number): Value => ({ key: K, version, process, born: 0 })

/** A version that the set of that name brought. */
const brought = (set: string, version: number): Value => ({ key: K, version, process: set.slice(0, 2), born: 0, set })

const clean: [name: string, history: Operation[]][] = [
  ['nothing at all', []],
  ['a read with nothing before it', [read('p1.1', 'call', [1, 2], ran('p1', 0))]],
  ['a miss after a delete', [write('p1.1', 'delete', [1, 2], 5), read('p2.1', 'get', [3, 4], undefined)]],
  ['the version of the write', [write('p1.1', 'delete', [1, 2], 5), read('p2.1', 'call', [3, 4], ran('p2', 5))]],
  ['a later version', [write('p1.1', 'update', [1, 2], 5), read('p2.1', 'call', [3, 4], ran('p2', 6))]],
  [
    'an older version in a read that began before the delete had ended',
    [write('p1.1', 'delete', [1, 10], 5), read('p2.1', 'call', [9, 20], ran('p2', 4))],
  ],
  [
    'an older version in a read that began as the delete ended',
    [write('p1.1', 'delete', [1, 10], 5), read('p2.1', 'call', [10, 20], ran('p2', 4))],
  ],
  [
    'an older version after a delete that failed',
    [write('p1.1', 'delete', [1, 2], 5, failed), read('p2.1', 'call', [3, 4], ran('p2', 4))],
  ],
  [
    'an older version in a read that failed',
    [write('p1.1', 'delete', [1, 2], 5), read('p2.1', 'call', [3, 4], ran('p2', 4), failed)],
  ],
  [
    'an older version of another key',
    [
      write('p1.1', 'delete', [1, 2], 5),
      read('p2.1', 'call', [3, 4], undefined, { parts: [{ key: 'f::2', seen: { ...ran('p2', 1), key: 'f::2' } }] }),
    ],
  ],
  [
    'the run of a call that read less than the update before it, but not less than there was when that began',
    [
      write('p1.1', 'update', [1, 2], 5),
      read('p1.2', 'update', [1, 2], ran('p1', 7)),
      read('p2.1', 'get', [3, 4], ran('p2', 5)),
    ],
  ],
  [
    'a set that began after a delete with a version from before it',
    [
      write('p1.1', 'delete', [5, 6], 2),
      write('p1.2', 'set', [5.5, 8], 1),
      read('p2.1', 'get', [9, 10], brought('p1.2', 1)),
    ],
  ],
  [
    'a set that overlaps a delete of another process, either way',
    [
      write('p1.1', 'set', [1, 8], 1),
      write('p2.1', 'delete', [4, 6], 2),
      read('p2.2', 'get', [9, 10], brought('p1.1', 1)),
    ],
  ],
  [
    'a set of a process that was killed: it may take effect at any time',
    [write('p2.1', 'delete', [4, 6], 2), read('p2.2', 'get', [9, 10], brought('p1.1', 1))],
  ],
  [
    'a set that failed: it may take effect at any time',
    [
      write('p1.1', 'set', [1, 2], 1, failed),
      write('p2.1', 'delete', [4, 6], 2),
      read('p2.2', 'get', [9, 10], brought('p1.1', 1)),
    ],
  ],
  [
    'one value that is older than an expire, given to calls after it',
    [
      write('p1.1', 'expire', [1, 2], 5),
      read('p2.1', 'call', [3, 4], ran('p2', 4)),
      read('p3.1', 'getOrUpdateMany', [5, 6], ran('p2', 4)),
    ],
  ],
  [
    'a newer value after that, which a get may give',
    [
      write('p1.1', 'expire', [1, 2], 5),
      read('p2.1', 'call', [3, 4], ran('p2', 4)),
      read('p3.1', 'get', [5, 6], ran('p3', 5)),
      read('p3.2', 'call', [7, 8], ran('p3', 5)),
    ],
  ],
  [
    'another old value after an expire that failed',
    [
      write('p1.1', 'expire', [1, 2], 5, failed),
      read('p2.1', 'call', [3, 4], ran('p2', 4)),
      read('p3.1', 'get', [5, 6], ran('p3', 4)),
    ],
  ],
  [
    'a set that overlaps an expire of another process, and is fresh after it',
    [
      write('p1.1', 'set', [1, 8], 1),
      write('p2.1', 'expire', [4, 6], 2),
      read('p2.2', 'get', [9, 10], brought('p1.1', 1)),
    ],
  ],
  [
    'a run from an older version than another run, which no get has shown',
    [read('p1.1', 'call', [1, 2], ran('p1', 6)), read('p2.1', 'get', [3, 4], ran('p2', 5))],
  ],
]

type Expected = { read: string; write: string; inOneProcess: boolean }

const violating: [name: string, history: Operation[], expected: Expected][] = [
  [
    'a deleted value that comes back',
    [write('p1.1', 'delete', [1, 2], 5), read('p2.1', 'call', [3, 4], ran('p2', 4))],
    { read: 'p2.1', write: 'p1.1', inOneProcess: false },
  ],
  [
    'an update that is undone',
    [write('p1.1', 'update', [1, 2], 5), read('p2.1', 'get', [3, 4], ran('p1', 4))],
    { read: 'p2.1', write: 'p1.1', inOneProcess: false },
  ],
  [
    'a set that is undone by a run from before it',
    [write('p1.1', 'set', [1, 2], 5), read('p2.1', 'get', [3, 4], ran('p2', 4))],
    { read: 'p2.1', write: 'p1.1', inOneProcess: false },
  ],
  [
    'an update that gives what was read before it began',
    [write('p1.1', 'delete', [1, 2], 5), read('p2.1', 'update', [3, 4], ran('p2', 4))],
    { read: 'p2.1', write: 'p1.1', inOneProcess: false },
  ],
  [
    'a value of a run after a delete that overlaps another: each bounds',
    [
      write('p1.1', 'delete', [1, 9], 5),
      write('p2.1', 'delete', [2, 3], 6),
      read('p2.2', 'call', [4, 20], ran('p1', 5)),
    ],
    { read: 'p2.2', write: 'p2.1', inOneProcess: false },
  ],
  [
    'a set of another process that had ended before the delete began',
    [
      write('p1.1', 'set', [1, 2], 1),
      write('p2.1', 'delete', [4, 6], 2),
      read('p2.2', 'get', [9, 10], brought('p1.1', 1)),
    ],
    { read: 'p2.2', write: 'p2.1', inOneProcess: false },
  ],
  [
    'a set that overlaps a later delete of its own process',
    [
      write('p1.1', 'set', [1, 8], 1),
      write('p1.2', 'delete', [4, 6], 2),
      read('p2.2', 'get', [9, 10], brought('p1.1', 1)),
    ],
    { read: 'p2.2', write: 'p1.2', inOneProcess: false },
  ],
  [
    'what one process wrote, made and read',
    [
      write('p1.1', 'delete', [1, 2], 5),
      write('p2.1', 'delete', [2, 3], 5),
      read('p1.2', 'call', [4, 5], ran('p1', 4)),
    ],
    { read: 'p1.2', write: 'p1.1', inOneProcess: true },
  ],
  [
    'the last of many writes, in a history in no order',
    [
      read('p2.1', 'call', [30, 31], ran('p2', 6)),
      write('p1.3', 'delete', [20, 21], 7),
      write('p1.1', 'delete', [1, 2], 5),
      write('p1.4', 'delete', [40, 41], 9),
      write('p1.2', 'delete', [10, 11], 6),
    ],
    { read: 'p2.1', write: 'p1.3', inOneProcess: false },
  ],
  [
    'an expired value that is fresh',
    [write('p1.1', 'expire', [1, 2], 5), read('p2.1', 'get', [3, 4], ran('p2', 4))],
    { read: 'p2.1', write: 'p1.1', inOneProcess: false },
  ],
  [
    'a second old value after an expire: it was stored after it',
    [
      read('p3.1', 'call', [6, 7], ran('p3', 4)),
      write('p1.1', 'expire', [1, 2], 5),
      read('p2.1', 'call', [3, 4], ran('p2', 4)),
    ],
    { read: 'p3.1', write: 'p1.1', inOneProcess: false },
  ],
  [
    'a deleted value that an expire brings back',
    [
      write('p1.1', 'delete', [1, 2], 5),
      write('p1.2', 'expire', [3, 4], 5),
      read('p2.1', 'call', [5, 6], ran('p2', 4)),
    ],
    { read: 'p2.1', write: 'p1.1', inOneProcess: false },
  ],
  [
    'an old value that is given to a call when a get has shown a newer one',
    [
      write('p1.1', 'expire', [1, 2], 6),
      read('p2.1', 'get', [1, 2], ran('p3', 5)),
      read('p2.2', 'call', [3, 4], ran('p2', 4)),
    ],
    { read: 'p2.2', write: 'p2.1', inOneProcess: false },
  ],
  [
    'what one process expired, made and read',
    [write('p1.1', 'expire', [1, 2], 5), read('p1.2', 'get', [3, 4], ran('p1', 4))],
    { read: 'p1.2', write: 'p1.1', inOneProcess: true },
  ],
]

describe('the checker of histories', () => {
  it.each(clean)('lets pass: %s', (_name, history) => {
    const { violations } = check(history)

    expect(violations).toEqual([])
  })

  it.each(violating)('finds: %s', (_name, history, expected) => {
    const { violations } = check(history)

    const found = violations.map((one) => ({ read: one.read.id, write: one.write?.id, inOneProcess: one.inOneProcess }))
    expect(found).toEqual([expected])
  })

  it('finds the value of another key', () => {
    const history = [read('p1.1', 'call', [1, 2], { ...ran('p1', 3), key: 'f::2' })]

    const { violations } = check(history)

    expect(violations).toMatchObject([{ key: K, seen: { key: 'f::2' } }])
    expect(violations[0]?.write).toBeUndefined()
  })

  it('judges each key of a bulk operation', () => {
    const parts = [
      { key: 'f::1', bound: 5 },
      { key: 'f::2', bound: 8 },
    ]
    const seen = [
      { key: 'f::1', seen: ran('p2', 5) },
      { key: 'f::2', seen: { ...ran('p2', 7), key: 'f::2' } },
    ]
    const history = [
      operation('p1.1', 'deleteMany', [1, 2], { parts }),
      operation('p2.1', 'getMany', [3, 4], { parts: seen }),
    ]

    const { violations, checked } = check(history)

    expect(violations.map(({ key }) => key)).toEqual(['f::2'])
    expect(checked).toBe(2)
  })

  it('counts the values of which something was known', () => {
    const history = [
      read('p1.1', 'call', [1, 2], ran('p1', 0)),
      write('p1.2', 'delete', [3, 4], 0),
      read('p1.3', 'call', [5, 6], ran('p1', 0)),
      read('p1.4', 'get', [7, 8], undefined),
    ]

    const { checked } = check(history)

    expect(checked).toBe(1)
  })
})

describe('the report of a violation', () => {
  it('shows the read, the write, the value, and what else happened on the key', () => {
    const history = [
      write('p1.1', 'delete', [1e6, 2e6], 5),
      read('p3.1', 'call', [1.5e6, 4e6], ran('p3', 4)),
      write('p3.2', 'set', [1.2e6, 9e6], 6, failed),
      operation('p3.3', 'has', [1e6, 2e6], { parts: [{ key: 'f::2' }] }),
      read('p2.1', 'call', [3e6, 4e6], ran('p3', 4)),
    ]
    const [violation] = check(history).violations

    const text = violation && describeViolation(history, violation)

    expect(text).toBe(
      [
        "p2.1 call of 'f::1' should have seen version 5 or later, and saw version 4 of 'f::1', run by p3 at 0.000.",
        'p1.1 delete had ended 1.000 ms before it began.',
        'Begin and end in milliseconds since the older of that value and that write:',
        'WRITE 1.000 to 2.000 p1.1 delete, from version 5 on',
        '      1.200 to 9.000 p3.2 set, from version 6 on, failed: store: no answer',
        "      1.500 to 4.000 p3.1 call: version 4 of 'f::1', run by p3 at 0.000",
        "READ  3.000 to 4.000 p2.1 call: version 4 of 'f::1', run by p3 at 0.000",
      ].join('\n'),
    )
  })
})

describe('the random generator', () => {
  it('gives the same for the same seed, and something else for another', () => {
    const draw = (seed: number) => {
      const random = createRandom(seed)
      return Array.from({ length: 20 }, () => [random.below(1_000), random.some(2, [1, 2, 3, 4]), random.chance(0.5)])
    }

    const [first, same, other] = [draw(1), draw(1), draw(2)]

    expect(same).toEqual(first)
    expect(other).not.toEqual(first)
  })

  it('picks every item, about as often as the others', () => {
    const random = createRandom(7)
    const counts = [0, 0, 0, 0]

    for (let i = 0; i < 4_000; i++) {
      const at = random.pick([0, 1, 2, 3])
      counts[at] = (counts[at] ?? 0) + 1
    }

    for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(200)
  })

  it('gives some items, each once', () => {
    const random = createRandom(7)

    const some = Array.from({ length: 50 }, () => random.some(3, [1, 2, 3, 4]))

    for (const items of some) expect(new Set(items).size).toBe(3)
  })

  it('takes its seed from what is given, and refuses what is no seed', () => {
    expect(seedOf('42')).toBe(42)
    expect(seedOf(undefined)).toBeGreaterThanOrEqual(0)
    expect(() => seedOf('4x')).toThrow("a seed is a whole number, got '4x'")
  })
})
