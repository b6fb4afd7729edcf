import type { Coder } from '../coder.js'
import { createSafeWriter } from './json-safe.js'
import { superjsonText } from './superjson-text.js'

/** The coder of any value, which `superjson` leaves to it where the value is not plainly JSON. */
export const slowSuperjson: Coder<unknown, string> = /* @__PURE__ */ superjsonText({
  name: 'superjson',
  classes: new Map(),
  wayOut:
    'use a coder of your own ({ encode, decode }), classCoder(User) for instances of your classes, ' +
    `'v8' for what a structured clone keeps (an instance of a class comes back a plain object), or 'bypass' in memory`,
})

const writeSafe = /* @__PURE__ */ createSafeWriter()

/**
 * superjson's text: JSON that keeps Date, Map, Set, RegExp, URL, BigInt, `undefined`, typed arrays, errors (as `Error`, by
 * name, message and cause), shared references, and Buffer. Plain superjson reads it, and it reads what plain superjson wrote.
 * It throws for what would be lost without a word: functions, instances of classes, ArrayBuffer, holes in arrays, ...
 */
export const superjson: Coder<unknown, string> = {
  encode: (value) => writeSafe(value) ?? slowSuperjson.encode(value),
  decode: (stored) => slowSuperjson.decode(stored),
}
