import type { SuperJSON } from 'superjson'
import { CoderError } from '../errors.js'
import { kindOf } from './kind.js'
import type { KnownClass, KnownClasses } from './known-class.js'

/** What superjson's text parses to. */
export type Payload = ReturnType<SuperJSON['serialize']>

/**
 * Makes payloads into values with `superjson`, in which it registers what it needs. Of an instance's class it runs nothing.
 *
 * superjson's own way assigns whatever stands there to an object that inherits from the class already: that calls the
 * class's setters with stored data, makes instances of numbers and lists, and hides from superjson's paths what lies
 * inside, so that what was shared is copied and a cycle is cut. Here an instance is a plain object to superjson until all
 * is in its place; only then does it get its prototype.
 */
export function createReviver(
  name: string,
  superjson: SuperJSON,
  classes: KnownClasses,
): (payload: Payload) => unknown {
  const found = new Map<object, KnownClass>() // within one `revive`, which nothing can interrupt
  const aliases = new Map<unknown, string>()
  for (const known of classes.values()) {
    const alias = `class ${known.name}`
    aliases.set(known.name, alias)
    superjson.registerCustom<object, null>(
      { isApplicable: isNever, serialize: () => null, deserialize: (members) => noted(members, known) },
      alias,
    )
  }

  return (payload) => {
    if (classes.size === 0) return superjson.deserialize(payload, { inPlace: true })
    try {
      rename(payload.meta?.values)
      const value: unknown = superjson.deserialize(payload, { inPlace: true })
      for (const [members, { prototype }] of found) Object.setPrototypeOf(members, prototype)
      return value
    } finally {
      found.clear()
    }
  }

  function noted(members: unknown, known: KnownClass): object {
    if (typeof members === 'object' && members !== null && isUntouched(members)) {
      found.set(members, known)
      return members
    }
    throw new CoderError(
      `coder '${name}' expects the properties of an instance of ${known.name}, got ${kindOf(members)}`,
    )
  }

  /** Whether it is an object as `JSON.parse` made it, and no instance yet. */
  function isUntouched(members: object): boolean {
    return Object.getPrototypeOf(members) === Object.prototype && !found.has(members)
  }

  /** Gives the classes in a tree of superjson's types the names of ours. */
  function rename(tree: unknown): void {
    const children: unknown = Array.isArray(tree) ? tree[1] : tree
    if (Array.isArray(tree) && Array.isArray(tree[0])) {
      const [rule, identifier]: unknown[] = tree[0]
      if (rule === 'class') tree[0] = ['custom', aliasOf(identifier)]
    }
    if (typeof children === 'object' && children !== null) Object.values(children).forEach(rename)
  }

  function aliasOf(identifier: unknown): string {
    const alias = aliases.get(identifier)
    if (alias !== undefined) return alias
    throw new CoderError(`coder '${name}' was not given the class that the stored data names`)
  }
}

function isNever(_value: unknown): _value is object {
  return false
}
