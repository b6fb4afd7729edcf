/** Generated arguments for the specs of keys, what they mean, and values that a careless key would take for them. */
import fc from 'fast-check'
import { composeKey } from '../../lib/key.js'
import { ringKey } from '../../lib/token.js'

class User {
  constructor(readonly id: unknown) {}
  [ringKey]() {
    return this.id
  }
}

class Money {
  constructor(readonly amount: unknown) {}
  toJSON() {
    return this.amount
  }
}

const delimiters = [...':,=()[]{}\'"%\\/+-._#', '::']
const words = ['', ...'a n u e user list http://a/ __proto__ D800'.split(' ')]
const tokens = "0 1 -1 -0 1.5 1e5 1e+21 10n true false null undefined NaN Infinity -Infinity '1' '' (a=1) [1] ()".split(
  ' ',
)
const marks = 'Set(1) Map(1=1) Date(NaN) User(1) URL(http%3A//a/) Buffer() sha256= %3A %25 %uD800'.split(' ')
const blank = [...' \t\n\r\0\x1b\x7f\x85\x9f\u00a0\ufeff\u2028\u200b\u3000']
const unicode = ['é', 'e\u0301', '日', '😀', '\ud83d', '\ude00', '\ud800', '\udc00', '\uffff']
const pieces = [delimiters, words, tokens, marks, blank, unicode].flat()

/** Text out of delimiters, other tokens and the corners of Unicode. */
export const text = fc.oneof(
  { weight: 4, arbitrary: fc.array(fc.constantFrom(...pieces), { maxLength: 3 }).map((some) => some.join('')) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 4 }) },
)

export const number = fc.oneof(fc.constantFrom(0, -0, 1, -1, 10, 1.5, 1e5, 1e21, Number.NaN, Infinity), fc.double())

const leaf = fc.oneof(
  { weight: 4, arbitrary: text },
  { weight: 2, arbitrary: number },
  { weight: 2, arbitrary: fc.constantFrom(true, false, null, undefined) },
  fc.bigInt({ min: -11n, max: 11n }),
  fc.constantFrom(0, 1, Number.NaN).map((time) => new Date(time)),
  { weight: 2, arbitrary: fc.constantFrom('http://a/?', 'http://a/1', 'http://b/(1)').map((href) => new URL(href)) },
  fc.constantFrom(/a/, /a/g, /\(1:/u),
  fc.uint8Array({ maxLength: 2 }),
  fc.uint8Array({ maxLength: 2 }).map((bytes) => Buffer.from(bytes)),
  fc.constant(0).map(() => new AbortController().signal),
)

const { value } = fc.letrec<{ value: unknown; identity: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthSize: 'small', withCrossShrink: true },
    { weight: 5, arbitrary: leaf },
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(text, tie('value'), { maxKeys: 3 }),
    fc.array(tie('value'), { maxLength: 3 }).map((items) => new Set(items)),
    fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 2 }).map((entries) => new Map(entries)),
    tie('identity').map((id) => new User(id)),
    tie('identity').map((amount) => new Money(amount)),
  ),
  identity: tie('value').filter((some) => !isNothing(some)),
}))

/** The arguments of one call. */
export const args = fc.array(value, { maxLength: 3 })

const isNothing = (some: unknown) => some === undefined || some instanceof AbortSignal

/** What arguments mean, by way of JSON instead of the grammar. */
export function meaningOf(list: readonly unknown[]): string {
  const meanings = list.map(meaning)
  while (meanings.at(-1) === NOTHING) meanings.pop()
  return json('arguments', meanings)
}

const json = (kind: string, parts: readonly string[]) => `{${JSON.stringify(kind)}:[${parts.join(',')}]}`

const NOTHING = json('nothing', [])

function meaning(some: unknown): string {
  if (isNothing(some)) return NOTHING
  if (typeof some !== 'object' || some === null) return json(typeof some, [JSON.stringify(String(some))])
  if (Array.isArray(some)) return json('array', some.map(meaning))
  if (some instanceof Set) return json('set', [...some].map(meaning).sort())
  if (some instanceof Map) return json('map', [...some].map((pair) => json('pair', pair.map(meaning))).sort())
  if (some instanceof User) return json('user', [meaning(some.id)])
  if (some instanceof Money) return json('money', [meaning(some.amount)])
  if (some instanceof Date) return json('date', [`${some.getTime()}`])
  if (some instanceof URL) return json('url', [JSON.stringify(some.href)])
  if (some instanceof RegExp) return json('regexp', [some.source, some.flags].map(meaning))
  if (ArrayBuffer.isView(some)) return json(some.constructor.name, [`${Object.values(some)}`])
  const members = Object.entries(some).filter(([, member]) => meaning(member) !== NOTHING)
  return json('object', members.map((member) => json('member', member.map(meaning))).sort())
}

/** Other calls that a careless key would take for this one: one thing is changed, at the top or anywhere within. */
export const similarCalls = (list: readonly unknown[]): unknown[][] => similarLists(list)

function similarLists(list: readonly unknown[]): unknown[][] {
  const changed = list.flatMap((item, i) => similarValues(item).map((other) => list.with(i, other)))
  const joined = [':', ',', '=', ''].map((by) => [list.map(inWords).join(by)])
  const longer = [undefined, null, '', 0].map((item) => [...list, item])
  return [...changed, ...joined, ...longer, oneForTwo(list), list.slice(1), list.toReversed(), [list], [list, list]]
}

/** Two URLs in a row as a single one that reads like both. */
function oneForTwo(list: readonly unknown[]): unknown[] {
  const at = list.findIndex((item, i) => item instanceof URL && list[i + 1] instanceof URL)
  return at < 0 ? [list] : list.toSpliced(at, 2, new URL(`${list[at]}):URL(${list[at + 1]}`))
}

function similarValues(some: unknown): unknown[] {
  const wrapped = [[some], { a: some }, new Set([some]), new Map([[some, undefined]]), inWords(some)]
  return [...wrapped, ...(typeof some === 'object' && some !== null ? similarObjects(some) : similarPrimitives(some))]
}

function similarPrimitives(some: unknown): unknown[] {
  if (typeof some === 'number') return [-some, some + 1, `${some}n`, Number.isSafeInteger(some) ? BigInt(some) : null]
  if (typeof some !== 'string') return [`${some}`, Number(some), null, undefined, false]
  const wellFormed = Buffer.from(some).toString()
  const rewritten = [encodeURIComponent(wellFormed), some.normalize('NFD'), some.trim(), some.toUpperCase()]
  const otherHalves = some.replace(/\p{Cs}/gu, '\udfff')
  return [...rewritten, otherHalves, wellFormed, Number(some), `'${some}'`, `${some}:`, decoded(some)]
}

function similarObjects(some: object): unknown[] {
  if (isNothing(some)) return [undefined, null]
  if (Array.isArray(some)) return [...similarLists(some), { ...some }, new Set(some)]
  if (some instanceof Set) return [[...some], ...similarLists([...some]).map((items) => new Set(items))]
  if (some instanceof Map)
    return [
      [...some],
      new Set(some.keys()),
      ...similarLists([...some])
        .filter(isEntries)
        .map(toMap),
    ]
  if (some instanceof User) return identities(some.id).flatMap((id) => [id, new User(id), new Money(id)])
  if (some instanceof Money)
    return identities(some.amount).flatMap((amount) => [amount, new User(amount), new Money(amount)])
  if (some instanceof URL) return [some.href, new User(some.href), new URL('?', some)]
  if (ArrayBuffer.isView(some)) return [Buffer.from(Object.values(some)), Uint8Array.from(Object.values(some))]
  const entries = Object.entries(some)
  const changed = similarLists(entries).filter(isEntries).map(toMap)
  return [...changed, ...changed.map((map) => Object.fromEntries(map)), entries, { ...some, b: undefined }]
}

const identities = (some: unknown) => [some, ...similarValues(some)].filter((id) => !isNothing(id))

const isEntries = (list: unknown[]): list is [unknown, unknown][] =>
  list.every((entry) => Array.isArray(entry) && entry.length === 2)

const toMap = (entries: [unknown, unknown][]) => new Map(entries.map(([name, some]) => [asName(name), some]))

/** What a Map or an object can have as a name and still be told from all other names by `Object.fromEntries`. */
const asName = (name: unknown) => (typeof name === 'object' ? inWords(name) : name)

/** A string as it is, anything else as the text that stands for it in a key. */
const inWords = (some: unknown) =>
  typeof some === 'string' ? some : decoded(composeKey('', [some]).slice('::'.length))

function decoded(some: string): string {
  try {
    return decodeURIComponent(some)
  } catch {
    return some
  }
}

/** The same value, with everything whose order does not count the other way round. */
export function reversed(some: unknown): unknown {
  if (Array.isArray(some)) return some.map(reversed)
  if (some instanceof Set) return new Set([...some].reverse().map(reversed))
  if (some instanceof Map) return new Map([...some].reverse().map(([key, item]) => [reversed(key), reversed(item)]))
  if (some instanceof User) return new User(reversed(some.id))
  if (!some || ![Object.prototype, null].includes(Object.getPrototypeOf(some))) return some
  return Object.fromEntries(
    Object.entries(some)
      .reverse()
      .map(([name, item]) => [name, reversed(item)]),
  )
}
