/** Every cached function that is alive, on each of its stores. They are held weakly: to be known keeps nothing alive. */
import type { Common } from './call.js'

/** The functions with one prefix on one backend. */
type Place = Set<WeakRef<Common>>

const places = new Map<string, Place>()
const numbers = new WeakMap<object, number>()
let lastNumber = 0

/** What is left of a function that is gone. */
interface Remains {
  readonly at: string
  readonly ref: WeakRef<Common>
}

const gone = /* @__PURE__ */ new FinalizationRegistry<Remains>(({ at, ref }) => {
  const place = places.get(at)
  if (place?.delete(ref) && place.size === 0) places.delete(at)
})

/** Makes a function known. One process warning tells where another one has its prefix on its backend. */
export function register(context: Common): void {
  const at = placeOf(context)
  const place = places.get(at)
  if (place !== undefined && !context.options.overload) warnWhereShared(at, context, place)
  const ref = new WeakRef(context)
  if (place === undefined) places.set(at, new Set([ref]))
  else place.add(ref)
  gone.register(context, { at, ref })
}

/** All that are alive, those with one prefix on one backend side by side. */
export function liveContexts(): Common[] {
  return Array.from(places.values(), (place) => Array.from(place, (ref) => ref.deref() ?? [])).flat(2)
}

/** What two functions have in common that share a prefix on a backend. */
export function placeOf({ part, storage: { identity } }: Common): string {
  let number = numbers.get(identity)
  if (number === undefined) {
    lastNumber += 1
    number = lastNumber
    numbers.set(identity, number)
  }
  return `${number}:${part}`
}

/** A program with more shared prefixes than this makes prefixes by the thousand, and has been told. */
const MOST_WARNINGS = 100
const warned = new Set<string>()

/** Until the first warning all functions here are one and the same, so that one of them says it for all. */
function warnWhereShared(at: string, { fn, part, storage }: Common, place: Place): void {
  if (warned.has(at) || warned.size >= MOST_WARNINGS) return
  const other = firstUnmeant(place)
  if (other === undefined || other.fn === fn) return
  warned.add(at)
  process.emitWarning(sharedPrefix(part, storage.name), { type: 'RingcacheWarning', code: 'RINGCACHE_PREFIX' })
}

/** The first that does not say `overload`. What is gone is swept on the way, so that it is passed once only. */
function firstUnmeant(place: Place): Common | undefined {
  for (const ref of place) {
    const context = ref.deref()
    if (context === undefined) place.delete(ref)
    else if (!context.options.overload) return context
  }
  return undefined
}

/** What is wrong with a shared prefix, and what to do. */
export function sharedPrefix(part: string, store: string): string {
  return `different functions have the prefix '${part}' on one store (${store}), so that one can be given what another stored: give each its own keyPrefix, or say overload: true if it is meant`
}
