/** What may be wrong with cached functions: a rule for each code. */
import type { Common } from './call.js'
import { placeOf, sharedPrefix } from './live.js'
import { isHeard, isKeyv } from './storage/keyv.js'

/**
 * What `doctor` finds, the gravest first:
 * - `shared-prefix`: different functions have one prefix on one store, and do not say `overload: true`;
 * - `prefix-meets-receiver`: a prefix goes on, after a `:`, where the keys of another function have its receiver;
 * - `lossy-coder`: a value was not the same when it was decoded again (some writes are looked at, in development only);
 * - `unheard-errors`: nobody but ringcache listens to the errors of a `Keyv`;
 * - `hashed-keys`: a key had to be changed to fit the store;
 * - `no-lease`: it has the option `lease`, and the store knows of one process alone;
 * - `fractional-ttl`: a `ttl` is no whole number of seconds, and the store counts in those;
 * - `anonymous`: the name that begins the keys tells nothing.
 */
export type FindingCode =
  | 'shared-prefix'
  | 'prefix-meets-receiver'
  | 'lossy-coder'
  | 'unheard-errors'
  | 'hashed-keys'
  | 'no-lease'
  | 'fractional-ttl'
  | 'anonymous'

/** What is wrong and what to do, and whom it is about. */
interface Case {
  readonly message: string
  readonly about: readonly Common[]
}

type Rule = (contexts: readonly Common[]) => readonly Case[]

const rules = (): Readonly<Record<FindingCode, Rule>> => ({
  'shared-prefix': findShared,
  'prefix-meets-receiver': findMeetings,
  'lossy-coder': forEachFunction(lossOf),
  'unheard-errors': findUnheard,
  'hashed-keys': forEachFunction(hashingOf),
  'no-lease': forEachFunction(leaseOf),
  'fractional-ttl': forEachFunction(fractionOf),
  anonymous: forEachFunction(anonymityOf),
})

/** Every case of every rule, in the order of the rules. */
export function findCases(contexts: readonly Common[]): (Case & { readonly code: FindingCode })[] {
  const ruled = Object.entries(rules()) as [FindingCode, Rule][] // Object.entries forgets the names
  return ruled.flatMap(([code, rule]) => rule(contexts).map((found) => ({ code, ...found })))
}

function findShared(contexts: readonly Common[]): Case[] {
  const unmeant = contexts.filter(({ options }) => !options.overload)
  return [...groupBy(unmeant, placeOf).values()]
    .filter((here) => here.some(({ fn }) => fn !== here[0].fn))
    .map((here) => ({
      message: `${sharedPrefix(here[0].part, here[0].storage.name)}; they are ${sourcesOf(here)}`,
      about: here,
    }))
}

/** What tells functions apart; many of one source are one function that is wrapped again and again. */
function sourcesOf(contexts: readonly Common[]): string {
  const sources = groupBy(contexts, ({ fn }) => sourceOf(fn))
  const all = Array.from(sources, ([source, of]) =>
    of.length === 1 ? source : `${source}, ${of.length} times: wrap it once`,
  )
  return all.join(' and ')
}

function findMeetings(contexts: readonly Common[]): Case[] {
  const byPlace = groupBy(contexts, placeOf)
  const receiving = groupBy(
    contexts.filter(({ options }) => options.receiver),
    placeOf,
  )
  return [...byPlace].flatMap(([at, longer]) => {
    const { part } = longer[0]
    const start = at.length - part.length
    return colonsOf(part).flatMap((colon) => {
      const shorter = receiving.get(at.slice(0, start + colon))
      return shorter === undefined ? [] : [meetingOf(shorter, longer, part.slice(colon + 1))]
    })
  })
}

function meetingOf(shorter: Group, longer: Group, rest: string): Case {
  const [a, b] = [shorter[0].part, longer[0].part]
  return {
    message: `keys of '${a}' go on with a receiver, as in '${a}:${rest}', where those of '${b}' on the same store (${longer[0].storage.name}) begin: give one of them a keyPrefix that does not begin with the other's and a colon`,
    about: [...shorter, ...longer],
  }
}

function colonsOf(part: string): number[] {
  return Array.from(part.matchAll(/:/g), ({ index }) => index)
}

function lossOf({ part, codec, observed: { loss } }: Common): string | undefined {
  if (loss === undefined) return undefined
  const others = ["'superjson'", "'v8'", 'classCoder(...) for instances of classes'].filter(
    (name) => name !== `'${codec.name}'`,
  )
  return `the coder '${codec.name}' loses what '${part}' gives: ${loss}; use a coder that keeps it (${others.join(', ')}), or give what this one can keep`
}

/** A Keyv that is a backend of ours, over a Map or a client, throws its errors at once. */
function findUnheard(contexts: readonly Common[]): Case[] {
  const onKeyv = contexts.filter(({ storage: { identity } }) => isKeyv(identity))
  return [...groupBy(onKeyv, ({ storage }) => storage.identity).values()]
    .filter(
      ([
        {
          storage: { identity },
        },
      ]) => isKeyv(identity) && !isHeard(identity),
    )
    .map((about) => ({
      message: `nobody hears the errors of the Keyv of ${listed(about)}, but for those of their calls: what fails outside of them passes unseen; listen by keyv.on('error', ...)`,
      about,
    }))
}

function hashingOf({ part, storage, observed: { misfit } }: Common): string | undefined {
  if (misfit === undefined) return undefined
  const key = `${misfit.start}${misfit.bytes > 60 ? '...' : ''} of ${misfit.bytes} bytes`
  return `a key of '${part}' did not fit the store (${storage.name}) and was hashed: what is stored at it does not tell its arguments; it was ${key}; say in fewer plain characters what identifies a call, by the option key or keyPrefix`
}

/** In memory one process is all there is. */
function leaseOf({ part, storage, options: { lease } }: Common): string | undefined {
  if (!lease || storage.name === 'memory' || storage.capabilities.lease !== 'process') return undefined
  return `'${part}' has the option lease, and its store (${storage.name}) knows of one process alone: each process runs the function for itself; leases need Redis or memcached by a bare adapter or client, not inside a Keyv`
}

function fractionOf({ part, storage, policy: { ttl } }: Common): string | undefined {
  if (!storage.wholeSeconds || typeof ttl !== 'number' || ttl % 1000 === 0) return undefined
  const what = ttl < 1000 ? 'is shorter than the one second' : 'is no whole number of the seconds'
  return `the ttl of '${part}' (${ttl} ms) ${what} that its store (${storage.name}) counts in: each entry has a header with its exact end, told by the clocks of those who write and read it, and stays in the store up to 2 s longer; a multiple of 1000 needs neither`
}

function anonymityOf({ fn, name, part, options }: Common): string | undefined {
  if (options.keyPrefix !== undefined) return undefined
  const whose = NAMES_OF_MANY.find(([pattern]) => pattern.test(name))?.[1]
  return (
    whose &&
    `keys begin with '${part}', the name of ${whose} (${sourceOf(fn)}): name the function, or give it a keyPrefix`
  )
}

const NAMES_OF_MANY: readonly (readonly [RegExp, string])[] = [
  [/^$/, 'every function without one'],
  [/^bound /, 'every such function that is bound'],
  [/^default$/, 'everything that a module exports as its default'],
]

/** The beginning of the text of a function, on one line. */
export function sourceOf(fn: Common['fn']): string {
  const text = Function.prototype.toString.call(fn).slice(0, 200).replaceAll(/\s+/g, ' ')
  return text.length > 60 ? `${text.slice(0, 57)}...` : text
}

/** A function is told of once, however many stores it has, unless it is told otherwise of one. */
function forEachFunction(problem: (context: Common) => string | undefined): Rule {
  return (contexts) =>
    [...groupBy(contexts, ({ trace }) => trace).values()].flatMap((ofOne) => {
      const byMessage = groupBy(ofOne, problem)
      byMessage.delete(undefined)
      return Array.from(byMessage, ([message = '', about]) => ({ message, about }))
    })
}

function listed(contexts: readonly Common[]): string {
  const parts = [...new Set(contexts.map(({ part }) => `'${part}'`))]
  return parts.length > 5 ? `${parts.slice(0, 5).join(', ')} and ${parts.length - 5} more` : parts.join(', ')
}

type Group = readonly [Common, ...Common[]]

function groupBy<K>(contexts: readonly Common[], keyOf: (context: Common) => K): Map<K, [Common, ...Common[]]> {
  const grouped = new Map<K, [Common, ...Common[]]>()
  for (const context of contexts) {
    const key = keyOf(context)
    const group = grouped.get(key)
    if (group === undefined) grouped.set(key, [context])
    else group.push(context)
  }
  return grouped
}
