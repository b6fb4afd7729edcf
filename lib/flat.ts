/** Flat objects: plain ones of few members, all of them simple. */

/** What a Map finds by what its token says: it tells 1 from '1' and takes -0 for 0, as the grammar of keys does. */
export type Simple = string | number | boolean | null | undefined

export function isSimple(value: unknown): value is Simple {
  const type = typeof value
  return type === 'string' || type === 'number' || type === 'boolean' || value === undefined || value === null
}

export type Flat = Readonly<Record<string, Simple>>

const MOST_MEMBERS = 8

/** A copy of an object that is flat: each member is read once, for a getter may give something else the next time. */
export function flatCopy(object: object): Flat | undefined {
  const copy: Record<string, Simple> = Object.create(null)
  let members = 0
  try {
    if (!isPlain(object)) return undefined
    for (const name in object) {
      members += 1
      if (!hasOwn.call(object, name) || members > MOST_MEMBERS) return undefined // what is inherited is no member
      const value: unknown = (object as Record<string, unknown>)[name] // it has one of that name
      if (!isSimple(value)) return undefined
      copy[name] = value
    }
  } catch {
    return undefined // `token` tells of it
  }
  return copy
}

/** The names of members in their order: one and the same for all objects that have these. */
export interface Shape {
  readonly size: number
  /** The shapes with one name more. */
  readonly longer: Map<string, Shape>
  /** The last of these that was asked for, by its name: saves the look into the map where few are in use. */
  lastName: string | undefined
  last: Shape | undefined
}

/** The shape of no names, which leads to all others. */
export const emptyShape = (): Shape => newShape(0)

const newShape = (size: number): Shape => ({ size, longer: new Map(), lastName: undefined, last: undefined })

/** The shape of a flat object, which is known from now on. */
export function shapeOf(flat: Flat, empty: Shape): Shape {
  let shape = empty
  for (const name of Object.keys(flat)) {
    const next = shape.longer.get(name) ?? newShape(shape.size + 1)
    shape.longer.set(name, next)
    shape = next
  }
  return shape
}

/** The shape of an object that is flat and has a known one; its values go into `values`, each read once. */
export function knownShape(object: object, empty: Shape, values: Simple[]): Shape | undefined {
  let shape = empty
  try {
    if (!isPlain(object)) return undefined
    for (const name in object) {
      const next = shape.lastName === name ? shape.last : shape.longer.get(name)
      if (next === undefined || !hasOwn.call(object, name)) return undefined
      const value: unknown = (object as Record<string, unknown>)[name] // it has one of that name
      if (!isSimple(value)) return undefined
      values[shape.size] = value
      shape.lastName = name
      shape.last = next
      shape = next
    }
  } catch {
    return undefined // `token` tells of it
  }
  return shape
}

/** Whether it is what `token` takes for a plain object, without symbols. Of another realm, or without a prototype, none is. */
function isPlain(object: object): boolean {
  return (
    Object.getPrototypeOf(object) === Object.prototype &&
    tagOf.call(object) === '[object Object]' &&
    Object.getOwnPropertySymbols(object).length === 0
  )
}

const { hasOwnProperty: hasOwn, toString: tagOf } = Object.prototype
