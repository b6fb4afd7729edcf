import type { Coder } from '../coder.js'
import { superjsonText } from './superjson-text.js'

/**
 * superjson's text: JSON that keeps Date, Map, Set, RegExp, URL, BigInt, `undefined`, typed arrays, errors (as `Error`, by
 * name, message and cause), shared references, and Buffer. Plain superjson reads it, and it reads what plain superjson wrote.
 * It throws for what would be lost without a word: functions, instances of classes, ArrayBuffer, holes in arrays, ...
 */
export const superjson: Coder<unknown, string> = /* @__PURE__ */ superjsonText({
  name: 'superjson',
  classes: new Map(),
  wayOut:
    'use a coder of your own ({ encode, decode }), classCoder(User) for instances of your classes, ' +
    `'v8' for what a structured clone keeps (an instance of a class comes back a plain object), or 'bypass' in memory`,
})
