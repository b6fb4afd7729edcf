/** A class whose instances a coder knows, and what such an instance may have. */
export interface KnownClass {
  /** What the stored data calls it. */
  readonly name: string
  readonly prototype: object
  /** Exactly the properties of an instance; `undefined`: any. */
  readonly props: ReadonlySet<string> | undefined
  /** The methods and accessors of its prototypes: a property of that name would hide them. */
  readonly methods: ReadonlySet<string>
}

/** Classes by their prototype: that an instance inherits right from it is what makes it one. */
export type KnownClasses = ReadonlyMap<object, KnownClass>

/** The methods and accessors that `prototype` has or inherits. */
export function methodsOf(prototype: object): Set<string> {
  const found = new Set<string>()
  for (let owner: object | null = prototype; owner !== null; owner = Object.getPrototypeOf(owner)) {
    for (const [name, { get, set, value }] of Object.entries(Object.getOwnPropertyDescriptors(owner))) {
      if (get !== undefined || set !== undefined || typeof value === 'function') found.add(name)
    }
  }
  return found
}

/** What keeps `instance` from being one of `known` as it is stored and comes back, in the words of an error message. */
export function faultOf(instance: object, { name, props, methods }: KnownClass): string | undefined {
  const names = Object.keys(instance)
  if (props !== undefined && (names.length !== props.size || !names.every((prop) => props.has(prop)))) {
    return `an instance of ${name} whose properties are not exactly ${[...props].join(', ') || 'none'}`
  }
  const hiding = names.find((prop) => methods.has(prop))
  if (hiding !== undefined) return `an instance of ${name} with '${hiding}' not as its class has it`
  const computed = names.find((prop) => !('value' in (Object.getOwnPropertyDescriptor(instance, prop) ?? {})))
  return computed === undefined ? undefined : `an instance of ${name} with an accessor of its own, '${computed}'`
}
