/** What of the arguments is no part of a key: whole ones by their positions, or members inside them by their names. */
export type Ignored = ReadonlyMap<string | number, Ignored | true>

type Branch = Map<string | number, Branch | true>

/** From positions (`1`), names (`'options'`) and paths into an object (`'options.trace'`); the names are all known. */
export function ignoredFrom(keys: readonly (string | number)[], parameters: readonly string[] = []): Ignored {
  const root: Branch = new Map()
  for (const key of keys) add(root, stepsOf(key, parameters))
  return root
}

function stepsOf(key: string | number, parameters: readonly string[]): readonly (string | number)[] {
  if (typeof key === 'number') return [key]
  const [name = '', ...path] = key.split('.')
  return [parameters.indexOf(name), ...path]
}

/** What is ignored as a whole stays so. */
function add(root: Branch, steps: readonly (string | number)[]): void {
  let branch = root
  for (const [at, step] of steps.entries()) {
    const known = branch.get(step)
    if (known === true) return
    if (at === steps.length - 1) {
      branch.set(step, true)
      return
    }
    const next = known ?? new Map()
    branch.set(step, next)
    branch = next
  }
}
